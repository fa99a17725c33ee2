"""Concat of operands whose sizes are equal when the model runs, though not by their expressions."""

import numpy as np
from onnx import NodeProto, TensorProto, helper

from dnnf_mlir.graph.size import has_data_dependent, is_dynamic, representative
from dnnf_mlir.importer.shapes.value_type import ValueType

from .context import Interpretation


def pad_operands(ctx: Interpretation, node: NodeProto) -> bool:
    """Pads the smaller operands, in place, with as much as is missing: nothing, which the module checks."""
    shapes = [ctx.state.types[name].shape for name in node.input]
    axis = next(attribute.i for attribute in node.attribute if attribute.name == "axis") % max(len(shapes[0]), 1)
    for dimension in range(len(shapes[0])):
        sizes = list(dict.fromkeys(shape[dimension] for shape in shapes if len(shape) == len(shapes[0])))
        if dimension == axis or len(sizes) < 2 or not any(map(has_data_dependent, sizes)):
            continue
        whole = min(sizes, key=lambda size: (is_dynamic(size), -representative(size)))
        for position, name in enumerate(node.input):
            if (size := ctx.state.types[name].shape[dimension]) != whole:
                node.input[position] = _padded(ctx, node, name, dimension, whole - size)
    return False


def _padded(ctx: Interpretation, node: NodeProto, name: str, dimension: int, missing: int) -> str:
    elem_type, before = ctx.state.types[name]
    shape = (*before[:dimension], missing, *before[dimension + 1 :])
    label = f"{node.name}/{name}/{dimension}"
    ctx.add_constant(f"{label}/zero", np.zeros((), helper.tensor_dtype_to_np_dtype(elem_type)))
    sizes = np.empty(len(shape), object)
    sizes[:] = shape
    ctx.add_sizes(f"{label}/shape", sizes, ValueType(TensorProto.INT64, (len(shape),)))
    rest = helper.make_node("Expand", [f"{label}/zero", f"{label}/shape"], [f"{label}/rest"], f"{label}/rest")
    joined = helper.make_node("Concat", [name, rest.output[0]], [label], label, axis=dimension)
    ctx.interpret([rest, joined])
    ctx.require_equal(node, missing, 0)
    return label
