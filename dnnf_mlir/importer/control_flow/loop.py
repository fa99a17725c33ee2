"""Loops whose number of iterations is known when the model runs: carried whole, with all that the body reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from onnx import (
    IR_VERSION,
    AttributeProto,
    GraphProto,
    ModelProto,
    NodeProto,
    TensorProto,
    ValueInfoProto,
    helper,
    numpy_helper,
)

from dnnf_mlir.errors import FreeSizeError, RunTimeSizeError
from dnnf_mlir.graph.size import COUNT, at, is_free, symbols_of
from dnnf_mlir.importer.graphs import captured_values
from dnnf_mlir.importer.read.loading import INLINE_BYTES
from dnnf_mlir.importer.shapes.dimensions import COUNTED
from dnnf_mlir.importer.shapes.value_type import ValueType


@dataclass
class ClosedLoop:
    """A Loop whose body reads nothing but its inputs: what it took from outside is passed on from turn to turn.

    Args:
        node: the Loop.
        types: those of the values outside.
        constants: the values that are known; small ones become part of the body.
    """

    node: NodeProto
    types: Mapping[str, ValueType]
    constants: Mapping[str, np.ndarray]
    changing: set[tuple[int | None, int]] = field(default_factory=set)
    """(state, dimension) of the sizes that differ from turn to turn."""
    _free: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.body: GraphProto = next(a.g for a in self.node.attribute if a.name == "body")
        self.states = list(self.node.input[2:])
        names = dict.fromkeys(captured_values(self.body))
        self.inlined = [
            name for name in names if name in self.constants and self.constants[name].nbytes <= INLINE_BYTES
        ]
        self.captured = [name for name in names if name not in self.inlined]

    @property
    def outputs(self) -> tuple[range, range]:
        """Which outputs of the closed body are states from before, and which are stacked."""
        states, stacked = len(self.states), len(self.body.output) - 1 - len(self.states)
        first = 1 + states + len(self.captured)
        return range(1, 1 + states), range(first, first + stacked)

    def model(self, opsets: Mapping[str, int]) -> ModelProto:
        """The body as a model of its own."""
        imports = [helper.make_opsetid(domain, version) for domain, version in opsets.items()]
        return helper.make_model(self._graph(), opset_imports=imports, ir_version=IR_VERSION)

    def carried(self, parts: Sequence[ValueType]) -> NodeProto:
        """The node in the closed form, with the types of what each turn stacks."""
        closed = NodeProto()
        closed.CopyFrom(self.node)
        del closed.attribute[:]
        closed.attribute.append(AttributeProto(name="body", type=AttributeProto.GRAPH, g=self._graph()))
        closed.input.extend(self.captured)
        states, stacked = self.node.output[: len(self.states)], self.node.output[len(self.states) :]
        closed.output[:] = [*states, *("" for _ in self.captured), *stacked]
        body = closed.attribute[0].g
        for i, (elem_type, shape) in zip(self.outputs[1], parts, strict=True):
            sizes = [None if is_free(size) else size for size in shape]
            body.output[i].type.CopyFrom(helper.make_tensor_type_proto(elem_type, sizes))
        return closed

    def part(self, type_: ValueType) -> ValueType | None:
        """The type of a stacked result's part by the sizes outside; None if it may differ from turn to turn."""
        shape = [self._outside(size) for size in type_.shape]
        known = tuple(size for size in shape if size is not None)
        return ValueType(type_.elem_type, known) if len(known) == len(shape) else None

    def widened(self, found: list[ValueType]) -> bool:
        """Whether sizes turn out to change, when the body gives states of these types."""
        before = len(self.changing)
        for state, (name, type_) in enumerate(zip(self.states, found, strict=True)):
            for axis, (old, new) in enumerate(zip(self.types[name].shape, type_.shape, strict=True)):
                if self._outside(new) != old:
                    self.changing.add((state, axis))
        return len(self.changing) > before

    def _outside(self, size: int) -> int | None:
        """A size in the body by those outside; None if it may differ from turn to turn."""
        outside = {f"{COUNT}given_{number}": given for given, number in self._free.items()}
        if symbols_of(size) - outside.keys():
            return None
        try:
            return at(size, outside)
        except (FreeSizeError, RunTimeSizeError):
            return None

    def _graph(self) -> GraphProto:
        graph = GraphProto()
        graph.CopyFrom(self.body)
        del graph.input[:]
        turn, condition, *states = (value.name for value in self.body.input)
        graph.input.append(helper.make_tensor_value_info(turn, TensorProto.INT64, []))
        graph.input.append(helper.make_tensor_value_info(condition, TensorProto.BOOL, []))
        for number, (inner, name) in enumerate(zip(states, self.states, strict=True)):
            graph.input.append(self._info(inner, name, number))
        stacked = list(graph.output[1 + len(states) :])
        del graph.output[1 + len(states) :]
        for name in self.captured:
            graph.input.append(self._info(name, name))
            graph.node.append(helper.make_node("Identity", [name], [f"{name}/kept"]))
            graph.output.append(helper.make_empty_tensor_value_info(f"{name}/kept"))
        graph.output.extend(stacked)
        graph.initializer.extend(numpy_helper.from_array(self.constants[name], name) for name in self.inlined)
        for value in graph.output:
            value.type.Clear()
        for value in graph.output:
            value.type.tensor_type.elem_type = 0
        return graph

    def _info(self, inner: str, outer: str, state: int | None = None) -> ValueInfoProto:
        """An input of the body: sizes that change from turn to turn have a name each, equal others the same."""
        elem_type, shape = self.types[outer]
        sizes: list[int | str] = []
        for axis, size in enumerate(shape):
            if (state, axis) in self.changing:
                sizes.append(f"{COUNTED}state_{state}_{axis}")
            elif is_free(size):
                sizes.append(f"{COUNTED}given_{self._free.setdefault(size, len(self._free))}")
            else:
                sizes.append(size)
        return helper.make_tensor_value_info(inner, elem_type, sizes)
