"""Reductions along axes, running sums, and choices of elements by their order."""

import numpy as np

from tests.differential.case import Case
from tests.differential.drawing import Draw, draws

_KINDS = ("L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "Sum", "SumSquare")


@draws(*(f"Reduce{kind}" for kind in _KINDS))
def reduction(draw: Draw) -> Case:
    dtype, shape = draw.dtype(), draw.shape()
    x = draw.array(shape, dtype, -3, 4)
    if draw.operator == "ReduceLogSum":
        x = np.abs(x) + np.asarray(1, dtype)
    elif draw.operator in ("ReduceMax", "ReduceMin", "ReduceSum"):
        x = draw.edges(x, 0.15)
    axes = draw.signed(draw.subset(len(shape), least=1), len(shape))
    keep = draw.choice([None, 0, 1])
    if draw.has("axes"):
        return draw.case([x], {"keepdims": keep, "axes": axes if axes and draw.chance(0.8) else None})
    given = draw.choice([axes, axes, axes, [], None])
    attributes = {"keepdims": keep, "noop_with_empty_axes": draw.choice([None, 0, 1])}
    return draw.case([x, None if given is None else draw.sizes(given)], attributes, constant=[1])


@draws("ArgMax", "ArgMin")
def argument(draw: Draw) -> Case:
    shape = draw.shape(1, low=1)
    x = draw.array(shape, draw.dtype(), 0, 3)
    if draw.chance(0.3):
        x = np.round(x.astype(np.float32)).astype(x.dtype)  # ties
    attributes = {"axis": draw.axis(len(shape)) if draw.chance(0.8) else None, "keepdims": draw.choice([None, 0, 1])}
    if draw.has("select_last_index"):
        attributes["select_last_index"] = draw.choice([None, 0, 1])
    return draw.case([x], attributes)


@draws("CumSum", "CumProd")
def running(draw: Draw) -> Case:
    shape = draw.shape(1)
    x = draw.array(shape, draw.dtype(), -2, 3)
    axis = draw.sizes(draw.axis(len(shape)), draw.choice([np.int32, np.int64]))
    attributes = {"exclusive": draw.choice([None, 0, 1]), "reverse": draw.choice([None, 0, 1])}
    return draw.case([x, axis], attributes, constant=[1])


@draws("TopK")
def top(draw: Draw) -> Case:
    shape = draw.shape(1, low=2, high=7)
    x = draw.array(shape, draw.dtype(), -3, 3)
    axis = draw.axis(len(shape)) if draw.chance(0.8) else -1 if draw.opset >= 11 else len(shape) - 1
    attributes = {"axis": axis}
    if draw.has("largest"):
        attributes |= {"largest": draw.choice([None, 0, 1]), "sorted": draw.choice([None, 1])}
    count = draw.integer(0 if draw.chance(0.1) else 1, shape[axis])
    if draw.has("k"):
        return draw.case([x], {**attributes, "k": max(count, 1)}, outputs=2)
    return draw.case([x, draw.sizes([count])], attributes, constant=[1], outputs=2)


@draws("Softmax", "LogSoftmax", "Hardmax")
def softmax(draw: Draw) -> Case:
    shape = draw.shape(1)
    x = draw.array(shape, draw.dtype())
    if draw.chance(0.3):
        x = np.round(x.astype(np.float32)).astype(x.dtype)
    elif draw.operator != "Hardmax":
        x = draw.edges(x, 0.2, [-np.inf, 80.0, -80.0, 0.0])
    return draw.case([x], {"axis": draw.axis(len(shape)) if draw.chance(0.8) or len(shape) < 2 else None})
