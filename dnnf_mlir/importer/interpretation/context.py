"""The abstract interpretation of one graph: its state, its settings, and how nodes are taken in.

Nodes come in topological order. Everything before a node is known when it is reached: its inputs' types and those of
their values that are constant. So inference of single nodes is enough, and the shape arithmetic of exported models
disappears on the way. What happens with a node is said by a table, :mod:`.step`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, defs, helper, numpy_helper

from dnnf_mlir.errors import UnsupportedModelError
from dnnf_mlir.graph.size import COUNT, Size, is_dynamic
from dnnf_mlir.importer.control_flow.unroll import UNROLLED_LIMIT, Unrolled
from dnnf_mlir.importer.decompose.builder import Decomposition
from dnnf_mlir.importer.graphs import describe, rename_values
from dnnf_mlir.importer.read.loading import LoadedModel
from dnnf_mlir.importer.shapes.dynamic import Sizes, is_known
from dnnf_mlir.importer.shapes.folding import type_of
from dnnf_mlir.importer.shapes.inference import Inference
from dnnf_mlir.importer.shapes.value_type import ValueType

from .state import State

LARGEST_RANK = 32
"""What numpy arrays of every version can have, and with them the reference and the runtime."""

LARGEST_TENSOR_BYTES = 1 << 40
"""More than the memory of any machine that is compiled for: beyond it, index arithmetic may leave 64 bits."""


class UndeterminedShapesError(UnsupportedModelError):
    """Shapes depend on the values of the model's inputs."""


class OtherSizes(Exception):
    """What a node needs of the dynamic dimensions: that they equal others, or larger representative sizes."""

    def __init__(self, equal: Mapping[str, int], larger: Mapping[str, int]) -> None:
        super().__init__()
        self.equal = equal
        self.representatives = larger


@dataclass
class Interpretation:
    """An abstract interpretation under way.

    Args:
        name: the model's name in messages.
        outputs: names of the graph's outputs, which stay.
        inference: gives the types of results.
        fold_limit_bytes: limit for the result of one folded node.
        prepare_body: brings a loop's body, as a model of its own, into the form that is compiled.
        step: takes in one node.
    """

    name: str
    outputs: frozenset[str]
    inference: Inference
    fold_limit_bytes: int
    prepare_body: Callable[[LoadedModel], Any]
    step: Callable[["Interpretation", NodeProto], None]
    decisions: Mapping[int, bool] = field(default_factory=dict)
    """Difference of sizes -> whether it is taken to be 0, where the model branches by it."""
    undecided: list[int] = field(default_factory=list)
    """The other differences by which the model branches: both branches are computed."""
    state: State = field(default_factory=State)
    folded: dict[bytes, list[np.ndarray]] = field(default_factory=dict)
    """What nodes compute, without the names of their results -> the values: a weight that is shared stays shared."""
    _schemas: dict[tuple[str, str], defs.OpSchema] = field(default_factory=dict)
    _symbols: int = 0
    _unrolled_nodes: int = 0

    @property
    def opsets(self) -> Mapping[str, int]:
        """Version by domain."""
        return self.inference.opsets

    def interpret(self, nodes: Iterable[NodeProto]) -> None:
        """Takes in copies of ``nodes``, which are topologically sorted."""
        for original in nodes:
            node = NodeProto()
            node.CopyFrom(original)
            rename_values(node, self.state.aliases)
            self.step(self, node)

    def add_value(self, value: str, value_type: ValueType) -> None:
        """Declares a tensor. Raises UnsupportedModelError for one that is too large."""
        if len(value_type.shape) > LARGEST_RANK:
            raise UnsupportedModelError(
                f"{self.name}: '{value}' has {len(value_type.shape)} dimensions; tensors of up to {LARGEST_RANK} "
                "can be compiled"
            )
        if value_type.is_static and value_type.nbytes > LARGEST_TENSOR_BYTES:
            raise UnsupportedModelError(
                f"{self.name}: '{value}' is {value_type} and needs {value_type.nbytes} bytes; tensors of up to "
                f"{LARGEST_TENSOR_BYTES} bytes can be compiled"
            )
        self.state.types[value] = value_type
        for axis, size in enumerate(value_type.shape):
            if is_dynamic(size):
                self.state.places.setdefault(size, (value, axis))
        shape = value_type.representative.shape
        self.state.type_protos[value] = helper.make_tensor_type_proto(value_type.elem_type, shape)

    def add_constant(self, value: str, array: np.ndarray) -> None:
        """Declares a constant."""
        self.state.constants[value] = array
        self.add_value(value, type_of(array))

    def add_sizes(self, value: str, array: Sizes, value_type: ValueType) -> None:
        """Declares a tensor computed from shapes: a constant, or one that depends on dynamic dimensions."""
        if is_known(array):
            self.add_constant(value, array.astype(helper.tensor_dtype_to_np_dtype(value_type.elem_type)))
        else:
            self.state.sizes[value] = array
            self.add_value(value, value_type)

    def keep(self, node: NodeProto, results: Mapping[str, ValueType] | None = None) -> None:
        """Adds a node that the module executes, and the types of its results unless they are known already."""
        for output, result in (results or {}).items():
            self.add_value(output, result)
        self.state.nodes.append(node)
        self.state.producers.update((output, node) for output in node.output if output)

    def refuse(self, node: NodeProto, reason: str) -> None:
        """Notes why the shapes of a node's results are not known before the model runs; later nodes skip them."""
        self.state.undetermined[describe(node)] = reason

    def replace(self, decomposition: Decomposition) -> None:
        """Takes in what takes a node's place."""
        self.state.counts.expanded_functions += 1
        self.state.kept_loops |= decomposition.carried
        for name, array in decomposition.constants.items():
            if array.dtype == object:
                self.add_sizes(name, array, ValueType(TensorProto.INT64, array.shape))
            else:
                self.add_constant(name, array)
        self.interpret(decomposition.nodes)

    def replace_unrolled(self, unrolled: Unrolled) -> None:
        """Takes in what takes the place of control flow. Raises UnsupportedModelError beyond the limit."""
        self._unrolled_nodes += len(unrolled.nodes)
        if self._unrolled_nodes > UNROLLED_LIMIT:
            raise UnsupportedModelError(
                f"{self.name}: its loops unroll to more than {UNROLLED_LIMIT} nodes, the most that can be compiled"
            )
        self.inference.declared.update(unrolled.declared)
        for name, array in unrolled.constants.items():
            self.add_constant(name, array)
        for name, tensor in unrolled.weights.items():
            self.add_constant(name, numpy_helper.to_array(tensor))
        self.interpret(unrolled.nodes)

    def schema(self, node: NodeProto) -> defs.OpSchema:
        """The operator of a node."""
        key = (node.domain, node.op_type)
        if key not in self._schemas:
            self._schemas[key] = defs.get_schema(node.op_type, self.opsets[node.domain], node.domain)
        return self._schemas[key]

    def new_size(self) -> int:
        """A new symbol for a data-dependent size; symbols of rolled-back states are not used again."""
        self._symbols += 1
        return Size.free(f"{COUNT}{self._symbols - 1}")

    def require_equal(self, node: NodeProto, size: int, other: int) -> None:
        """Has the module check that two sizes are equal."""
        self.require_non_negative(node, (size - other, other - size))

    def require_non_negative(self, node: NodeProto, sizes: Iterable[int]) -> None:
        """Has the module check that sizes are not negative."""
        self.state.requirements.update({f"{describe(node)}: {size} >= 0": size for size in sizes})
