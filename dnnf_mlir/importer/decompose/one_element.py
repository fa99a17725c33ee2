"""Operators that take scalars, given tensors of one element: ONNX's own function bodies do that, as exporters do."""

import numpy as np

from .builder import Decomposition


def range_of_scalars(c: Decomposition) -> bool:
    """Range between vectors of length 1."""
    shapes = [c.types[name].shape for name in c.node.input]
    if set(shapes) == {()} or not set(shapes) <= {(), (1,)}:
        return False
    scalar = c.constant(np.zeros(0, np.int64))
    bounds = [
        c.op("Reshape", name, scalar, allowzero=0) if shape else name
        for name, shape in zip(c.node.input, shapes, strict=True)
    ]
    c.op("Range", *bounds, output=c.node.output[0])
    return True
