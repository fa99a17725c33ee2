"""One opset for everything after the importer: the newest that the installed onnx defines."""

import onnx
from onnx import ModelProto, NodeProto, defs, helper, inliner, shape_inference, version_converter

from dnnf_mlir.errors import InvalidModelError, UnsupportedModelError
from dnnf_mlir.importer.checking import in_one_line, opset_versions


def inline_functions(model: ModelProto, name: str) -> ModelProto:
    """`model` with the calls to its own functions replaced by their bodies."""
    if not model.functions:
        return model
    try:
        return inliner.inline_local_functions(model, convert_version=True)
    except Exception as error:
        raise InvalidModelError(f"{name}: cannot inline the model's functions: {in_one_line(error)}") from error


def upgrade(model: ModelProto, name: str) -> ModelProto:
    """`model` in the newest opset; the weights must have been taken out.

    Raises:
        UnsupportedModelError: onnx's version converter has no way up for an operator.
    """
    newest = defs.onnx_opset_version()
    version = opset_versions(model).get("")
    if version is None:  # only operators of other domains, whose functions may still be written in ONNX's own
        model.opset_import.append(onnx.helper.make_opsetid("", newest))
        return model
    if version == newest:
        return model
    try:
        return version_converter.convert_version(_with_explicit_meaning(model, version), newest)
    except Exception as error:
        raise UnsupportedModelError(
            f"{name}: cannot convert from opset {version} to {newest}: {in_one_line(error)}; "
            "export the model with a newer opset"
        ) from error


def _with_explicit_meaning(model: ModelProto, version: int) -> ModelProto:
    """`model` with what older versions of operators imply written out, where onnx's converter passes over it."""
    if not any(node.op_type in _IMPLICIT for node in model.graph.node):
        return model
    explicit = ModelProto()
    explicit.CopyFrom(model)
    nodes = []
    for node in explicit.graph.node:
        if node.op_type == "DFT" and version < 20 and not any(a.name == "axis" for a in node.attribute):
            node.attribute.append(helper.make_attribute("axis", 1))
        if node.op_type == "PRelu" and version < 7:
            nodes.extend(_aligned_slope(explicit, node))
        nodes.append(node)
    del explicit.graph.node[:]
    explicit.graph.node.extend(nodes)
    return explicit


_IMPLICIT = frozenset({"DFT", "PRelu"})


def _aligned_slope(model: ModelProto, node: NodeProto) -> list[NodeProto]:
    """The slope of each channel with the dimensions that follow the channels, which it was broadcast along."""
    graph = shape_inference.infer_shapes(model).graph
    ranks = {value.name: len(value.type.tensor_type.shape.dim) for value in [*graph.input, *graph.value_info]}
    ranks |= {tensor.name: len(tensor.dims) for tensor in graph.initializer}
    x, slope = node.input
    if ranks.get(slope) != 1 or ranks.get(x, 0) < 3:
        return []
    aligned = f"{node.output[0]}/slope"
    node.input[1] = aligned
    return [helper.make_node("Unsqueeze", [slope], [aligned], aligned, axes=list(range(1, ranks[x] - 1)))]
