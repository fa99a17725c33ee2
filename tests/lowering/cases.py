"""Small fused blocks, many to a module: compiled once for a machine, run once, each compared with the reference."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from device_runners import run_arm64

from dnnf_mlir.dialect_defs import operators
from dnnf_mlir.dialect_defs.dialect import Operator
from dnnf_mlir.fusion.ordering import named_blocks
from dnnf_mlir.graph.ecg import Graph, Node, Value
from dnnf_mlir.graph.operator import Signature
from dnnf_mlir.graph.size import Size, assumptions, at
from dnnf_mlir.graph.specialize import at_sizes
from dnnf_mlir.graph.tensor_type import NUMPY_DTYPES, TensorType
from dnnf_mlir.iree import compile_module, load_module
from dnnf_mlir.kernels.api import Refusal
from dnnf_mlir.lowering import lower
from dnnf_mlir.lowering.kernel_form import kernel_lowering, match_block
from dnnf_mlir.targets import VectorUnit, get_target
from dnnf_mlir.verify.difference import difference
from dnnf_mlir.verify.reference import evaluate_graph

_OPERATORS = {op.OPERATION_NAME.removeprefix("dnnf."): op for op in operators()}
TOLERANCE = 1e-5


class Builder:
    """Makes values and nodes; every case gets one and returns the results of its block.

    With another ``floats`` than f32 the floats are of that type wherever the case says f32. ``dims`` holds the sizes
    that arrays have where the types have free ones.
    """

    def __init__(self, name: str, floats: str = "f32") -> None:
        self.name = name
        self.floats = floats
        self.generator = np.random.default_rng(sum(map(ord, name)))
        self.nodes: list[Node] = []
        self.inputs: list[Value] = []
        self.dims: dict[str, int] = {}
        self.least: dict[str, int] = {}
        self.draws: list[Callable[[Mapping[str, int]], np.ndarray]] = []
        """For each input its array, of these sizes of the free dimensions."""

    @property
    def arrays(self) -> list[np.ndarray]:
        return [draw(self.dims) for draw in self.draws]

    def free(self, size: int, least: int = 1) -> int:
        """A new free dimension, which is ``size`` unless the cases are run at other sizes, of ``least`` or more."""
        name = f"{self.name}_size{len(self.dims)}"
        self.dims[name] = size
        self.least[name] = least
        return Size.free(name)

    def input(self, *shape: int, dtype: str = "f32", low: float = -3, high: float = 3) -> Value:
        """A function input; uniform numbers of [low, high)."""
        type_ = TensorType(shape, self.floats if dtype == "f32" else dtype)
        seed = int(self.generator.integers(1 << 30))

        def draw(dims: Mapping[str, int]) -> np.ndarray:
            extents, generator = [at(size, dims) for size in shape], np.random.default_rng(seed)
            if dtype == "i1":
                return generator.integers(0, 2, extents).astype(np.bool_)
            if type_.is_float:
                return generator.uniform(low, high, extents).astype(type_.numpy_dtype)
            return generator.integers(int(low), int(high), extents).astype(type_.numpy_dtype)

        return self._input(type_, draw)

    def given(self, array: np.ndarray) -> Value:
        own = self._own(array)
        return self._input(TensorType.of(own), lambda _: own)

    def _input(self, type_: TensorType, draw: Callable[[Mapping[str, int]], np.ndarray]) -> Value:
        value = Value(type_, f"{self.name}_input{len(self.inputs)}")
        self.inputs.append(value)
        self.draws.append(draw)
        return value

    def constant(self, *shape: int, low: float = -1, high: float = 1) -> Value:
        return self.known(self.generator.uniform(low, high, shape).astype(np.float32))

    def known(self, array: np.ndarray) -> Value:
        array = self._own(array)
        return Value(TensorType.of(array), constant=array)

    def _own(self, array: np.ndarray) -> np.ndarray:
        return array.astype(NUMPY_DTYPES[self.floats]) if array.dtype == np.float32 else array

    def known_number(self, number: float) -> Value:
        return self.known(np.array(number, np.float32))

    def call(
        self, kind: str, *inputs: Value | None, shape: Sequence[int] | None = None, dtype: str = "", **attributes: Any
    ) -> Value:
        """The only result of a new node; its type is inferred unless ``shape`` or ``dtype`` are given."""
        op = _OPERATORS[kind]
        if shape is not None or dtype:
            first = next(value for value in inputs if value is not None).type
            result = TensorType(tuple(first.shape if shape is None else shape), dtype or first.dtype)
        else:
            types = tuple(None if value is None else value.type for value in inputs)
            inferred = op.infer_type(Signature(types, (), attributes))
            assert inferred is not None, f"{kind} needs a shape"
            result = inferred
        return self.node(op, inputs, [result], attributes)[0]

    def node(
        self,
        op: type[Operator],
        inputs: Sequence[Value | None],
        types: Sequence[TensorType],
        attributes: dict[str, Any],
    ) -> list[Value]:
        name = f"{self.name}_{len(self.nodes)}"
        outputs = [Value(type_, name) for type_ in types]
        node = Node(op, list(inputs), outputs, attributes, name, op.default_mapping)
        problem = op.check(node.signature)
        assert problem is None, f"{name}: {problem}"
        self.nodes.append(node)
        return outputs

    def split(self, x: Value, axis: int, sizes: Sequence[int]) -> list[Value]:
        types = [x.type.with_shape((*x.type.shape[:axis], size, *x.type.shape[axis + 1 :])) for size in sizes]
        return self.node(_OPERATORS["split"], [x], types, {"axis": axis})


Case = Callable[[Builder], Value | Sequence[Value]]


class CompiledCases:
    """All cases of a table as the blocks of one module; with ``kernels`` each must have the kernel form.

    ``floats`` is the type of what the cases call f32; ``unit`` overrides the target's vector unit. With ``plain`` all
    blocks get the plain form.
    """

    def __init__(
        self,
        cases: Mapping[str, Case],
        target: str = "host",
        *,
        kernels: bool = False,
        floats: str = "f32",
        unit: VectorUnit | None = None,
        plain: bool = False,
    ) -> None:
        self.target = target
        self.plain = plain
        self.kernels = kernels
        self.floats = floats
        self.unit = unit or get_target(target).vector
        self.results: dict[str, list[int]] = {}
        self.dims: dict[str, int] = {}
        self._least: dict[str, int] = {}
        self.draws: list[Callable[[Mapping[str, int]], np.ndarray]] = []
        inputs: list[Value] = []
        outputs: list[Value] = []
        blocks = []
        for name, case in cases.items():
            builder = Builder(name, floats)
            with assumptions():
                returned = case(builder)
            results = [returned] if isinstance(returned, Value) else list(returned)
            self.results[name] = list(range(len(outputs), len(outputs) + len(results)))
            outputs += results
            inputs += builder.inputs
            self.dims |= builder.dims
            self._least |= builder.least
            self.draws += builder.draws
            blocks.append(replace(named_blocks([builder.nodes])[0], name=name))
        nodes = [node for block in blocks for node in block.nodes]
        self.graph = Graph(inputs, outputs, nodes, blocks)

    @cached_property
    def arrays(self) -> list[np.ndarray]:
        return [draw(self.dims) for draw in self.draws]

    @cached_property
    def module_bytes(self) -> bytes:
        target = get_target(self.target)
        kernels = kernel_lowering(self.unit) if self.kernels and self.unit is not None else None
        reason = "for a test" if self.plain else None
        module = lower(self.graph, kernels, backend=target.backend, plain_reason=lambda _: reason)
        return compile_module(module.operation.get_asm(), target, time_limit_s=300, keep_reproducer=False).read()

    def on(self, target: str) -> "CompiledCases":
        """The same blocks, compiled for another machine."""
        other = copy(self)
        other.target = target
        other.__dict__.pop("module_bytes", None)
        other.__dict__.pop("found", None)
        return other

    def at(self, dims: Mapping[str, int]) -> "CompiledCases":
        """The same module at other sizes of its free dimensions, or the least that these may have."""
        self.module_bytes  # noqa: B018
        other = copy(self)
        other.dims = {name: max(size, self._least[name]) for name, size in dims.items()}
        for computed in ("arrays", "found", "expected"):
            other.__dict__.pop(computed, None)
        return other

    @cached_property
    def found(self) -> list[np.ndarray]:
        """The results, of ARM's code under qemu."""
        if not self.target.startswith("arm64"):
            return load_module(self.module_bytes).run(self.arrays)
        with tempfile.TemporaryDirectory(prefix="dnnf-cases-") as folder:
            path = Path(folder) / "module.vmfb"
            path.write_bytes(self.module_bytes)
            return run_arm64(path, self.arrays, len(self.graph.outputs))

    def run(self) -> "CompiledCases":
        """Compiles and runs the module now."""
        self.found  # noqa: B018
        return self

    @cached_property
    def expected(self) -> list[np.ndarray]:
        """What the reference computes, for ``floats`` of f16 in double precision."""
        with np.errstate(all="ignore"):
            return evaluate_graph(at_sizes(self.graph, self.dims), self.arrays, float64=self.floats == "f16")

    def without_kernel(self) -> dict[str, str]:
        """The cases that have no kernel form, with the reason."""
        parts = [part for block in self.graph.blocks for part in block.parts()]
        matches = [(part.name, match_block(part, self.graph.outputs)) for part in parts]
        return {name: match.reason for name, match in matches if isinstance(match, Refusal)}

    def shapes(self, name: str) -> str:
        """The operands and results of the case's block in words, for a message."""
        nodes = next(block for block in self.graph.blocks if block.name == name).nodes
        return "; ".join(f"{node.kind} {[str(v.type) for v in node.operands]} {node.attributes}" for node in nodes)

    def error(self, name: str) -> float:
        """Largest difference over the largest magnitude, or share of unequal elements, over the case's results."""
        return max(difference(self.expected[i], self.found[i]) for i in self.results[name])
