"""From a model as its author wrote it to the graph that is compiled: one opset, known shapes, constants folded."""

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from onnx import GraphProto, ModelProto, NodeProto, TypeProto, numpy_helper
from onnx.helper import make_tensor_type_proto

from dnnf_mlir.errors import InvalidModelError, UnsupportedModelError, warn
from dnnf_mlir.graph.size import representatives
from dnnf_mlir.graph.specialize import partly_at
from dnnf_mlir.importer.decompose.containers import Container, Elements, bind_elements, is_sequence
from dnnf_mlir.importer.decompose.microsoft.registry import rename
from dnnf_mlir.importer.decompose.qdq import on_integers
from dnnf_mlir.importer.graphs import is_loop, used_values
from dnnf_mlir.importer.interpretation.context import Interpretation, OtherSizes, UndeterminedShapesError
from dnnf_mlir.importer.interpretation.graph import contributing, interpret_graph, returned
from dnnf_mlir.importer.interpretation.step import step
from dnnf_mlir.importer.read.checking import check_model, opset_versions
from dnnf_mlir.importer.read.loading import LoadedModel
from dnnf_mlir.importer.read.opset import inline_functions, upgrade
from dnnf_mlir.importer.shapes.backward import shapes_from_results
from dnnf_mlir.importer.shapes.dimensions import bind_dimensions, dimension_name
from dnnf_mlir.importer.shapes.folding import FOLD_LIMIT_BYTES
from dnnf_mlir.importer.shapes.inference import Inference
from dnnf_mlir.importer.shapes.value_type import ValueType

_MOST_DECISIONS = 4
"""By how many comparisons of sizes a model may branch so that both branches cannot be compiled."""


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

    def with_bodies(self) -> "Iterator[PreparedModel]":
        """The model itself, then the bodies of its loops, each followed by those of the loops in it."""
        yield self
        for body in self.bodies.values():
            yield from body.with_bodies()

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
        DynamicDimensionError: `dims` binds what is no free dimension, or `elements` do not fit the inputs.
    """
    return _decided(_normalised(loaded, dims or {}, elements or {}), fold_limit_bytes, {})


def _decided(source: "_Source", fold_limit_bytes: int, decisions: dict[int, bool]) -> PreparedModel:
    """The prepared model, where it branches by sizes with ``decisions``.

    Where the branches' results do not fit one another, one of them must not be taken: which, is tried.
    """
    undecided: list[int] = []
    try:
        return _at_fitting_sizes(source, fold_limit_bytes, decisions, undecided)
    except (InvalidModelError, UnsupportedModelError):
        if not undecided or len(decisions) == _MOST_DECISIONS:
            raise
        for choice in (False, True):
            with contextlib.suppress(InvalidModelError, UnsupportedModelError):
                return _decided(source, fold_limit_bytes, {**decisions, undecided[0]: choice})
        raise


def _at_fitting_sizes(
    source: "_Source", fold_limit_bytes: int, decisions: Mapping[int, bool], undecided: list[int]
) -> PreparedModel:
    """The prepared model; looked at with sizes that meet what it requires."""
    chosen: dict[str, int] = {}
    while True:
        undecided.clear()
        try:
            with representatives(chosen):
                return _prepared(source, _interpreted(source, fold_limit_bytes, decisions, undecided))
        except OtherSizes as needed:
            source, chosen = source.with_equal(needed.equal), {**chosen, **needed.representatives}


@dataclass(frozen=True)
class _Source:
    """A checked model in the newest opset, with its functions inlined and its inputs bound to types.

    Attributes:
        loaded: the model's name and weights.
        model: all but the weights.
        opset_before: version of ONNX's own operators in the file.
        nodes_before: how many nodes the file has, without Constant nodes.
        declared: the types that the file declares for results.
        input_types: by name, in order.
        dynamic: names of the dimensions that have no size.
        containers: the inputs that are sequences or optionals.
    """

    loaded: LoadedModel
    model: ModelProto
    opset_before: int
    nodes_before: int
    declared: dict[str, TypeProto]
    input_types: dict[str, ValueType]
    dynamic: list[str]
    containers: dict[str, Container]

    def with_equal(self, equal: Mapping[str, int]) -> "_Source":
        """The source with dimensions replaced by those that they must equal."""
        types = {
            name: ValueType(type_.elem_type, tuple(partly_at(size, equal) for size in type_.shape))
            for name, type_ in self.input_types.items()
        }
        return replace(self, input_types=types)


def _normalised(loaded: LoadedModel, dims: Mapping[str, int], elements: Elements) -> _Source:
    model = ModelProto()
    model.CopyFrom(loaded.proto)
    name_nodes(model.graph.node)
    declared = _declared_types(model.graph, dims)
    check_model(model, loaded.name)
    opset_before = opset_versions(model).get("", 1)
    nodes_before = sum(node.op_type != "Constant" for node in model.graph.node)
    model = upgrade(inline_functions(model, loaded.name), loaded.name)
    rename(model.graph.node)
    name_nodes(model.graph.node)
    inputs, containers = bind_elements(
        [value for value in model.graph.input if value.name not in loaded.weights], elements, loaded.name
    )
    input_types, dynamic = bind_dimensions(inputs, dims, loaded.name)
    return _Source(loaded, model, opset_before, nodes_before, declared, input_types, dynamic, containers)


def _interpreted(
    source: _Source, fold_limit_bytes: int, decisions: Mapping[int, bool], undecided: list[int]
) -> Interpretation:
    """The graph's interpretation; made anew with shapes that later nodes and declarations tell of earlier results."""
    further: dict[str, TypeProto] = {}

    def attempt() -> Interpretation | UndeterminedShapesError:
        return _attempt(source, further, fold_limit_bytes, decisions, undecided)

    latest = attempt()
    if isinstance(latest, UndeterminedShapesError) or latest.state.meets_declared_sizes:
        further = shapes_from_results(source.model, source.declared)
        again = attempt() if further else latest
        latest = again if isinstance(again, Interpretation) else latest
    while isinstance(latest, Interpretation) and (learned := latest.state.learned):
        further |= {name: make_tensor_type_proto(0, type_.shape) for name, type_ in learned.items()}
        latest = attempt()
    if isinstance(latest, UndeterminedShapesError):
        raise UndeterminedShapesError(f"{latest}{_sizes_wanted(source.dynamic)}")
    return latest


def _attempt(
    source: _Source,
    further: Mapping[str, TypeProto],
    fold_limit_bytes: int,
    decisions: Mapping[int, bool],
    undecided: list[int],
) -> Interpretation | UndeterminedShapesError:
    """Interprets the graph with ``further`` declared types."""
    loaded, graph = source.loaded, source.model.graph
    inference = Inference(loaded.name, opset_versions(source.model), {**source.declared, **further})
    outputs = frozenset(value.name for value in graph.output)
    ctx = Interpretation(loaded.name, outputs, inference, fold_limit_bytes, prepare, step, decisions, undecided)
    for name, value_type in source.input_types.items():
        ctx.add_value(name, value_type)
    ctx.state.containers.update(source.containers)
    for tensor in graph.initializer:
        ctx.add_constant(tensor.name, numpy_helper.to_array(tensor))
    for name, array in loaded.weights.items():
        ctx.add_constant(name, array)
    nodes, constants = on_integers(graph.node, ctx.state.constants, sorted(outputs))
    for name, array in constants.items():
        ctx.add_constant(name, array)
    try:
        interpret_graph(ctx, nodes)
    except UndeterminedShapesError as error:
        return error
    return ctx


def _prepared(source: _Source, ctx: Interpretation) -> PreparedModel:
    """What contributes to the outputs, with a summary."""
    name, state = source.loaded.name, ctx.state
    for value in source.model.graph.output:
        if is_sequence(value.type) != (state.containers.get(value.name) is not None):
            raise InvalidModelError(
                f"{name}: output '{value.name}': declared type and computed value disagree on being a sequence"
            )
    outputs = [tensor for value in source.model.graph.output for tensor in returned(ctx, value.name)]
    nodes = contributing(ctx, outputs)
    name_nodes(nodes)
    _warn_of_declarations(ctx, name, [value.name for value in source.model.graph.output])
    used = {*outputs, *(value for node in nodes for value in used_values(node))}
    constants = {name: array for name, array in state.constants.items() if name in used}
    kept = used.union(source.input_types, *(node.output for node in nodes))
    return PreparedModel(
        name=name,
        nodes=nodes,
        inputs=list(source.input_types),
        outputs=outputs,
        constants=constants,
        types={name: value_type for name, value_type in state.types.items() if name in kept},
        opsets=dict(ctx.opsets),
        requirements=state.requirements,
        bodies={node.output[0]: state.bodies[node.output[0]] for node in nodes if is_loop(node)},
        summary=Summary(
            nodes_before=source.nodes_before,
            nodes_after=len(nodes),
            folded=state.counts.folded,
            no_operations=state.counts.no_operations,
            expanded_functions=state.counts.expanded_functions,
            inlined_branches=state.counts.inlined_branches,
            opset_before=source.opset_before,
            constants=len(constants),
            constant_bytes=sum(array.nbytes for array in constants.values()),
        ),
    )


def _warn_of_declarations(ctx: Interpretation, name: str, outputs: Sequence[str]) -> None:
    """Says which types the file declares wrongly: of each output, and of how many values inside."""
    types, wrong = ctx.state.types, ctx.inference.contradicted
    for output in (output for output in outputs if output in wrong):
        found = types.get(ctx.state.aliases.get(output, output))
        warn(f"{name}: output '{output}' is declared as {wrong[output]} but is {found}")
    if inside := [value for value in wrong if value not in outputs]:
        warn(f"{name}: {len(inside)} values inside are not of the types that the file declares, as '{inside[0]}'")


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
            if (key := dimension_name(dim)) in dims:
                dim.dim_value = dims[key]
        declared[value.name] = proto
    return declared
