"""Loops whose number of iterations is known when the model runs: their bodies become regions of ``dnnf.loop``."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from onnx import (
    IR_VERSION,
    GraphProto,
    NodeProto,
    TensorProto,
    ValueInfoProto,
    helper,
    numpy_helper,
)

from dnnf_mlir.errors import DataDependentSizeError, DynamicSizeError
from dnnf_mlir.graph.size import COUNT, at, has_data_dependent, is_dynamic, symbols_of
from dnnf_mlir.importer.graphs import captured_values
from dnnf_mlir.importer.read.loading import INLINE_BYTES, LoadedModel, load_model, with_weights
from dnnf_mlir.importer.shapes.dimensions import COUNTED
from dnnf_mlir.importer.shapes.value_type import ValueType


@dataclass
class ClosedLoop:
    """A Loop whose body reads nothing but its inputs: what it captures from outside becomes inputs behind the states.

    Args:
        node: the Loop.
        types: those of the values outside.
        constants: the values that are known; they become constants of the body as well.
        assumes: whether the body may assume of sizes from outside what the model around it may. It is then right for
            those sizes only that it asserts; a loop's body is right for all of them.
    """

    node: NodeProto
    types: Mapping[str, ValueType]
    constants: Mapping[str, np.ndarray]
    assumes: bool = False
    changing: set[tuple[int | None, int]] = field(default_factory=set)
    """(state, dimension) of the sizes that differ from iteration to iteration."""
    _free: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.body: GraphProto = next(a.g for a in self.node.attribute if a.name == "body")
        self.states = list(self.node.input[2:])
        names = dict.fromkeys(captured_values(self.body))
        self._known = [name for name in names if name in self.constants]
        self.captured = [name for name in names if name not in self.constants]
        self._wanted = [i for i, name in enumerate(self.node.output[len(self.states) :]) if name]

    @property
    def outputs(self) -> tuple[range, range]:
        """Positions of the closed body's outputs: states, then parts of scan outputs."""
        states = 1 + len(self.states)
        return range(1, states), range(states, states + len(self._wanted))

    def model(self, opsets: Mapping[str, int], name: str) -> LoadedModel:
        """The body as a model of its own; it shares the constants of the model around it."""
        imports = [helper.make_opsetid(domain, version) for domain, version in opsets.items()]
        proto = helper.make_model(self._graph(), opset_imports=imports, ir_version=IR_VERSION)
        small = [name for name in self._known if self.constants[name].nbytes <= INLINE_BYTES]
        proto.graph.initializer.extend(numpy_helper.from_array(self.constants[name], name) for name in small)
        return with_weights(load_model(proto, name=name), {k: self.constants[k] for k in self._known if k not in small})

    def closed(self) -> NodeProto:
        """The node with the captured values as further inputs, without its body and with a name for every output."""
        closed = NodeProto()
        closed.CopyFrom(self.node)
        del closed.attribute[:]
        closed.attribute.append(helper.make_attribute("states", len(self.states)))
        closed.input.extend(self.captured)
        last = [name or f"{self.node.name}/state_{i}" for i, name in enumerate(self.node.output[: len(self.states)])]
        closed.output[:] = [*last, *(self.node.output[len(self.states) + i] for i in self._wanted)]
        return closed

    def part(self, type_: ValueType) -> ValueType | None:
        """The type of a scan output's part by the sizes outside; None if it may differ from iteration to iteration."""
        shape = [self._outside(size) for size in type_.shape]
        known = tuple(size for size in shape if size is not None)
        return ValueType(type_.elem_type, known) if len(known) == len(shape) else None

    def widened(self, found: list[ValueType]) -> bool:
        """Whether state sizes change, given the types of the body's states."""
        before = len(self.changing)
        for state, (name, type_) in enumerate(zip(self.states, found, strict=True)):
            for axis, (old, new) in enumerate(zip(self.types[name].shape, type_.shape, strict=True)):
                if self._outside(new) != old:
                    self.changing.add((state, axis))
        return len(self.changing) > before

    def _outside(self, size: int) -> int | None:
        """A size in the body by those outside; None if it may differ from iteration to iteration."""
        outside = {self._name(given, number, COUNT): given for given, number in self._free.items()}
        if symbols_of(size) - outside.keys():
            return None
        try:
            return at(size, outside)
        except (DynamicSizeError, DataDependentSizeError):
            return None

    def _name(self, size: int, number: int, counted: str) -> str:
        """The name of a size from outside in the body; other bodies use others, so that it may assume what it needs."""
        if self.assumes and not has_data_dependent(size):
            return f"given_{zlib.crc32(self.node.name.encode())}_{number}"
        return f"{counted}given_{number}"

    def _graph(self) -> GraphProto:
        graph = GraphProto()
        graph.CopyFrom(self.body)
        del graph.input[:], graph.output[:]
        iteration, condition, *states = (value.name for value in self.body.input)
        graph.input.append(helper.make_tensor_value_info(iteration, TensorProto.INT64, []))
        graph.input.append(helper.make_tensor_value_info(condition, TensorProto.BOOL, []))
        for number, (inner, name) in enumerate(zip(states, self.states, strict=True)):
            graph.input.append(self._info(inner, name, number))
        graph.input.extend(self._info(name, name) for name in self.captured)
        outputs = self.body.output
        yielded = [*outputs[: 1 + len(states)], *(outputs[1 + len(states) + i] for i in self._wanted)]
        graph.output.extend(_untyped(value.name) for value in yielded)
        return graph

    def _info(self, inner: str, outer: str, state: int | None = None) -> ValueInfoProto:
        """An input of the body: each size that changes between iterations has a name, equal others the same."""
        elem_type, shape = self.types[outer]
        sizes: list[int | str] = []
        for axis, size in enumerate(shape):
            if (state, axis) in self.changing:
                sizes.append(f"{COUNTED}state_{state}_{axis}")
            elif is_dynamic(size):
                sizes.append(self._name(size, self._free.setdefault(size, len(self._free)), COUNTED))
            else:
                sizes.append(size)
        return helper.make_tensor_value_info(inner, elem_type, sizes)


def _untyped(name: str) -> ValueInfoProto:
    """An output whose type is inferred."""
    value = helper.make_empty_tensor_value_info(name)
    value.type.tensor_type.elem_type = TensorProto.UNDEFINED
    return value
