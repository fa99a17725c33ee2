"""What the variables stand for in rules of root mean square and instance normalization."""

import numpy as np
from rule_instances import Bindings, Drawing, setup

from dnnf_mlir.graph.ecg import Value
from dnnf_mlir.graph.tensor_type import NUMPY_DTYPES, TensorType


def _size(drawing: Drawing, low: int = 1, high: int = 5) -> int:
    return int(drawing.generator.integers(low, high))


@setup("rms_normalization", "rms_normalization_by_power")
def _squares(drawing: Drawing) -> Bindings:
    shape = drawing.shape or (3,)
    number = np.array(0.1, NUMPY_DTYPES[drawing.dtype])
    return {
        "x": drawing.tensor(shape, "x"),
        "epsilon": Value(TensorType.of(number), constant=number),
        "keepdims": 1,
    }


@setup("scale_into_rms_normalization")
def _scaled(drawing: Drawing) -> Bindings:
    shape = tuple(_size(drawing) for _ in range(_size(drawing, 1, 4)))
    axis = _size(drawing, 0, len(shape))
    return {
        "x": drawing.tensor(shape, "x"),
        "g": drawing.constant(shape[axis:]),
        "s": drawing.constant(shape[axis:] if drawing.generator.integers(2) else ()),
        "axis": axis,
        "epsilon": 0.1,
    }


@setup("instance_normalization", "scale_into_instance_normalization", "bias_into_instance_normalization")
def _channels(drawing: Drawing) -> Bindings:
    rank, channels = _size(drawing, 1, 3), _size(drawing)
    shape = (_size(drawing), channels, *(_size(drawing) for _ in range(rank)))
    spread = (channels, *[1] * rank)
    return {
        "x": drawing.tensor(shape, "x"),
        "g": drawing.constant((channels,)),
        "b": drawing.constant((channels,)),
        "s": drawing.constant(spread),
        "c": drawing.constant(spread),
        "axis": 2,
        "epsilon": 0.1,
        "layout": "channels_first",
    }
