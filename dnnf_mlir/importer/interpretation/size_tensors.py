"""Sizes as tensors: nodes that compute at run time what was calculated with dynamic sizes.

A size is read from a tensor that has it as a dimension; sums, products, quotients and minima of sizes are computed::

    [2 * n, 3]  ->  Cast(Reshape(Concat(Mul(Shape<start=0, end=1>(x), 2), 3), shape))       # x: [n, ..]
"""

from typing import Any, cast

import numpy as np
from onnx import NodeProto, TensorProto, helper

from dnnf_mlir.graph.size import Minimum, Quotient, Size, is_dynamic, terms_of
from dnnf_mlir.importer.shapes.value_type import ValueType

from .context import Interpretation

_NEUTRAL = {"Mul": 1, "Add": 0, "Div": 1}
"""Operator -> the right operand that changes nothing."""


def as_tensor(ctx: Interpretation, name: str) -> str:
    """The tensor of a value computed from sizes, which the module computes.

    Raises:
        TypeError: a size that no tensor has and that is computed from none.
    """
    data = f"{name}/data"
    if data in ctx.state.types:
        return data
    array, parts = ctx.state.sizes[name], []
    ctx.state.read[data] = array
    for i, size in enumerate(array.flat):
        part = f"{data}/{i}"
        if is_dynamic(size):
            part = _number(ctx, size, part)
        else:
            ctx.add_constant(part, np.array([size], np.int64))
        parts.append(part)
    whole = parts[0]
    if len(parts) > 1:
        whole = f"{data}/all"
        append(ctx, helper.make_node("Concat", parts, [whole], whole, axis=0), (len(parts),))
    ctx.add_constant(f"{data}/shape", np.array(array.shape, np.int64))
    flat = f"{data}/flat"
    append(ctx, helper.make_node("Reshape", [whole, f"{data}/shape"], [flat], flat, allowzero=0), array.shape)
    elem_type = ctx.state.types[name].elem_type
    append(ctx, helper.make_node("Cast", [flat], [data], data, to=elem_type, saturate=1), array.shape, elem_type)
    return data


def append(ctx: Interpretation, node: NodeProto, shape: tuple[int, ...], elem_type: int = TensorProto.INT64) -> None:
    """Adds a node that is not interpreted."""
    ctx.keep(node)
    ctx.add_value(node.output[0], ValueType(elem_type, shape))


def _number(ctx: Interpretation, size: int, name: str) -> str:
    """A size as a tensor of one element: a dimension of a tensor before it, or computed from several."""
    if (place := ctx.state.places.get(size)) is not None:
        value, axis = place
        append(ctx, helper.make_node("Shape", [value], [name], name, start=axis, end=axis + 1), (1,))
        return name
    products = []
    for i, (monomial, factor) in enumerate(terms_of(size).items()):
        atoms = [_atom(ctx, atom, f"{name}/{i}/{j}") for j, atom in enumerate(monomial)]
        products.append(_joined(ctx, "Mul", atoms, factor, f"{name}/{i}"))
    return _joined(ctx, "Add", products, 0, f"{name}/sum")


def _atom(ctx: Interpretation, atom: str | Quotient | Minimum, name: str) -> str:
    match atom:
        case Quotient(numerator, denominator):
            whole = _number(ctx, cast("int", numerator), f"{name}/of")
            if numerator.least is None or numerator.least < 0:
                # ONNX's quotient is cut off, its remainder is that of rounding down.
                rest = _joined(ctx, "Mod", [whole], denominator, f"{name}/rest")
                append(ctx, helper.make_node("Sub", [whole, rest], [f"{name}/whole"], f"{name}/whole"), (1,))
                whole = f"{name}/whole"
            return _joined(ctx, "Div", [whole], denominator, name)
        case Minimum(first, second):
            parts = [part for part in (first, second) if is_dynamic(part)]
            numbers = [_number(ctx, part, f"{name}/{i}") for i, part in enumerate(parts)]
            fixed = [part for part in (first, second) if not is_dynamic(part)]
            return _joined(ctx, "Min", numbers, fixed[0] if fixed else None, name)
    size = cast("int", Size({(atom,): 1}))
    if size not in ctx.state.places:
        raise TypeError(f"{size} is needed as a number, which is the size of no tensor before it")
    return _number(ctx, size, name)


def _joined(ctx: Interpretation, op_type: str, parts: list[str], last: int | None, name: str) -> str:
    """Numbers joined by an operator on integers, with a constant as the last unless that changes nothing."""
    parts = list(parts)
    if not parts or (last is not None and last != _NEUTRAL.get(op_type)):
        ctx.add_constant(f"{name}/constant", np.array([last], np.int64))
        parts.append(f"{name}/constant")
    joined = parts[0]
    for i, part in enumerate(parts[1:]):
        attributes: dict[str, Any] = {"fmod": 0} if op_type == "Mod" else {}
        label = f"{name}/{op_type}_{i}"
        node = helper.make_node(op_type, [joined, part], [label], label, **attributes)
        append(ctx, node, (1,))
        joined = node.output[0]
    return joined
