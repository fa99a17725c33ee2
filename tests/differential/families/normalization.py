"""Normalisations, and losses."""

from typing import Any

import numpy as np

from tests.differential.case import Case
from tests.differential.drawing import FLOATS, Draw, draws


@draws("BatchNormalization")
def batch(draw: Draw) -> Case:
    """In inference."""
    shape, dtype = (*draw.shape(2, 2), *draw.shape(0, 3)), draw.dtype(0, FLOATS)
    channels = shape[1]
    parameters = [draw.array((channels,), dtype) for _ in range(3)]
    attributes = {"epsilon": draw.choice([None, 1e-3]), "momentum": draw.choice([None, 0.5])}
    return draw.case(
        [draw.array(shape, dtype), *parameters, draw.positive((channels,), dtype)], attributes, weights=[1, 2, 3, 4]
    )


@draws("InstanceNormalization")
def instance(draw: Draw) -> Case:
    dtype = draw.dtype(0, FLOATS)
    shape = (*draw.integers(2, 1, 3), *draw.integers(draw.integer(1, 3), 2, 5))
    operands = [draw.array(shape, dtype), draw.array((shape[1],), dtype), draw.array((shape[1],), dtype)]
    return draw.case(operands, {"epsilon": draw.choice([None, 1e-2])}, weights=[1, 2])


@draws("LayerNormalization", "RMSNormalization")
def layer(draw: Draw) -> Case:
    dtype = draw.dtype(0, FLOATS)
    shape = draw.shape(1, 4, 2)
    axis = draw.axis(len(shape))
    scaled = shape[axis:] if draw.chance(0.8) else draw.broadcast(shape[axis:])
    operands = [draw.array(shape, dtype), draw.array(scaled, dtype)]
    outputs = 1
    if draw.operator == "LayerNormalization":
        operands.append(draw.array(scaled, dtype) if draw.chance() else None)
        outputs = draw.choice([1, 1, 3])
    attributes = {"axis": axis if axis != -1 or draw.chance() else None, "epsilon": draw.choice([None, 1e-2])}
    return draw.case(operands, attributes, weights=[1, 2], outputs=outputs)


@draws("GroupNormalization")
def group(draw: Draw) -> Case:
    groups, dtype = draw.integer(1, 3), draw.dtype(0, FLOATS)
    channels = groups * draw.integer(1, 3)
    shape = (draw.integer(1, 2), channels, *draw.integers(draw.integer(1, 3), 2, 4))
    operands = [draw.array(shape, dtype), draw.array((channels,), dtype), draw.array((channels,), dtype)]
    return draw.case(operands, {"num_groups": groups, "epsilon": draw.choice([None, 1e-2])}, weights=[1, 2])


@draws("LRN")
def local_response(draw: Draw) -> Case:
    shape = (*draw.integers(2, 1, 6), *draw.shape(1, 2))
    attributes = {name: draw.choice([None, value]) for name, value in (("alpha", 0.5), ("beta", 0.5), ("bias", 2.0))}
    return draw.case([draw.array(shape, draw.dtype(0, FLOATS))], {**attributes, "size": draw.integer(1, 5)})


@draws("MeanVarianceNormalization")
def mean_variance(draw: Draw) -> Case:
    axes = draw.choice([[0, 2, 3], [1], [2, 3], [0, 1, 2, 3]])
    return draw.case([draw.array(draw.integers(4, 2, 4), draw.dtype(0, FLOATS[:3]))], {"axes": axes})


@draws("LpNormalization")
def lp(draw: Draw) -> Case:
    shape = draw.shape(1)
    x = draw.edges(draw.array(shape, draw.dtype(0, FLOATS)), 0.2, [0.0])
    return draw.case([x], {"axis": draw.choice([None, draw.axis(len(shape))]), "p": draw.choice([None, 1, 2])})


@draws("NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss")
def loss(draw: Draw) -> Case:
    batch_, classes, *space = (draw.integer(1, 3), draw.integer(2, 4), *draw.integers(draw.integer(0, 2), 1, 3))
    dtype = draw.dtype(0, FLOATS)
    scores = draw.array((batch_, classes, *space), dtype)
    kind = draw.choice([np.int64, np.int32])
    labels = np.asarray(draw.numbers.integers(0, classes, (batch_, *space)), kind)
    weights = draw.positive((classes,), dtype) if draw.chance() else None
    attributes: dict[str, Any] = {"reduction": draw.choice([None, "none", "mean", "sum"])}
    if draw.chance(0.4) and labels.size > 1:
        attributes["ignore_index"] = draw.choice([-1, 0, 100])
        labels.reshape(-1)[0] = attributes["ignore_index"]
        labels.reshape(-1)[1] = 1
    outputs = 2 if draw.operator == "SoftmaxCrossEntropyLoss" and draw.chance() else 1
    return draw.case([scores, labels, weights], attributes, outputs=outputs)
