"""One opset for everything after the importer: the newest that the installed onnx defines."""

from collections.abc import Collection, Iterator
from typing import TypeAlias

import onnx
from onnx import (
    GraphProto,
    ModelProto,
    NodeProto,
    TensorProto,
    defs,
    helper,
    inliner,
    shape_inference,
    version_converter,
)

from dnnf_mlir.errors import InvalidModelError, UnsupportedModelError
from dnnf_mlir.importer.graphs import describe, subgraphs
from dnnf_mlir.importer.read.checking import in_one_line, opset_versions


def inline_functions(model: ModelProto, name: str) -> ModelProto:
    """`model` with the calls to its own functions replaced by their bodies, of their own opset."""
    if not model.functions:
        return model
    version = opset_versions(model).get("", 1)
    for function in model.functions:
        own = next((entry.version for entry in function.opset_import if entry.domain in ("", "ai.onnx")), version)
        if own != version:
            body = GraphProto(node=function.node)
            _write_out(body, own, {})
            del function.node[:]
            function.node.extend(body.node)
    try:
        return inliner.inline_local_functions(model, convert_version=True)
    except Exception as error:
        raise InvalidModelError(f"{name}: cannot inline the model's functions: {in_one_line(error)}") from error


def upgrade(model: ModelProto, name: str) -> ModelProto:
    """`model` in the newest opset; the weights must have been taken out.

    Raises:
        InvalidModelError: a Split into another number of parts than it has results, for which onnx ends the process.
        UnsupportedModelError: onnx's version converter has no way up for an operator.
    """
    _check_parts(model.graph, name)
    newest = defs.onnx_opset_version()
    version = opset_versions(model).get("")
    if version is None:  # only operators of other domains, whose functions may still be written in ONNX's own
        model.opset_import.append(onnx.helper.make_opsetid("", newest))
        return model
    if version == newest:
        return model
    resizing = ("Upsample", "Resize") if version < 11 else ("Upsample",)
    upsampled = {output for node in _every_node(model.graph) if node.op_type in resizing for output in node.output}
    try:
        newer = version_converter.convert_version(_with_explicit_meaning(model, version), newest)
    except Exception as error:
        raise UnsupportedModelError(
            f"{name}: cannot convert from opset {version} to {newest}: {in_one_line(error)}; "
            "export the model with a newer opset"
        ) from error
    if version < 11:
        _cast_numbers(newer.graph)
    return _completed(newer, upsampled)


def _check_parts(graph: GraphProto, name: str) -> None:
    for node in _every_node(graph):
        parts = next((attribute.i for attribute in node.attribute if attribute.name == "num_outputs"), None)
        if node.op_type == "Split" and not node.domain and parts not in (None, len(node.output)):
            raise InvalidModelError(f"{name}: {describe(node)}: num_outputs is {parts}, but it has {len(node.output)}")


def _completed(model: ModelProto, upsampled: Collection[str]) -> ModelProto:
    """`model` with attributes that onnx's converter does not write; ``upsampled`` are the results of Upsample.

    Upsample, and Resize before version 11, read at ``position / scale``, rounded down. A Split without sizes makes
    equal parts.
    """
    for node in _every_node(model.graph):
        if node.op_type == "Resize" and any(output in upsampled for output in node.output):
            given = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
            kept = [attribute for attribute in node.attribute if attribute.name not in given]
            del node.attribute[:]
            node.attribute.extend([*kept, *(helper.make_attribute(*item) for item in given.items())])
        has_number = any(attribute.name == "num_outputs" for attribute in node.attribute)
        if node.op_type == "Split" and not has_number and not any(node.input[1:]):
            node.attribute.append(helper.make_attribute("num_outputs", len(node.output)))
    return model


def _cast_numbers(graph: GraphProto) -> None:
    """Gives the numbers of Pad and Clip their operand's type, in place, also in bodies: the converter writes f32."""
    nodes: list[NodeProto] = []
    for node in graph.node:
        for inner in subgraphs(node):
            _cast_numbers(inner)
        first = {"Pad": 2, "Clip": 1}.get(node.op_type, len(node.input))
        for i, number in enumerate(node.input[first:], first):
            if number:
                node.input[i] = f"{node.output[0]}/number_{i}"
                nodes.append(helper.make_node("CastLike", [number, node.input[0]], [node.input[i]], node.input[i]))
        nodes.append(node)
    copies = [NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(copies)


def _every_node(graph: GraphProto) -> Iterator[NodeProto]:
    for node in graph.node:
        yield node
        for inner in subgraphs(node):
            yield from _every_node(inner)


def _with_explicit_meaning(model: ModelProto, version: int) -> ModelProto:
    """`model` with what older versions of operators imply written out, where onnx's converter passes over it."""
    if not any(node.op_type in _IMPLICIT for node in _every_node(model.graph)):
        return model
    explicit = ModelProto()
    explicit.CopyFrom(model)
    if version < 9:
        explicit = shape_inference.infer_shapes(explicit)
    _write_out(explicit.graph, version, {})
    return explicit


_Shapes: TypeAlias = dict[str, list[int]]
"""Value -> its sizes, 0 where the file and ONNX's inference do not tell one."""


def _shapes(graph: GraphProto) -> _Shapes:
    shapes = {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    for value in [*graph.input, *graph.value_info, *graph.output]:
        if value.type.tensor_type.HasField("shape"):
            shapes[value.name] = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
    return shapes


def _write_out(graph: GraphProto, version: int, outside: _Shapes) -> None:
    """Writes out, in place, what the operators of this version imply; also in bodies.

    ``outside`` are the values that a body sees of the graph around it.
    """
    nodes: list[NodeProto] = []
    shapes = outside | _shapes(graph)
    for node in graph.node:
        for inner in subgraphs(node):
            _write_out(inner, version, shapes)
        if node.op_type == "DFT" and version < 20 and not any(a.name == "axis" for a in node.attribute):
            node.attribute.append(helper.make_attribute("axis", 1))
        if node.op_type == "PRelu" and version < 7:
            nodes.extend(_aligned_slope(node, shapes))
        if node.op_type == "Scan" and version < 9:
            nodes.extend(_scans_of_batch(node, shapes))
        elif node.op_type == "Hardmax" and version < 13:
            nodes.extend(_flattened(node))
        else:
            nodes.append(node)
    copies = [NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(copies)


_IMPLICIT = frozenset({"DFT", "Hardmax", "PRelu", "Scan"})


def _flattened(node: NodeProto) -> list[NodeProto]:
    """An operator of rows, which were the dimensions from the axis on before version 13."""
    axis = next((attribute.i for attribute in node.attribute if attribute.name == "axis"), 1)
    shape, rows, result = (f"{node.output[0]}/{part}" for part in ("shape", "rows", "of_rows"))
    return [
        helper.make_node("Shape", [node.input[0]], [shape], shape),
        helper.make_node("Flatten", [node.input[0]], [rows], rows, axis=axis),
        helper.make_node(node.op_type, [rows], [result], node.name, axis=1),
        helper.make_node("Reshape", [result, shape], [node.output[0]], f"{result}/reshaped"),
    ]


def _aligned_slope(node: NodeProto, shapes: _Shapes) -> list[NodeProto]:
    """The slope of each channel with the dimensions that follow the channels, which it was broadcast along."""
    x, slope = node.input
    rank = len(shapes.get(x, []))
    if len(shapes.get(slope, [])) != 1 or rank < 3:
        return []
    aligned = f"{node.output[0]}/slope"
    node.input[1] = aligned
    return [helper.make_node("Unsqueeze", [slope], [aligned], aligned, axes=list(range(1, rank - 1)))]


def _scans_of_batch(node: NodeProto, shapes: _Shapes) -> list[NodeProto]:
    """A Scan for each element of the batch, which the first dimension of all values was before version 9."""
    batch = next((shapes[name][0] for name in node.input[1:] if shapes.get(name)), 0)
    if node.input[0] or not batch:
        raise ValueError(f"{describe(node)} has sequences of several lengths, or a batch of unknown size")
    nodes = []
    for i in range(batch):
        scan = NodeProto()
        scan.CopyFrom(node)
        scan.name = f"{node.name or node.output[0]}/{i}"
        index = f"{scan.name}/index"
        nodes.append(
            helper.make_node("Constant", [], [index], value=helper.make_tensor("", TensorProto.INT64, [], [i]))
        )
        for j, name in enumerate(node.input[1:], 1):
            scan.input[j] = f"{scan.name}/input_{j}"
            nodes.append(helper.make_node("Gather", [name, index], [scan.input[j]], axis=0))
        scan.output[:] = [output and f"{scan.name}/{output}" for output in node.output]
        nodes.append(scan)
        given = [output for output in scan.output if output]
        nodes += [helper.make_node("Unsqueeze", [output], [f"{output}/row"], axes=[0]) for output in given]
    for output in filter(None, node.output):
        rows = [f"{node.name or node.output[0]}/{i}/{output}/row" for i in range(batch)]
        nodes.append(helper.make_node("Concat", rows, [output], axis=0))
    return nodes
