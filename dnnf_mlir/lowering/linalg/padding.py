"""Borders around the input of a window operator: made before its dispatch, never in one with what computes the input.

See quirks.PAD_AFTER_ELEMENT_WISE.
"""

from collections.abc import Sequence

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.emit.shapes import pad
from dnnf_mlir.graph.ecg import Value
from dnnf_mlir.lowering.api import Region


def padded(region: Region, value: Value, low: Sequence[int], high: Sequence[int], number: float | int) -> ir.Value:
    """The tensor of the value with a border of ``number``; without a border, of the value itself in its shape."""
    if not any((*low, *high)):
        return region.shaped(value)
    source = region.materialize_before(value)
    key = (source, tuple(low), tuple(high), number)
    return region.lowering.cached(key, region.outside(), lambda: pad(source, low, high, number))
