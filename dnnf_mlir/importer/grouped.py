"""Groups of channels, as channels of a simpler operator."""

import numpy as np
from onnx import TensorProto

from .composite import Composite


def group_normalization(c: Composite) -> bool:
    """Each group is a channel of InstanceNormalization; scale and bias of the channels come after it."""
    x, scale, bias = c.node.input
    shape, groups = c.shape(0), c.attributes["num_groups"]
    if c.types[x].elem_type != TensorProto.FLOAT or 0 in shape:
        return False
    ones, zeros = (c.constant(np.full(groups, number, np.float32)) for number in (1, 0))
    grouped = c.op("Reshape", x, c.ints(shape[0], groups, -1))
    normal = c.op("InstanceNormalization", grouped, ones, zeros, epsilon=c.attributes["epsilon"])
    per_channel = c.ints(-1, *(1 for _ in shape[2:]))
    scaled = c.op("Mul", c.op("Reshape", normal, c.ints(*shape)), c.op("Reshape", scale, per_channel))
    c.op("Add", scaled, c.op("Reshape", bias, per_channel), output=c.node.output[0])
    return True
