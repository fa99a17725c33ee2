"""Tensors that a loop appends to in each iteration, as scan outputs: written once, not copied in each iteration.

Before::

    y = Loop(turns, go, x) <body = (turn, go, before) => (go, after) { ..; after = Concat<axis=0>(before, part) }>

After, where ``none`` is a tensor like x without elements along the axis, which keeps what Concat requires of the part::

    parts = Loop(turns, go) <body = (turn, go) => (go, stacked) { ..; stacked = Concat<axis=0>(none, part) }>
    y = Concat<axis=0>(x, Reshape(parts))
"""

from collections.abc import Mapping

import numpy as np
from onnx import GraphProto, NodeProto, helper, numpy_helper

from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.importer.control_flow.unroll import Unrolled
from dnnf_mlir.importer.graphs import used_values
from dnnf_mlir.importer.shapes.value_type import ValueType


def stack_what_grows(node: NodeProto, types: Mapping[str, ValueType]) -> tuple[NodeProto, Unrolled] | None:
    """The Loop with scan outputs in place of the states that grow, and the nodes that make the old results of them.

    None if no state grows.

    Args:
        node: a Loop.
        types: those of the values outside; a state grows along one dimension, and its other sizes are numbers above 0.
    """
    loop = NodeProto()
    loop.CopyFrom(node)
    body = next(attribute.g for attribute in loop.attribute if attribute.name == "body")
    after = Unrolled()
    count = len(node.input) - 2
    for state in reversed(range(count)):
        outer, result = node.input[2 + state], node.output[state]
        concat = _growth(body, state)
        if concat is None:
            continue
        elem_type, shape = types[outer]
        axis = next(attribute.i for attribute in concat.attribute if attribute.name == "axis") % max(len(shape), 1)
        others = [size for dimension, size in enumerate(shape) if dimension != axis]
        if any(is_dynamic(size) or size == 0 for size in others) or not shape:
            continue
        dtype = helper.tensor_dtype_to_np_dtype(elem_type)
        none = np.zeros([0 if i == axis else size for i, size in enumerate(shape)], dtype)
        inner = concat.input[0]
        concat.input[0] = f"{inner}/none"
        body.initializer.append(numpy_helper.from_array(none, concat.input[0]))
        grown = body.output[1 + state]
        body.output.append(grown)
        del body.output[1 + state], body.input[2 + state], loop.input[2 + state], loop.output[state]
        loop.output.append(f"{node.name}/parts_{state}" if result else "")
        if result:
            _join(after, loop.output[-1], outer, result, shape, axis)
    return (loop, after) if len(loop.input) < len(node.input) else None


def _growth(body: GraphProto, state: int) -> NodeProto | None:
    """The Concat that appends to a state, if that is all that happens with it."""
    before, after = body.input[2 + state].name, body.output[1 + state].name
    uses = [name for node in body.node for name in used_values(node)] + [value.name for value in body.output]
    concat = next((node for node in body.node if after in node.output), None)
    if concat is None or concat.op_type != "Concat" or concat.domain or len(concat.input) < 2:
        return None
    is_only_appended_to = concat.input[0] == before and uses.count(before) == 1 and uses.count(after) == 1
    return concat if is_only_appended_to else None


def _join(after: Unrolled, parts: str, start: str, result: str, shape: tuple[int, ...], axis: int) -> None:
    """Appends the scan outputs to the initial tensor along the axis."""
    rank = len(shape)
    order = [*range(1, axis + 1), 0, *range(axis + 1, rank + 1)]
    moved = after.add("Transpose", [parts], f"{parts}/moved", perm=order) if axis else parts
    sizes = np.array([-1 if i == axis else size for i, size in enumerate(shape)], np.int64)
    merged = after.add("Reshape", [moved, after.constant(f"{parts}/shape", sizes)], f"{parts}/merged")
    after.add("Concat", [start, merged], result, axis=axis)
