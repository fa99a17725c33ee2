"""Nodes that are replaced by a body of simpler nodes: operators that ONNX defines by a function, known branches."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from onnx import AttributeProto, FunctionProto, GraphProto, NodeProto, TensorProto, TypeProto, defs, helper, parser

from dnnf_mlir.dialect_defs.onnx_facts import keeps_function
from dnnf_mlir.importer.graphs import rename_values, subgraphs


def expand(node: NodeProto, schema: Any, opset: int, input_types: list[TypeProto]) -> list[NodeProto] | None:
    """The body of `node`'s ONNX function with the node's inputs, outputs and attributes put in; None if it stays whole.

    Args:
        node: a node with all attributes that have defaults.
        schema: its onnx.defs.OpSchema (untyped, as onnx's stubs do not have the interface for functions).
        opset: version of the default domain.
        input_types: type of each input, an empty TypeProto for omitted ones.
    """
    if schema.domain == "" and keeps_function(schema.name):
        return None
    if schema.has_context_dependent_function:
        body = schema.get_context_dependent_function_with_opset_version(
            max(version for version in schema.context_dependent_function_opset_versions if version <= opset),
            node.SerializeToString(),
            [input_type.SerializeToString() for input_type in input_types],
        )
    elif schema.has_function:
        body = schema.get_function_with_opset_version(
            max(version for version in schema.function_opset_versions if version <= opset)
        )
    else:
        return None
    function = FunctionProto.FromString(body) if isinstance(body, bytes) else body
    return instantiate(function, node) if function.node else None


LOCAL_DOMAIN = "dnnf"
"""The domain of the functions that a decomposition's text calls, and of the dialect's own operators."""


def parsed(text: str) -> FunctionProto:
    """A function from ONNX text, ``name <attributes> (inputs) => (outputs) { nodes }``, of the newest opset."""
    opsets = f'"" : {defs.onnx_opset_version()}, "{LOCAL_DOMAIN}" : 1'
    return parser.parse_function(f'<domain: "{LOCAL_DOMAIN}", opset_import: [{opsets}]> {text}')


def instantiate(
    function: FunctionProto, node: NodeProto, callees: Mapping[str, FunctionProto] | None = None
) -> list[NodeProto]:
    """The nodes of `function` for the call `node`; inner values and nodes are named after the call.

    ``callees`` are the functions of the local domain that it calls, directly or not, by the name that it calls them.
    """
    names = dict(itertools.zip_longest(function.input, node.input[: len(function.input)], fillvalue=""))
    names |= {inner: outer for inner, outer in zip(function.output, node.output, strict=False) if outer}
    attributes = {attribute.name: attribute for attribute in [*function.attribute_proto, *node.attribute]}
    body = renamed_copies(function.node, node.name, names)
    for inner in body:
        _bind_attributes(inner, attributes)
    if callees is None:
        return body
    inlined = (
        instantiate(callees[inner.op_type], inner, callees) if inner.domain == LOCAL_DOMAIN else [inner]
        for inner in body
    )
    return list(itertools.chain.from_iterable(inlined))


def instantiate_branch(branch: GraphProto, node: NodeProto) -> tuple[list[NodeProto], dict[str, TensorProto]]:
    """The nodes of a branch of the If `node`, and its initializers by their new names."""
    names: dict[str, str] = {}
    produced = {output for inner in branch.node for output in inner.output}
    passed_on = []
    for value, output in zip(branch.output, node.output, strict=True):
        if value.name in produced and value.name not in names:
            names[value.name] = output
        elif output:
            passed_on.append((value.name, output))
    weights = {names.setdefault(tensor.name, f"{node.name}/{tensor.name}"): tensor for tensor in branch.initializer}
    body = renamed_copies(branch.node, node.name, names)
    for value_name, output in passed_on:
        inner = helper.make_node("Identity", [names.get(value_name, value_name)], [output], f"{node.name}/{value_name}")
        body.append(inner)
    return body, weights


def instantiate_body(
    body: GraphProto, prefix: str, bound: Mapping[str, str]
) -> tuple[list[NodeProto], dict[str, TensorProto], list[str]]:
    """The nodes of one iteration of a loop's body, its initializers by their new names, and its outputs' names.

    Args:
        body: the loop's body.
        prefix: starts the names of everything that the iteration defines.
        bound: the value that each of the body's inputs stands for.
    """
    names = dict(bound)
    weights = {names.setdefault(tensor.name, f"{prefix}/{tensor.name}"): tensor for tensor in body.initializer}
    nodes = renamed_copies(body.node, prefix, names)
    return nodes, weights, [names.get(value.name, value.name) for value in body.output]


def renamed_copies(nodes: Sequence[NodeProto], prefix: str, names: dict[str, str]) -> list[NodeProto]:
    """Copies of `nodes` that use `names` and have names of their own for everything else that they define."""
    copies = []
    for index, template in enumerate(nodes):
        copy = NodeProto()
        copy.CopyFrom(template)
        copy.name = f"{prefix}/{template.name or f'{template.op_type}_{index}'}"
        _localise(copy, prefix, names)
        copies.append(copy)
    return copies


def _localise(node: NodeProto, prefix: str, names: dict[str, str]) -> None:
    """Gives every value that `node` defines, also in sub-graphs, a name of its own."""
    for index, output in enumerate(node.output):
        if output:
            node.output[index] = names.setdefault(output, f"{prefix}/{output}")
    for graph in subgraphs(node):
        for value in [*graph.input, *graph.initializer]:
            value.name = names.setdefault(value.name, f"{prefix}/{value.name}")
        for inner in graph.node:
            _localise(inner, prefix, names)
    rename_values(node, names)


def _bind_attributes(node: NodeProto, attributes: dict[str, AttributeProto]) -> None:
    """Replaces references to the function's attributes by the call's, or by nothing where the call has none."""
    bound = []
    for attribute in node.attribute:
        if not attribute.ref_attr_name:
            bound.append(attribute)
        elif attribute.ref_attr_name in attributes:
            value = AttributeProto()
            value.CopyFrom(attributes[attribute.ref_attr_name])
            value.name = attribute.name
            bound.append(value)
    del node.attribute[:]
    node.attribute.extend(bound)
    for graph in subgraphs(node):
        for inner in graph.node:
            _bind_attributes(inner, attributes)
