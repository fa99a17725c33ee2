"""Groups of channels, as channels of a simpler operator."""

import numpy as np

from .builder import Decomposition
from .narrow_types import computed_type


def group_normalization(c: Decomposition) -> bool:
    """Each group is a channel of InstanceNormalization; scale and bias of the channels come after it.

    The first stage computes in single precision at least, whatever ``stash_type`` says.
    """
    x, scale, bias = c.node.input
    shape, groups = c.shape(0), c.attributes["num_groups"]
    if 0 in shape:
        return False
    elem_type = c.types[x].elem_type
    wide = computed_type([elem_type])
    ones, zeros = (c.op("Cast", c.constant(np.full(groups, number, np.float32)), to=wide) for number in (1, 0))
    grouped = c.op("Reshape", c.op("Cast", x, to=wide), c.ints(shape[0], groups, -1))
    normal = c.op("InstanceNormalization", grouped, ones, zeros, epsilon=c.attributes["epsilon"])
    normal = c.op("Cast", normal, to=elem_type)
    per_channel = c.ints(-1, *(1 for _ in shape[2:]))
    scaled = c.op("Mul", c.op("Reshape", normal, c.ints(*shape)), c.op("Reshape", scale, per_channel))
    c.op("Add", scaled, c.op("Reshape", bias, per_channel), output=c.node.output[0])
    return True
