"""Drawn ONNX nodes whose shapes follow from the values of inputs."""

from typing import Any

import numpy as np
from drawn_nodes import DrawnNode, axes_of, floats, paddings, reductions, shapes, slices
from hypothesis import strategies as st


def _ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def _number(value: int) -> np.ndarray:
    return np.array(value, np.int64)


@st.composite
def splits(draw: st.DrawFn) -> DrawnNode:
    shape = draw(shapes())
    axis = draw(axes_of(len(shape)))
    x = floats(draw, shape)
    if draw(st.booleans()):
        # ONNX's inference gives negative sizes where the last part would have to be smaller than none.
        counts = [n for n in range(1, shape[axis] + 1) if (n - 1) * -(-shape[axis] // n) <= shape[axis]]
        count = draw(st.sampled_from(counts))
        return DrawnNode("Split", [x], attributes={"axis": axis, "num_outputs": count}, outputs=count)
    first = draw(st.integers(0, shape[axis]))
    return DrawnNode("Split", [x, _ints(first, shape[axis] - first)], frozenset({1}), {"axis": axis}, outputs=2)


@st.composite
def squeezes(draw: st.DrawFn) -> DrawnNode:
    shape = draw(shapes())
    places = sorted(draw(st.lists(st.integers(0, len(shape)), max_size=3)), reverse=True)
    wide = list(shape)
    for place in places:
        wide.insert(place, 1)
    ones = [i for i, size in enumerate(wide) if size == 1]
    x = floats(draw, tuple(wide))
    chosen = draw(st.lists(st.sampled_from(ones), unique=True, min_size=1)) if ones and draw(st.booleans()) else None
    if chosen is None:
        return DrawnNode("Squeeze", [x])
    signed = [axis - draw(st.sampled_from([0, len(wide)])) for axis in chosen]
    return DrawnNode("Squeeze", [x, _ints(*signed)], frozenset({1}))


@st.composite
def unsqueezes(draw: st.DrawFn) -> DrawnNode:
    shape, count = draw(shapes()), draw(st.integers(1, 3))
    rank = len(shape) + count
    axes = draw(st.lists(st.integers(0, rank - 1), min_size=count, max_size=count, unique=True))
    signed = [axis - draw(st.sampled_from([0, rank])) for axis in axes]
    return DrawnNode("Unsqueeze", [floats(draw, shape), _ints(*signed)], frozenset({1}))


@st.composite
def reshapes(draw: st.DrawFn) -> DrawnNode:
    shape = draw(shapes())
    if draw(st.booleans()):
        return DrawnNode("Flatten", [floats(draw, shape)], attributes={"axis": draw(axes_of(len(shape)))})
    cut = draw(st.integers(0, len(shape) - 1))
    target = [*shape[:cut], int(np.prod(shape[cut:]))]
    for i in range(cut):
        target[i] = draw(st.sampled_from([0, target[i]]))
    if draw(st.booleans()):
        target[draw(st.integers(0, len(target) - 1))] = -1
    return DrawnNode("Reshape", [floats(draw, shape), _ints(*target)], frozenset({1}))


@st.composite
def repetitions(draw: st.DrawFn) -> DrawnNode:
    shape = draw(shapes())
    if draw(st.booleans()):
        repeats = [draw(st.integers(0, 3)) for _ in shape]
        return DrawnNode("Tile", [floats(draw, shape), _ints(*repeats)], frozenset({1}))
    own = tuple(draw(st.sampled_from([1, size])) for size in shape)[draw(st.integers(0, len(shape) - 1)) :]
    target = [draw(st.sampled_from([1, size])) for size in shape]
    return DrawnNode("Expand", [floats(draw, own), _ints(*target)], frozenset({1}))


@st.composite
def resizes(draw: st.DrawFn) -> DrawnNode:
    x = floats(draw, (1, 2, draw(st.integers(1, 10)), draw(st.integers(1, 10))))
    attributes: dict[str, Any] = {"mode": "nearest"}
    axes = draw(st.sampled_from([None, [2, 3], [-1, -2], [3]]))
    if axes is not None:
        attributes["axes"] = axes
    axes = axes or [0, 1, 2, 3]
    if draw(st.booleans()):
        factor = st.sampled_from([0.3, 0.5, 0.7, 1.0, 1.1, 1.5, 2.0])
        scales = [draw(factor) if x.shape[axis] > 2 else 1.0 for axis in axes]
        return DrawnNode("Resize", [x, None, np.array(scales, np.float32)], frozenset({2}), attributes)
    policy = draw(st.sampled_from(["stretch", "not_larger", "not_smaller"]))
    attributes["keep_aspect_ratio_policy"] = policy
    sizes = [draw(st.integers(1, 20)) for _ in axes]
    return DrawnNode("Resize", [x, None, None, _ints(*sizes)], frozenset({3}), attributes)


@st.composite
def top_ks(draw: st.DrawFn) -> DrawnNode:
    shape = draw(shapes())
    axis = draw(axes_of(len(shape)))
    k = _ints(draw(st.integers(0, shape[axis])))
    return DrawnNode("TopK", [floats(draw, shape), k], frozenset({1}), {"axis": axis}, outputs=2)


@st.composite
def ranges(draw: st.DrawFn) -> DrawnNode:
    if draw(st.booleans()):
        start, limit = draw(st.integers(-9, 9)), draw(st.integers(-9, 9))
        delta = draw(st.integers(-4, 4).filter(bool))
        return DrawnNode("Range", [_number(start), _number(limit), _number(delta)], frozenset({0, 1, 2}))
    tenths = [np.array(draw(st.integers(-30, 30)) / 10, np.float32) for _ in range(2)]
    delta_array = np.array(draw(st.sampled_from([0.1, 0.3, -0.1, 0.5, -0.7])), np.float32)
    return DrawnNode("Range", [*tenths, delta_array], frozenset({0, 1, 2}))


@st.composite
def generators(draw: st.DrawFn) -> DrawnNode:
    match draw(st.sampled_from(["ConstantOfShape", "window", "OneHot", "CenterCropPad"])):
        case "ConstantOfShape":
            sizes = draw(st.lists(st.integers(0, 5), min_size=1, max_size=4))
            return DrawnNode("ConstantOfShape", [_ints(*sizes)], frozenset({0}))
        case "window":
            op_type = draw(st.sampled_from(["HannWindow", "HammingWindow", "BlackmanWindow"]))
            return DrawnNode(op_type, [_number(draw(st.integers(1, 9)))], frozenset({0}))
        case "OneHot":
            shape = draw(shapes())
            axis = draw(axes_of(len(shape) + 1))
            inputs = [np.zeros(shape, np.int64), _number(draw(st.integers(1, 5))), np.array([0.0, 1.0], np.float32)]
            return DrawnNode("OneHot", [*inputs], frozenset({1}), {"axis": axis})
    shape = draw(shapes())
    chosen = draw(st.lists(axes_of(len(shape)), min_size=1, unique_by=lambda axis: axis % len(shape)))
    sizes = [draw(st.integers(1, 6)) for _ in chosen]
    return DrawnNode("CenterCropPad", [floats(draw, shape), _ints(*sizes)], frozenset({1}), {"axes": chosen})


@st.composite
def transforms(draw: st.DrawFn) -> DrawnNode:
    if draw(st.booleans()):
        signal, length, step = draw(st.integers(8, 20)), draw(st.integers(1, 8)), draw(st.integers(1, 4))
        frames = [floats(draw, (2, signal, 1)), _number(step), None, _number(length)]
        return DrawnNode("STFT", frames, frozenset({1, 3}), {"onesided": draw(st.integers(0, 1))})
    onesided = draw(st.integers(0, 1))
    shape = (*draw(shapes(2, 3)), 1 if onesided else draw(st.integers(1, 2)))
    inputs: list[np.ndarray | None] = [floats(draw, shape)]
    attributes = {"onesided": onesided}
    constants: frozenset[int] = frozenset()
    if draw(st.booleans()):
        inputs += [_number(draw(st.integers(1, 9))), _number(draw(st.integers(1, len(shape) - 2)))]
        constants = frozenset({1, 2})
    return DrawnNode("DFT", inputs, constants, attributes)


@st.composite
def windows(draw: st.DrawFn) -> DrawnNode:
    kernel, stride = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    if draw(st.booleans()):
        size = draw(st.integers(1, 5))
        x = floats(draw, (1, 2, size, size))
        attributes: dict[str, Any] = {"kernel_shape": [kernel, kernel], "strides": [stride, stride]}
        return DrawnNode("MaxUnpool", [x, np.zeros(x.shape, np.int64)], attributes=attributes)
    image = [draw(st.integers(kernel, kernel + 4)) for _ in range(2)]
    pads, dilation = [draw(st.integers(0, 1)) for _ in range(4)], draw(st.integers(1, 2))
    spans = [image[i] + pads[i] + pads[i + 2] - (kernel - 1) * dilation - 1 for i in range(2)]
    if min(spans) < 0:
        dilation, spans = 1, [image[i] + pads[i] + pads[i + 2] - kernel for i in range(2)]
    columns = (spans[0] // stride + 1) * (spans[1] // stride + 1)
    x = floats(draw, (2, draw(st.integers(1, 3)) * kernel * kernel, columns))
    attributes = {"pads": pads, "strides": [stride] * 2, "dilations": [dilation] * 2}
    return DrawnNode("Col2Im", [x, _ints(*image), _ints(kernel, kernel)], frozenset({1, 2}), attributes)


FAMILIES: dict[str, st.SearchStrategy[DrawnNode]] = {
    "slice": slices(),
    "pad": paddings(),
    "split": splits(),
    "squeeze": squeezes(),
    "unsqueeze": unsqueezes(),
    "reshape": reshapes(),
    "repetition": repetitions(),
    "reduce": reductions(),
    "resize": resizes(),
    "top_k": top_ks(),
    "range": ranges(),
    "generator": generators(),
    "transform": transforms(),
    "window": windows(),
}
