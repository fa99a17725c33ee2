"""Elements of integer tensors as sizes: numbers, dynamic sizes, or new symbols for data-dependent ones."""

import numpy as np
from onnx import NodeProto, TensorProto, helper

from dnnf_mlir.importer.shapes.dynamic import Sizes, evaluate_sizes

from .context import Interpretation
from .size_tensors import append

_MOVES = frozenset(["Cast", "Concat", "Gather", "Identity", "Reshape", "Slice", "Split", "Squeeze", "Unsqueeze"])
"""Operators whose results are elements of their first operand, or, of Concat, of all of them."""


def as_sizes(ctx: Interpretation, name: str) -> Sizes:
    """The elements of an integer tensor, each as a number or a size."""
    state = ctx.state
    if name in state.sizes or name in state.constants:
        return np.asarray(state.sizes.get(name, state.constants.get(name)), object)
    if name in state.read:
        return state.read[name]
    node = state.producers.get(name)
    if node is not None and (moved := _moved(ctx, node)) is not None:
        state.read |= {output: array for output, array in zip(node.output, moved, strict=False) if output}
        return state.read[name]
    elements = np.empty(state.types[name].shape, object)
    for position in np.ndindex(elements.shape):
        elements[position] = _data_dependent_size(ctx, name, position)
    state.read[name] = elements
    return elements


def _moved(ctx: Interpretation, node: NodeProto) -> list[Sizes] | None:
    """The results of a node that only moves elements, by positions that are constant; None for another one."""
    state = ctx.state
    data = len(node.input) if node.op_type == "Concat" else 1
    if node.domain or node.op_type not in _MOVES:
        return None
    integers = all(state.types[name].elem_type in (TensorProto.INT32, TensorProto.INT64) for name in node.input[:data])
    if not integers or any(name and name not in state.constants for name in node.input[data:]):
        return None
    operands = [as_sizes(ctx, name) for name in node.input[:data]]
    try:
        results = evaluate_sizes(node, [*operands, *(state.constants.get(name) for name in node.input[data:])])
    except TypeError:
        return None
    return results if isinstance(results, list) or results is None else [results]


def _data_dependent_size(ctx: Interpretation, name: str, position: tuple[int, ...]) -> int:
    """A new symbol for an element: the length of a Range up to it, which the module computes."""
    label = "/".join([name, *map(str, position)])
    size = ctx.new_size()
    for text, number in (("at", np.array(position, np.int64)), ("zero", np.array(0)), ("one", np.array(1))):
        ctx.add_constant(f"{label}/{text}", number)
    element = name
    if position:
        element = f"{label}/element"
        read = helper.make_node("GatherND", [name, f"{label}/at"], [element], element, batch_dims=0)
        append(ctx, read, (), ctx.state.types[name].elem_type)
    last = helper.make_node("Cast", [element], [f"{label}/last"], f"{label}/last", to=7, saturate=1)
    append(ctx, last, ())
    inputs = [f"{label}/zero", f"{label}/last", f"{label}/one"]
    append(ctx, helper.make_node("Range", inputs, [f"{label}/range"], f"{label}/range"), (size,))
    return size
