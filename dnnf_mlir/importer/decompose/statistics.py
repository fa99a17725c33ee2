"""Normalizations that give back their statistics, or take those of their operand: as sums of their own."""

import numpy as np
from onnx import helper

from .builder import Decomposition
from .narrow_types import batch_normalization as of_mixed_types
from .narrow_types import computed_type


def layer_normalization(c: Decomposition) -> bool:
    """LayerNormalization with its mean or the inverse of its deviation: these, of ``stash_type``, beside it."""
    outputs = [*c.node.output, "", ""][:3]
    if not any(outputs[1:]):
        return False
    attributes, x = c.attributes, c.input(0)
    rank = len(c.shape(0))
    axes = c.ints(*range(attributes["axis"] % max(1, rank), rank))
    stash = attributes["stash_type"]
    wide = computed_type([c.types[x].elem_type, stash])
    mean, deviation = _statistics(c, c.op("Cast", x, to=wide), axes, attributes["epsilon"], wide)
    if outputs[1]:
        c.op("Cast", mean, output=outputs[1], to=stash)
    if outputs[2]:
        c.op("Cast", c.op("Reciprocal", deviation), output=outputs[2], to=stash)
    if outputs[0]:
        c.op("LayerNormalization", *c.node.input, output=outputs[0], **attributes)
    return True


def batch_normalization(c: Decomposition) -> bool:
    """BatchNormalization of mixed types, or in training mode: with the statistics of its operand, by channel."""
    if not c.attributes["training_mode"]:
        return of_mixed_types(c)
    rank = len(c.shape(0))
    if rank < 2:
        return False
    elem_types = [c.types[name].elem_type for name in c.node.input]
    wide, momentum = computed_type(elem_types), c.attributes["momentum"]
    number, scale, bias, *running = (c.op("Cast", name, to=wide) for name in c.node.input)
    axes = c.ints(0, *range(2, rank))
    mean, deviation = _statistics(c, number, axes, c.attributes["epsilon"], wide)
    per_channel = c.ints(-1, *[1] * (rank - 2))
    scale, bias = (c.op("Reshape", name, per_channel) for name in (scale, bias))
    normal = c.op("Div", c.op("Sub", number, mean), deviation)
    c.op("Cast", c.op("Add", c.op("Mul", normal, scale), bias), output=c.node.output[0], to=elem_types[0])
    centred = c.op("Sub", number, mean)
    variance = c.op("ReduceMean", c.op("Mul", centred, centred), axes, keepdims=0)
    found = (c.op("ReduceMean", number, axes, keepdims=0), variance)
    for before, now, output, elem_type in zip(running, found, c.node.output[1:], elem_types[3:], strict=False):
        kept, added = (
            c.op("Mul", part, _number(c, by, wide))
            for part, by in zip((before, now), (momentum, 1 - momentum), strict=True)
        )
        if output:
            c.op("Cast", c.op("Add", kept, added), output=output, to=elem_type)
    return True


def local_response(c: Decomposition) -> bool:
    """LRN: the squares of neighbouring channels are averaged by a window along the channels."""
    shape, size = c.shape(0), c.attributes["size"]
    if 0 in shape or len(shape) < 2:
        return False
    x, elem_type = c.input(0), c.types[c.input(0)].elem_type
    wide = computed_type([elem_type])
    number = c.op("Cast", x, to=wide)
    places = 1
    for extent in shape[2:]:
        places *= extent
    rows = c.op("Reshape", c.op("Mul", number, number), c.ints(shape[0], 1, shape[1], places))
    before = (size - 1) // 2
    mean = c.op(
        "AveragePool",
        rows,
        kernel_shape=[size, 1],
        pads=[before, 0, size - 1 - before, 0],
        count_include_pad=1,
        strides=[1, 1],
    )
    mean = c.op("Reshape", mean, c.ints(*shape))
    scaled = c.op("Mul", mean, _number(c, c.attributes["alpha"], wide))
    total = c.op("Add", scaled, _number(c, c.attributes["bias"], wide))
    divisor = c.op("Pow", total, _number(c, c.attributes["beta"], wide))
    c.op("Cast", c.op("Div", number, divisor), output=c.node.output[0], to=elem_type)
    return True


def _statistics(c: Decomposition, x: str, axes: str, epsilon: float, elem_type: int) -> tuple[str, str]:
    """The mean, and the root of the variance and epsilon, with the reduced dimensions."""
    mean = c.op("ReduceMean", x, axes, keepdims=1)
    centred = c.op("Sub", x, mean)
    variance = c.op("ReduceMean", c.op("Mul", centred, centred), axes, keepdims=1)
    return mean, c.op("Sqrt", c.op("Add", variance, _number(c, epsilon, elem_type)))


def _number(c: Decomposition, value: float, elem_type: int) -> str:
    return c.constant(np.array(value, helper.tensor_dtype_to_np_dtype(elem_type)))
