"""MaxUnpool as a scatter into the tensor that was pooled."""

from collections.abc import Sequence

import numpy as np

from dnnf_mlir.dialect_defs.dialect import ShapeOperands
from dnnf_mlir.dialect_defs.onnx_shapes.transforms import unpooled

from .builder import Decomposition


def max_unpool(c: Decomposition) -> bool:
    """``y = 0, y.flat[indices] = x``: positions in the pooled tensor, all its dimensions made one.

    That tensor is the operand of the MaxPool that gave the indices. Of other indices, it has the sizes that follow from
    the window; ``output_shape`` may be larger, and adds zeros at the ends, as ONNX's own test of the operator has it.
    """
    x, indices = c.node.input[:2]
    pool = c.producers.get(indices)
    if pool is not None and pool.op_type == "MaxPool" and not pool.domain:
        whole: Sequence[int] = c.types[pool.input[0]].shape
    else:
        whole = unpooled(c.shape(0), ShapeOperands("MaxUnpool", [c.shape(0)], {}, c.attributes))
    everything = 1
    for size in whole:
        everything = everything * size
    zeros = c.op("Expand", c.scalar(0, x), c.ints(everything))
    flat = [c.op("Reshape", value, c.ints(-1), allowzero=0) for value in (indices, x)]
    scattered = c.op("ScatterElements", zeros, *flat, axis=0)
    if not c.input(2):
        c.op("Reshape", scattered, c.ints(*whole), output=c.node.output[0], allowzero=1)
        return True
    image = c.op("Reshape", scattered, c.ints(*whole), allowzero=1)
    begin = c.constant(np.zeros(len(whole), np.int64))
    missing = c.op("Sub", c.input(2), c.ints(*whole))
    pads = c.op("Concat", begin, missing, axis=0)
    c.op("Pad", image, pads, c.scalar(0, x), output=c.node.output[0], mode="constant")
    return True
