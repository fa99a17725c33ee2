"""What one core of this machine can do at most, measured by kernels of the generator's own tools.

Multiply-adds: a loop that works in registers only. Bytes: y = x + 1, read and written, on arrays of a given size.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from dnnf_mlir.bindings.iree import arith, func, ir, tensor, vector
from dnnf_mlir.emit.index import Index, for_each, loop
from dnnf_mlir.emit.sizes import Shaped
from dnnf_mlir.emit.vectors import filled, read_vector, store_tile, write_vector
from dnnf_mlir.errors import TargetError
from dnnf_mlir.iree import compile_module, load_module
from dnnf_mlir.iree.runtime import Invocation
from dnnf_mlir.kernels.nest.dispatch import Dispatch
from dnnf_mlir.targets import VectorUnit, get_target

_ELEMENT_BYTES = 4
_STEPS = 1 << 18
# Vectors of one step of the copy.
_COPIED_VECTORS = 4
# Bytes that a call moves in all, however small its arrays.
_MOVED = 1 << 25

# body(loaded operand, target of the result)
Body = Callable[[ir.Value, ir.Value], None]


@dataclass(frozen=True)
class Work:
    """A call of a kernel, and how many floating-point operations it does, or how many bytes it moves."""

    call: Invocation
    amount: int


def multiply_adds() -> Work:
    """Independent fused multiply-adds in as many registers as leave room for their factors."""
    unit = _vector_unit()
    lanes, count = unit.lanes(_ELEMENT_BYTES), unit.registers - 4

    def body(x: ir.Value, target: ir.Value) -> None:
        *start, factor, addend = (read_vector(x, [i * lanes], lanes) for i in range(count + 2))

        def step(_: Index, sums: list[ir.Value]) -> list[ir.Value]:
            return [vector.FMAOp(total, factor, addend).result for total in sums]

        for i, total in enumerate(loop(0, _STEPS, start, step)):
            _store(total, target, i * lanes)

    return Work(_kernel(body, (count + 2) * lanes, count * lanes), 2 * _STEPS * count * lanes)


def copy(total_bytes: int) -> Work:
    """y = x + 1, where x and y have ``total_bytes`` bytes together, as often as it takes to be worth timing."""
    lanes = _vector_unit().lanes(_ELEMENT_BYTES)
    stride = lanes * _COPIED_VECTORS
    steps = max(1, total_bytes // 2 // _ELEMENT_BYTES // stride)
    elements = steps * stride
    repeats = max(1, _MOVED // total_bytes)

    def body(x: ir.Value, target: ir.Value) -> None:
        one = filled(ir.VectorType.get([lanes], ir.F32Type.get()), 1.0)

        def step(number: Index) -> None:
            for offset in range(0, stride, lanes):
                position = number * stride + offset
                _store(arith.AddFOp(read_vector(x, [position], lanes), one).result, target, position)

        for_each(0, repeats, lambda _: for_each(0, steps, step))

    return Work(_kernel(body, elements, elements), 2 * elements * _ELEMENT_BYTES * repeats)


def _vector_unit() -> VectorUnit:
    unit = get_target("host").vector
    if unit is None:
        raise TargetError("the ceilings are those of a CPU")
    return unit


def _store(data: ir.Value, target: ir.Value, position: Index) -> None:
    type_ = ir.VectorType(data.type)
    empty = tensor.EmptyOp(type_.shape, type_.element_type).result
    store_tile(write_vector(data, empty, [0], 0), target, [position])


def _kernel(body: Body, elements: int, results: int) -> Invocation:
    """A module with one dispatch, ``body`` in its only workgroup, ready to be called."""
    with ir.Context(), ir.Location.unknown():
        module = ir.Module.create()
        argument, result = (Shaped((n,), ir.F32Type.get()) for n in (elements, results))

        def inside(_: object, tensors: Sequence[ir.Value], targets: Sequence[ir.Value], __: object) -> None:
            body(tensors[0], targets[0])

        with ir.InsertionPoint(module.body):
            main = func.FuncOp("main", ([argument.type], [result.type]))
            with ir.InsertionPoint(main.add_entry_block()):
                kernel = Dispatch([main.arguments[0]], [result], [[results]], (1, 1), inside)
                func.ReturnOp(kernel.emit())
        text = str(module)
    return load_module(compile_module(text, get_target("host")).read()).prepare([np.full(elements, 1e-3, np.float32)])
