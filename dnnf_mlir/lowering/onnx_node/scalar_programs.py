"""Dispatches written as scalar programs: one element at a time in parallel, or a sequence of loops over whole tensors.

For operators whose reads or writes depend on run-time values, which no index map can describe.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from dnnf_mlir.bindings.iree import flow, ir, iree_tensor_ext, linalg, scf, tensor
from dnnf_mlir.emit.scalar import Number, Scalar, number
from dnnf_mlir.emit.shapes import empty, filled
from dnnf_mlir.emit.sizes import RegionSizes, dynamic, shape_of, static
from dnnf_mlir.emit.types import element_type, index, ranked
from dnnf_mlir.graph.size import Size, symbols_of


@dataclass(frozen=True, eq=False)
class Array:
    """A tensor of element type ``dtype`` that is read, or written anew, by element; booleans may be stored as bytes."""

    tensor: ir.Value
    dtype: str
    known_shape: tuple[int, ...] | None = None
    """Its shape where the operation that makes the tensor does not tell it."""

    @property
    def shape(self) -> tuple[int, ...]:
        return shape_of(self.tensor) if self.known_shape is None else self.known_shape

    @property
    def rank(self) -> int:
        return len(self.shape)

    def read(self, *positions: Number) -> Scalar:
        """The element at positions of type ``index``, one for each dimension (ValueError otherwise)."""
        if len(positions) != self.rank:
            raise ValueError(f"an operand has {self.rank} dimensions instead of {len(positions)}")
        element = tensor.ExtractOp(self.tensor, _positions(positions)).result
        if self._is_bytes:
            return Scalar(element, "ui8").differs(0)
        return Scalar(element, self.dtype)

    def write(self, element: Scalar, *positions: Number) -> "Array":
        """The tensor with another element there."""
        stored = element.to("ui8") if self._is_bytes else element
        written = tensor.InsertOp(stored.value, self.tensor, _positions(positions)).result
        return Array(written, self.dtype, self.known_shape)

    @property
    def _is_bytes(self) -> bool:
        return self.dtype == "i1" and self.tensor.type.element_type == element_type("ui8")


State: TypeAlias = Any
"""A Scalar or an Array; a program knows which of its parts are what."""


def loop(
    lower: Number,
    upper: Number,
    state: Sequence[State],
    body: Callable[[Scalar, list[State]], Sequence[State]],
    step: int = 1,
) -> list[State]:
    """``for position in range(lower, upper, step)``: ``body`` returns the new state; gives the last one."""
    op = scf.ForOp(*_positions((lower, upper, step)), [_of(part) for part in state])
    with ir.InsertionPoint(op.body):
        arguments = list(op.inner_iter_args)
        results = body(Scalar(op.induction_variable, "index"), _like(state, arguments))
        scf.YieldOp([_of(part) for part in results])
    return _like(state, list(op.results))


def repeat_while(
    state: Sequence[State],
    condition: Callable[[list[State]], Scalar],
    body: Callable[[list[State]], Sequence[State]],
) -> list[State]:
    """The state after ``body`` was applied as long as ``condition`` holds."""
    types = [_of(part).type for part in state]
    op = scf.WhileOp(types, [_of(part) for part in state])
    location = ir.Location.unknown()
    before = op.before.blocks.append(*types, arg_locs=[location] * len(types))
    after = op.after.blocks.append(*types, arg_locs=[location] * len(types))
    with ir.InsertionPoint(before):
        arguments = list(before.arguments)
        scf.ConditionOp(condition(_like(state, arguments)).value, arguments)
    with ir.InsertionPoint(after):
        scf.YieldOp([_of(part) for part in body(_like(state, list(after.arguments)))])
    return _like(state, list(op.results))


def either(
    condition: Scalar,
    then: Callable[[], Sequence[State]],
    otherwise: Callable[[], Sequence[State]],
    like: Sequence[State],
) -> list[State]:
    """The states of the branch taken; they have the types of ``like``."""
    op = scf.IfOp(condition.value, [_of(part).type for part in like], has_else=True)
    for block, branch in ((op.then_block, then), (op.else_block, otherwise)):
        with ir.InsertionPoint(block):
            scf.YieldOp([_of(part) for part in branch()])
    return _like(like, list(op.results))


def each(
    shape: Sequence[int], dtypes: Sequence[str], body: Callable[[list[Scalar]], Sequence[Scalar]]
) -> list[ir.Value]:
    """Tensors of one shape, computed by a dispatch at the insertion point: ``body`` gives the elements at a position.

    Arrays that ``body`` reads come from outside.
    """
    types = [ranked(shape, dtype) for dtype in dtypes]
    if 0 in shape:
        return [empty(shape, element_type(dtype)) for dtype in dtypes]
    region = flow.DispatchRegionOp(types, dynamic(shape) * len(types), [])
    with ir.InsertionPoint(region.body.blocks.append()):
        identity = ir.AffineMapAttr.get(ir.AffineMap.get_identity(len(shape)))
        generic = linalg.GenericOp(
            types,
            [],
            [empty(shape, type_.element_type) for type_ in types],
            ir.ArrayAttr.get([identity] * len(types)),
            ir.ArrayAttr.get([ir.Attribute.parse("#linalg.iterator_type<parallel>")] * len(shape)),
        )
        elements = [type_.element_type for type_ in types]
        block = generic.regions[0].blocks.append(*elements, arg_locs=[generic.location] * len(elements))
        with ir.InsertionPoint(block):
            positions = [Scalar(linalg.IndexOp(i).result, "index") for i in range(len(shape))]
            linalg.YieldOp([element.value for element in body(positions)])
        flow.ReturnOp(list(generic.results))
    return list(region.results)


def sequence(
    read: Sequence[Array], state: Sequence[Array], program: Callable[[list[Array], list[Array]], Sequence[Array]]
) -> list[ir.Value]:
    """The last state of a program that runs by itself: ``program`` gets what it reads and the state to write.

    Booleans are written as bytes: see quirks.BIT_WRITE.
    """
    given = state
    state = [_as_bytes(array) for array in given]
    arrays = [*read, *state]
    operands = [array.tensor for array in arrays]
    shapes = [array.shape for array in arrays]
    symbols = sorted(frozenset().union(*(symbols_of(size) for shape in shapes for size in shape)))
    types = [operand.type for operand in operands]
    access = [_access("readonly", array) for array in read] + [_access("readwrite", array) for array in state]
    tied = ir.ArrayAttr.get([ir.IntegerAttr.get(ir.IndexType.get(), len(read) + i) for i in range(len(state))])
    op = flow.DispatchWorkgroupsOp(
        types[len(read) :],
        [],
        [*operands, *dynamic(map(Size.free, symbols))],
        [size for shape in shapes for size in dynamic(shape)],
        [size for shape in shapes[len(read) :] for size in dynamic(shape)],
        tied_operands=tied,
    )
    block = op.regions[0].blocks.append(*access, *[ir.IndexType.get()] * len(symbols))
    targets, numbers = list(block.arguments)[: len(arrays)], list(block.arguments)[len(arrays) :]
    with RegionSizes.of(block, symbols, numbers), ir.InsertionPoint(block):
        targets = [_tied(target, shape) for target, shape in zip(targets, shapes, strict=True)]
        loaded = [
            Array(_load(type_, target, shape), array.dtype, shape)
            for type_, target, array, shape in zip(types, targets, arrays, shapes, strict=True)
        ]
        finished = program(loaded[: len(read)], loaded[len(read) :])
        for array, target, shape in zip(finished, targets[len(read) :], shapes[len(read) :], strict=True):
            sizes, zeros, ones = dynamic(shape), [0] * len(shape), [1] * len(shape)
            iree_tensor_ext.DispatchTensorStoreOp(
                array.tensor, target, sizes, [], sizes, [], zeros, static(shape), ones
            )
        flow.ReturnOp([])
    with ir.InsertionPoint(op.regions[1].blocks.append()):
        flow.ReturnOp([index(1)] * 3)
    return [
        _as_booleans(Array(result, "i1", array.shape)) if array.dtype == "i1" else result
        for array, result in zip(given, op.results, strict=True)
    ]


def _as_bytes(array: Array) -> Array:
    if array.dtype != "i1":
        return array
    [stored] = each(array.shape, ["ui8"], lambda positions: [array.read(*positions).to("ui8")])
    return Array(stored, "i1", array.shape)


def _as_booleans(stored: Array) -> ir.Value:
    [result] = each(stored.shape, ["i1"], lambda positions: [stored.read(*positions)])
    return result


def constant_array(shape: Sequence[int], dtype: str, value: float | int | bool) -> Array:
    """A tensor with every element equal to ``value``."""
    return Array(filled(shape, element_type(dtype), value), dtype)


def memory(shape: Sequence[int], dtype: str) -> Array:
    """A tensor that a program writes before it reads it.

    Each is one of its own: see quirks.EQUAL_CONSTANTS.
    """
    return Array(flow.TensorAllocaOp(ranked(shape, dtype), dynamic(shape)).result, dtype, tuple(shape))


def grid(
    shape: Sequence[Number], state: Sequence[State], body: Callable[[list[Scalar], list[State]], Sequence[State]]
) -> list[State]:
    """Nested loops over every position of a shape, the last dimension fastest."""

    def nest(outer: list[Scalar], remaining: Sequence[Number], inner: Sequence[State]) -> Sequence[State]:
        if not remaining:
            return body(outer, list(inner))
        return loop(0, remaining[0], inner, lambda i, carried: nest([*outer, i], remaining[1:], carried))

    return list(nest([], shape, state))


def copied(source: Array, target: Array) -> Array:
    """In a program: ``target`` with the elements of ``source``, which has the same shape."""

    def copy(position: list[Scalar], state: list[State]) -> list[State]:
        return [state[0].write(source.read(*position), *position)]

    return cast(Array, grid(source.shape, [target], copy)[0])


def _positions(numbers: Sequence[Number]) -> list[ir.Value]:
    return [(part if isinstance(part, Scalar) else number(part, "index")).to("index").value for part in numbers]


def _of(part: State) -> ir.Value:
    return part.tensor if isinstance(part, Array) else part.value


def _like(state: Sequence[State], values: Sequence[ir.Value]) -> list[State]:
    return [
        Array(value, part.dtype, part.known_shape) if isinstance(part, Array) else Scalar(value, part.dtype)
        for part, value in zip(state, values, strict=True)
    ]


def _access(kind: str, array: Array) -> ir.Type:
    return ir.Type.parse(f"!iree_tensor_ext.dispatch.tensor<{kind}:{array.tensor.type}>")


def _tied(target: ir.Value, shape: Sequence[int]) -> ir.Value:
    return flow.DispatchTieShapeOp(target, sizes).result if (sizes := dynamic(shape)) else target


def _load(type_: ir.Type, source: ir.Value, shape: Sequence[int]) -> ir.Value:
    sizes, zeros, ones = dynamic(shape), [0] * len(shape), [1] * len(shape)
    return iree_tensor_ext.DispatchTensorLoadOp(type_, source, sizes, [], sizes, [], zeros, static(shape), ones).result
