"""Hardmax by positions: 1 at the first largest element of a line, 0 elsewhere."""

import numpy as np

from dnnf_mlir.graph.extents import position

from .builder import Decomposition


def hardmax(c: Decomposition) -> bool:
    """``y = (position along the axis == ArgMax(x))``, for lines with elements."""
    x, shape = c.input(0), c.shape(0)
    axis = position(c.attributes["axis"], len(shape))
    if not 0 <= axis < len(shape) or 0 in shape:
        return False
    largest = c.op("ArgMax", x, axis=axis, keepdims=1, select_last_index=0)
    size = c.op("Squeeze", c.op("Shape", x, start=axis, end=axis + 1), c.ints(0))
    zero, one = (c.constant(np.array(number, np.int64)) for number in (0, 1))
    line = c.ints(*(-1 if dimension == axis else 1 for dimension in range(len(shape))))
    positions = c.op("Reshape", c.op("Range", zero, size, one), line, allowzero=0)
    c.op("Cast", c.op("Equal", positions, largest), output=c.node.output[0], to=c.types[x].elem_type)
    return True
