"""Windows along dynamic dimensions: paddings and numbers of windows that depend on the size are computed before.

::

    Conv<auto_pad=SAME_UPPER, strides=[2]>(x, w)
    -->
    Conv<strides=[2]>(Pad(x, [0, 0, total // 2, 0, 0, total - total // 2]), w)

    MaxPool<ceil_mode=1, strides=[2]>(x)
    -->
    Slice(MaxPool<pads=[0, 1], strides=[2]>(x), up to the last window that begins in x or in its begin padding)
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import helper

from dnnf_mlir.dialect_defs.shapes import resolved_pads, window_extent
from dnnf_mlir.graph.extents import ceil_quotient
from dnnf_mlir.graph.size import is_dynamic, least
from dnnf_mlir.graph.size_relations import exact_minimum, requirements

from .builder import Decomposition

_FILLED = {"MaxPool": "lowest", "AveragePool": "zero", "LpPool": "zero", "Conv": "zero"}
"""Operator with windows -> what padding holds."""


def windows(c: Decomposition) -> bool:
    """Conv, MaxPool, AveragePool and LpPool with ``auto_pad`` or ``ceil_mode`` along dynamic dimensions.

    And AveragePool that counts its paddings, but not what ``ceil_mode`` adds to them: the paddings become elements.
    """
    attributes, spatial = c.attributes, c.shape(0)[2:]
    counts_paddings = bool(attributes.get("count_include_pad") and attributes.get("ceil_mode"))
    if not counts_paddings and not any(map(is_dynamic, spatial)):
        return False
    rank = len(spatial)
    kernel = attributes.get("kernel_shape") or list(c.shape(1)[2:])
    strides, dilations = (attributes.get(name) or [1] * rank for name in ("strides", "dilations"))
    with requirements():
        pads = resolved_pads(
            attributes["auto_pad"].decode(), attributes.get("pads"), spatial, kernel, strides, dilations
        )
    begin, end = pads[:rank], pads[rank:]
    extents = [window_extent(size, dilation) for size, dilation in zip(kernel, dilations, strict=True)]
    if counts_paddings:
        counts = [_windows_upwards(spatial[i], begin[i], end[i], extents[i], strides[i]) for i in range(rank)]
        return _padded_before(c, attributes, pads, counts)
    if any(map(is_dynamic, begin)):
        return _padded_before(c, attributes, pads)
    ceil_mode = attributes.get("ceil_mode") and attributes["auto_pad"] == b"NOTSET"
    if len(c.node.output) > 1 or not (ceil_mode or any(map(is_dynamic, end))):
        return False
    if attributes.get("count_include_pad"):
        # The divisor counts the paddings that the node has, not those that are added here.
        return not ceil_mode and _padded_before(c, attributes, pads)
    counts, larger = [], []
    for i, size in enumerate(spatial):
        if ceil_mode:
            counts.append(_windows_upwards(size, begin[i], end[i], extents[i], strides[i]))
        else:
            counts.append((size + begin[i] + end[i] - extents[i]) // strides[i] + 1)
        if not ceil_mode and least(-end[i]) is None:
            return _padded_before(c, attributes, pads)
        larger.append(end[i] + strides[i] - 1 if ceil_mode else -(least(-end[i]) or 0))
    made = [(spatial[i] + begin[i] + larger[i] - extents[i]) // strides[i] + 1 for i in range(rank)]
    return _cut_after(c, attributes, [*begin, *larger], counts, made != counts)


def _windows_upwards(size: int, begin: int, end: int, extent: int, stride: int) -> int:
    """How many windows there are with ``ceil_mode``: each begins in the operand or in its begin padding."""
    every: int = ceil_quotient(size + begin + end - extent, stride) + 1
    return exact_minimum(every, ceil_quotient(size + begin, stride))


def _padded_before(
    c: Decomposition, attributes: dict[str, Any], pads: tuple[int, ...], counts: Sequence[int] = ()
) -> bool:
    """The operator without paddings, on a padded operand; of its windows the first ``counts``."""
    if len(c.node.output) > 1:
        return False  # indices count positions of the operand without padding
    x, rank = c.input(0), len(pads) // 2
    listed = c.ints(0, 0, *pads[:rank], 0, 0, *pads[rank:])
    padded = c.op("Pad", x, listed, _filler(c, x), mode="constant")
    if attributes["auto_pad"] != b"NOTSET":
        attributes["ceil_mode"] = 0  # the paddings make it unnecessary
    dropped = ("auto_pad", "pads", *([] if c.node.op_type in ("MaxPool", "AveragePool", "LpPool") else ["ceil_mode"]))
    inner = {name: value for name, value in attributes.items() if name not in dropped}
    if c.node.op_type == "AveragePool" and not attributes["count_include_pad"]:
        # The mean of what there is: sums of the operand over sums of ones.
        ones = c.op("Expand", c.scalar(1, x), c.ints(1, 1, *c.shape(0)[2:]))
        there = c.op("Pad", ones, listed, _filler(c, x), mode="constant")
        shares = [c.op("AveragePool", each, **inner) for each in (padded, there)]
        c.op("Div", *shares, output=c.node.output[0])
        return True
    if inner.get("count_include_pad"):
        inner["count_include_pad"] = 0  # they are elements now
    result = None if counts else c.node.output[0]
    found = c.op(c.node.op_type, padded, *c.node.input[1:], output=result, **inner)
    if counts:
        begin, axes = c.ints(*[0] * rank), c.ints(*range(2, rank + 2))
        c.op("Slice", found, begin, c.ints(*counts), axes, output=c.node.output[0])
    return True


def _filler(c: Decomposition, x: str) -> str:
    """What padding of ``x`` holds: the smallest number for a maximum, else 0."""
    if _FILLED[c.node.op_type] == "zero":
        return c.scalar(0, x)
    dtype = helper.tensor_dtype_to_np_dtype(c.types[x].elem_type)
    return c.constant(np.array(-np.inf if dtype.kind not in "iu" else np.iinfo(dtype).min, dtype))


def _cut_after(
    c: Decomposition, attributes: dict[str, Any], pads: Sequence[int], counts: Sequence[int], has_more: bool
) -> bool:
    """The operator with static paddings that give enough windows, and of these the first ``counts``."""
    inner = {name: value for name, value in attributes.items() if name not in ("auto_pad", "pads", "ceil_mode")}
    result = None if has_more else c.node.output[0]
    found = c.op(c.node.op_type, *c.node.input, output=result, pads=pads, **inner)
    if has_more:
        starts, axes = c.ints(*[0] * len(counts)), c.ints(*range(2, len(counts) + 2))
        c.op("Slice", found, starts, c.ints(*counts), axes, output=c.node.output[0])
    return True
