"""From a model as its author wrote it to the graph that is compiled: one opset, known shapes, constants folded."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from onnx import GraphProto, ModelProto, NodeProto, TypeProto, numpy_helper
from onnx.helper import make_tensor_type_proto

from dnnf_mlir.errors import InvalidModelError
from dnnf_mlir.graph.size import is_count, symbols_of
from dnnf_mlir.importer.decompose.containers import Container, Elements, bind_elements, is_sequence
from dnnf_mlir.importer.decompose.gradient import independent_values
from dnnf_mlir.importer.decompose.qdq import on_integers
from dnnf_mlir.importer.graphs import is_loop, live_nodes, used_values
from dnnf_mlir.importer.read.checking import check_model, opset_versions
from dnnf_mlir.importer.read.loading import LoadedModel
from dnnf_mlir.importer.read.opset import inline_functions, upgrade
from dnnf_mlir.importer.shapes.backward import shapes_from_results
from dnnf_mlir.importer.shapes.dimensions import bind_dimensions
from dnnf_mlir.importer.shapes.folding import FOLD_LIMIT_BYTES
from dnnf_mlir.importer.shapes.inference import Inference
from dnnf_mlir.importer.shapes.sweep import Sweep, UndeterminedShapesError
from dnnf_mlir.importer.shapes.value_type import ValueType


@dataclass(frozen=True)
class Summary:
    """What preparing changed, for remarks. Nodes are counted without Constant nodes."""

    nodes_before: int
    nodes_after: int
    folded: int
    no_operations: int
    expanded_functions: int
    inlined_branches: int
    opset_before: int
    constants: int
    constant_bytes: int

    def __str__(self) -> str:
        return (
            f"{self.nodes_before} nodes to {self.nodes_after}: {self.folded} folded, "
            f"{self.no_operations} without effect, {self.expanded_functions} functions expanded, "
            f"{self.inlined_branches} branches inlined; {self.constants} constants, {self.constant_bytes} bytes"
        )


@dataclass(frozen=True)
class PreparedModel:
    """The graph that is compiled.

    Attributes:
        name: the model's name in messages.
        nodes: topologically sorted; each with a unique name and with every attribute that has a default; no Constant
            nodes. An omitted input or output is the empty string.
        inputs: value names in order, without initializers.
        outputs: value names in order; an output may also be an input or a constant. A sequence among inputs and outputs
            is a value for each of its tensors.
        constants: values by name, C-contiguous and read-only by intent (weights are shared or memory-mapped).
        types: element type and shape of every value: inputs, constants, results.
        bodies: the bodies of the Loops, by the Loop's first result. Such a node has the values that its body captures
            as further inputs, and the number of its states as an attribute. The body takes the iteration's number, the
            condition, the states and the captured values; it gives the condition, the states and the scan outputs'
            parts.
        requirements: what the sizes of free dimensions must meet, in words -> a size that must not be negative.
        opsets: version by domain, "" being ONNX's own.
        summary: what was changed.
    """

    name: str
    nodes: list[NodeProto]
    inputs: list[str]
    outputs: list[str]
    constants: dict[str, np.ndarray]
    types: dict[str, ValueType]
    opsets: dict[str, int]
    summary: Summary
    requirements: dict[str, int] = field(default_factory=dict)
    bodies: "dict[str, PreparedModel]" = field(default_factory=dict)

    @property
    def opset(self) -> int:
        """Version of ONNX's own operators."""
        return self.opsets[""]


def prepare(
    loaded: LoadedModel,
    dims: Mapping[str, int] | None = None,
    fold_limit_bytes: int = FOLD_LIMIT_BYTES,
    elements: Elements | None = None,
) -> PreparedModel:
    """Checks `loaded` and brings it into the form that is compiled.

    Args:
        loaded: the model; left unchanged.
        dims: sizes of free dimensions by name.
        fold_limit_bytes: largest result of a folded node.
        elements: the shapes of the tensors of sequence inputs, by name; None for an optional input without a value.

    Raises:
        InvalidModelError: no valid ONNX model, or inconsistent shapes.
        UnsupportedModelError: something in it cannot be compiled.
        FreeDimensionError: `dims` binds what is no free dimension, or `elements` do not fit the inputs.
    """
    dims = dims or {}
    model = ModelProto()
    model.CopyFrom(loaded.proto)
    name_nodes(model.graph.node)
    declared = _declared_types(model.graph, dims)
    check_model(model, loaded.name)
    opset_before = opset_versions(model).get("", 1)
    nodes_before = sum(node.op_type != "Constant" for node in model.graph.node)
    model = upgrade(inline_functions(model, loaded.name), loaded.name)
    name_nodes(model.graph.node)
    inputs, containers = bind_elements(
        [value for value in model.graph.input if value.name not in loaded.weights], elements or {}, loaded.name
    )
    input_types, free = bind_dimensions(inputs, dims, loaded.name)
    opsets = opset_versions(model)

    def swept(further: Mapping[str, TypeProto]) -> Sweep | UndeterminedShapesError:
        inference = Inference(loaded.name, opsets, {**declared, **further})
        try:
            return _swept(loaded, model, input_types, containers, inference, fold_limit_bytes)
        except UndeterminedShapesError as error:
            return error

    sweep, further = swept({}), dict[str, TypeProto]()
    if isinstance(sweep, UndeterminedShapesError) or sweep.meets_declared_sizes:
        further = shapes_from_results(model, declared)
        again = swept(further) if further else sweep
        sweep = again if isinstance(again, Sweep) else sweep
    while isinstance(sweep, Sweep) and (learned := sweep.learned):
        further |= {name: make_tensor_type_proto(0, type_.shape) for name, type_ in learned.items()}
        sweep = swept(further)
    if isinstance(sweep, UndeterminedShapesError):
        raise UndeterminedShapesError(f"{sweep}{_sizes_wanted(free)}")
    for value in model.graph.output:
        if is_sequence(value.type) != (sweep.containers.get(value.name) is not None):
            raise InvalidModelError(f"{loaded.name}: output '{value.name}' is declared as a sequence, or is one")
    outputs = [name for value in model.graph.output for name in sweep.returned(value.name)]
    nodes = _contributing(sweep, outputs)
    used = {*outputs, *(name for node in nodes for name in used_values(node))}
    name_nodes(nodes)
    constants = {name: array for name, array in sweep.constants.items() if name in used}
    input_names = [value.name for value in inputs]
    kept = used.union(input_names, *(node.output for node in nodes))
    counts = sweep.counts
    return PreparedModel(
        name=loaded.name,
        nodes=nodes,
        inputs=input_names,
        outputs=outputs,
        constants=constants,
        types={name: value_type for name, value_type in sweep.types.items() if name in kept},
        opsets=opsets,
        requirements=sweep.requirements,
        bodies={node.output[0]: sweep.bodies[node.output[0]] for node in nodes if is_loop(node)},
        summary=Summary(
            nodes_before=nodes_before,
            nodes_after=len(nodes),
            folded=counts.folded,
            no_operations=counts.no_operations,
            expanded_functions=counts.expanded_functions,
            inlined_branches=counts.inlined_branches,
            opset_before=opset_before,
            constants=len(constants),
            constant_bytes=sum(array.nbytes for array in constants.values()),
        ),
    )


def _swept(
    loaded: LoadedModel,
    model: ModelProto,
    input_types: Mapping[str, ValueType],
    containers: Mapping[str, Container],
    inference: Inference,
    fold_limit_bytes: int,
) -> Sweep:
    """The sweep over the whole graph."""
    outputs = frozenset(value.name for value in model.graph.output)
    independent = independent_values(model.graph.node)
    sweep = Sweep(loaded.name, inference.opsets, outputs, inference, fold_limit_bytes, prepare, independent)
    for name, value_type in input_types.items():
        sweep.add_input(name, value_type)
    sweep.containers.update(containers)
    for tensor in model.graph.initializer:
        sweep.add_constant(tensor.name, numpy_helper.to_array(tensor))
    for name, array in loaded.weights.items():
        sweep.add_constant(name, array)
    nodes, constants = on_integers(model.graph.node, sweep.constants, sorted(outputs))
    for name, array in constants.items():
        sweep.add_constant(name, array)
    sweep.run(nodes)
    return sweep


def _contributing(sweep: Sweep, outputs: Sequence[str]) -> list[NodeProto]:
    """The nodes that contribute to the outputs: to their values, or to a size that run-time values determine or meet.

    Where a shape is only declared, what follows may be calculated with it and not read the value at all.
    """
    determined: dict[str, NodeProto] = {}
    for node in sweep.nodes:
        for name in _counts_of(sweep, node):
            determined.setdefault(name, node)
    wanted = [*outputs, *sorted(sweep.inference.assumed)]
    while True:
        nodes = live_nodes(sweep.nodes, wanted)
        missing = {determined[name].output[0] for node in nodes for name in _counts_of(sweep, node)} - {
            name for node in nodes for name in node.output
        }
        if not missing:
            return nodes
        wanted += missing


def _counts_of(sweep: Sweep, node: NodeProto) -> list[str]:
    sizes = (size for output in node.output if output in sweep.types for size in sweep.types[output].shape)
    return [name for size in sizes for name in sorted(symbols_of(size)) if is_count(name)]


def _sizes_wanted(free: Sequence[str]) -> str:
    return "\nor give sizes: " + ", ".join(f"--dim {name}=N" for name in free) if free else ""


def name_nodes(nodes: Sequence[NodeProto]) -> None:
    """Gives every node a name of its own, in place: operator and index where it has none, a suffix where it is used."""
    given = Counter(node.name for node in nodes)
    taken = set(given)
    seen: set[str] = set()
    for index, node in enumerate(nodes):
        if node.name and node.name not in seen:
            seen.add(node.name)
            continue
        base = node.name or f"{node.op_type}_{index}"
        name, suffix = base, 1
        while name in taken or name in seen:
            name, suffix = f"{base}_{suffix}", suffix + 1
        node.name = name
        seen.add(name)


def _declared_types(graph: GraphProto, dims: Mapping[str, int]) -> dict[str, TypeProto]:
    """The types that the model declares for results, with `dims` put in."""
    declared = {}
    for value in [*graph.value_info, *graph.output]:
        proto = TypeProto()
        proto.CopyFrom(value.type)
        for dim in proto.tensor_type.shape.dim if proto.tensor_type.HasField("shape") else ():
            if dim.dim_param in dims:
                dim.dim_value = dims[dim.dim_param]
        declared[value.name] = proto
    return declared
