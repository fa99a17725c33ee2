"""Is this a valid ONNX model that can be compiled at all? Answered before anything is changed.

The checks that onnx.checker words badly (cycles, values that nobody defines, unknown operators) come first.
"""

from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter

import onnx
from onnx import GraphProto, ModelProto, NodeProto, defs, inliner

from dnnf_mlir.errors import InvalidModelError, UnsupportedModelError
from dnnf_mlir.importer.decompose.containers import problem_with_type
from dnnf_mlir.importer.decompose.microsoft.operator import DOMAIN, VERSION
from dnnf_mlir.importer.decompose.microsoft.registry import ADOPTED, OPERATORS
from dnnf_mlir.importer.graphs import describe, subgraphs, used_values

DEFAULT_DOMAIN = "ai.onnx"
EXCLUDED_DOMAINS = {
    "ai.onnx.ml": "classical machine learning",
    "ai.onnx.preview.training": "training",
}
"""Domains of ONNX's own whose operators are out of scope -> their subject."""

NODE_LIMIT = 1_000_000
"""Most nodes of a graph after its functions are inlined: a small file can ask for as many as it likes."""


def check_model(model: ModelProto, name: str) -> None:
    """Sorts the nodes of `model` topologically, in place, and checks it; writes the newest IR version into it.

    Raises:
        InvalidModelError: a cycle, an undefined value, or whatever else onnx.checker finds.
        UnsupportedModelError: a newer ONNX version, unknown or excluded operators (all of them), inputs or outputs
            that are neither tensors nor hold them.
    """
    _check_versions(model, name)
    model.ir_version = onnx.IR_VERSION  # the weights have left the graph, which older versions do not allow
    _normalise_domains(model.graph)
    _adopt_operators(model)
    _check_value_types(model.graph, name)
    _sort_nodes(model.graph, name)
    _check_operators(model, name)
    _check_functions(model, name)
    try:
        onnx.checker.check_model(_of_one_opset(model))
    except (onnx.checker.ValidationError, ValueError, RuntimeError, TypeError) as error:
        raise InvalidModelError(f"{name}: invalid ONNX model: {in_one_line(error)}") from error


def _of_one_opset(model: ModelProto) -> ModelProto:
    """The model with its functions inlined where they are of another opset, which onnx's checker refuses."""
    versions = opset_versions(model)
    imported = [(entry.domain, entry.version) for function in model.functions for entry in function.opset_import]
    if all(versions.get("" if domain == DEFAULT_DOMAIN else domain, own) == own for domain, own in imported):
        return model
    return inliner.inline_local_functions(model, convert_version=True)


def in_one_line(error: Exception) -> str:
    """An onnx error's text on one line, without the name of the exception."""
    text = " ".join(str(error).split())
    return text.replace("[ShapeInferenceError] ", "").replace("[TypeInferenceError] ", "")


def opset_versions(model: ModelProto) -> dict[str, int]:
    """The opset version of every imported domain; the default domain is the empty string.

    Of a domain that is imported several times the last version counts, as in ONNX Runtime.
    """
    return {"" if entry.domain == DEFAULT_DOMAIN else entry.domain: entry.version for entry in model.opset_import}


def _check_versions(model: ModelProto, name: str) -> None:
    if model.ir_version > onnx.IR_VERSION:
        raise UnsupportedModelError(
            f"{name}: IR version {model.ir_version} is newer than {onnx.IR_VERSION}, the newest that onnx "
            f"{onnx.__version__} knows; export for an older version or update dnnf-mlir"
        )
    versions = opset_versions(model)
    del model.opset_import[:]
    model.opset_import.extend(onnx.helper.make_opsetid(*entry) for entry in versions.items())
    newest = defs.onnx_opset_version()
    version = opset_versions(model).get("", 1)
    if version > newest:
        raise UnsupportedModelError(
            f"{name}: opset {version} is newer than {newest}, the newest that onnx {onnx.__version__} knows; "
            "export for an older opset or update dnnf-mlir"
        )
    if version < 1:
        raise InvalidModelError(f"{name}: invalid opset version {version}")


def _check_value_types(graph: GraphProto, name: str) -> None:
    for kind, values in (("input", graph.input), ("output", graph.output)):
        for value in values:
            label = f"{name}: {kind} '{value.name}'"
            if value.type.WhichOneof("value") not in (None, "tensor_type"):
                if (problem := problem_with_type(value.type)) is not None:
                    raise UnsupportedModelError(f"{label} {problem}")
                continue
            if value.type.tensor_type.elem_type == onnx.TensorProto.STRING:
                raise UnsupportedModelError(f"{label} {problem_with_type(value.type)}")
            typed = value.type.tensor_type.elem_type in onnx.helper.get_all_tensor_dtypes()
            if typed and value.type.tensor_type.HasField("shape"):
                continue
            if kind == "input" and not typed:
                raise InvalidModelError(f"{label} has no element type")
            if kind == "input":
                raise UnsupportedModelError(f"{label} has no shape; export the model with the shapes of its inputs")
            # Some exporters leave out what can be inferred. The checker wants a type; nobody reads it afterwards.
            value.type.CopyFrom(onnx.helper.make_tensor_type_proto(onnx.TensorProto.FLOAT, []))


def _normalise_domains(graph: GraphProto) -> None:
    """ONNX's own domain has two names; one is enough."""
    for node in graph.node:
        if node.domain == DEFAULT_DOMAIN:
            node.domain = ""
        for inner in subgraphs(node):
            _normalise_domains(inner)


def _adopt_operators(model: ModelProto) -> None:
    """Gives operators to ONNX Runtime's domain that their version of ONNX's own does not have, as ONNX Runtime does.

    The domain is imported where its operators are used: its own optimiser leaves that out.
    """
    for part, nodes in [(model, model.graph.node), *((function, function.node) for function in model.functions)]:
        versions = {entry.domain: entry.version for entry in part.opset_import}
        version = versions.get("", versions.get(DEFAULT_DOMAIN, 1))
        for node in _all_nodes(nodes):
            if not node.domain and node.op_type in ADOPTED and not defs.has(node.op_type, version, ""):
                node.domain = DOMAIN
            if node.domain == DOMAIN and DOMAIN not in versions:
                part.opset_import.append(onnx.helper.make_opsetid(DOMAIN, VERSION))
                versions[DOMAIN] = VERSION


def _all_nodes(nodes: Iterable[NodeProto]) -> Iterator[NodeProto]:
    """The nodes and those of their sub-graphs."""
    for node in nodes:
        yield node
        for graph in subgraphs(node):
            yield from _all_nodes(graph.node)


def _sort_nodes(graph: GraphProto, name: str) -> None:
    producer: dict[str, int] = {}
    for index, node in enumerate(graph.node):
        for output in filter(None, node.output):
            if output in producer:
                raise InvalidModelError(
                    f"{name}: {describe(graph.node[producer[output]])} and {describe(node)} both define '{output}'"
                )
            producer[output] = index
    given = {value.name for value in graph.input} | {tensor.name for tensor in graph.initializer}
    needed: dict[int, list[int]] = {}
    for index, node in enumerate(graph.node):
        names = [used for used in used_values(node) if used not in given]
        for used in names:
            if used not in producer:
                raise InvalidModelError(
                    f"{name}: {describe(node)} reads '{used}', which no node, input or initializer defines"
                )
        needed[index] = [producer[used] for used in names]
    for value in graph.output:
        if value.name not in producer and value.name not in given:
            raise InvalidModelError(f"{name}: no node defines the output '{value.name}'")
    if all(before < index for index, befores in needed.items() for before in befores):
        return
    try:
        order = list(TopologicalSorter(needed).static_order())
    except CycleError as error:
        cycle = " -> ".join(describe(graph.node[index]) for index in reversed(error.args[1]))
        raise InvalidModelError(f"{name}: the graph has a cycle: {cycle}") from error
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes[index] for index in order)


def _check_operators(model: ModelProto, name: str) -> None:
    versions = opset_versions(model)
    local = {(function.domain, function.name) for function in model.functions}
    unsupported: dict[str, list[str]] = {}

    def visit(nodes: list[NodeProto], imports: dict[str, int]) -> None:
        """Collects the unsupported operators of nodes and their sub-graphs."""
        for node in nodes:
            domain = "" if node.domain == DEFAULT_DOMAIN else node.domain
            is_defined = domain in imports and _is_defined(node.op_type, imports[domain], domain)
            if (node.domain, node.op_type) not in local and (not is_defined or domain in EXCLUDED_DOMAINS):
                version = f" {imports[domain]}" if domain in imports else ""
                subject = f" ({EXCLUDED_DOMAINS[domain]})" if domain in EXCLUDED_DOMAINS else ""
                operator = f"{node.op_type} of domain {domain or DEFAULT_DOMAIN}{version}{subject}"
                unsupported.setdefault(operator, []).append(node.name or ", ".join(node.output))
            for graph in subgraphs(node):
                visit(list(graph.node), imports)

    visit(list(model.graph.node), versions)
    for function in model.functions:
        visit(list(function.node), {entry.domain: entry.version for entry in function.opset_import})
    if unsupported:
        lines = "\n".join(f"  {operator}: {', '.join(nodes)}" for operator, nodes in sorted(unsupported.items()))
        raise UnsupportedModelError(
            f"{name}: unsupported operators, for which the model has no function:\n{lines}\n"
            "export the model for inference, with the operators of ONNX's default domain"
        )


def _is_defined(op_type: str, version: int, domain: str) -> bool:
    if domain == DOMAIN:
        return version == VERSION and op_type in OPERATORS
    return defs.has(op_type, version, domain)


def _check_functions(model: ModelProto, name: str) -> None:
    calls = {
        (function.domain, function.name): [(node.domain, node.op_type) for node in function.node]
        for function in model.functions
    }
    try:
        order = list(TopologicalSorter(calls).static_order())
    except CycleError as error:
        cycle = " -> ".join(operator for _, operator in reversed(error.args[1]))
        raise InvalidModelError(f"{name}: functions that call themselves: {cycle}") from error
    nodes: dict[tuple[str, str], int] = {}
    for function in order:
        nodes[function] = sum(nodes[call] for call in calls[function]) if function in calls else 1
    inlined = sum(nodes.get((node.domain, node.op_type), 1) for node in model.graph.node)
    if inlined > NODE_LIMIT:
        raise UnsupportedModelError(
            f"{name}: its functions call each other so often that the graph has {inlined} nodes; "
            f"up to {NODE_LIMIT} can be compiled"
        )
