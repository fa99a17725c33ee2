"""Operators that move, repeat, cut or count elements."""

import numpy as np
from onnx import helper, numpy_helper

from tests.differential.case import Case
from tests.differential.drawing import DTYPES, Draw, draws, elements


@draws("Reshape")
def reshape(draw: Draw) -> Case:
    shape = draw.shape(1)
    target = list(draw.permutation(len(shape)))
    sizes = [shape[axis] for axis in target]
    if len(sizes) > 1 and draw.chance():
        sizes = [sizes[0] * sizes[1], *sizes[2:]]
    if draw.chance(0.3):
        sizes.insert(draw.integer(0, len(sizes)), 1)
    if elements(shape) and draw.chance():
        sizes[draw.integer(0, len(sizes) - 1)] = -1
    kept = [i for i, size in enumerate(sizes) if i < len(shape) and size == shape[i] and size]
    attributes = {}
    if 0 in sizes and draw.has("allowzero"):
        attributes["allowzero"] = 1
    elif 0 in sizes:
        sizes = list(shape)
    elif kept and draw.chance(0.3):
        sizes[draw.choice(kept)] = 0
    return draw.case([draw.array(shape, draw.dtype()), draw.sizes(sizes)], attributes, constant=[1])


@draws("Flatten")
def flatten(draw: Draw) -> Case:
    shape = draw.shape(1)
    axis = draw.integer(-len(shape) if draw.opset >= 11 else 0, len(shape))
    return draw.case([draw.array(shape, draw.dtype())], {"axis": axis if draw.chance(0.8) else None})


@draws("Squeeze")
def squeeze(draw: Draw) -> Case:
    shape = list(draw.shape(0, 3))
    for _ in range(draw.integer(1, 2)):
        shape.insert(draw.integer(0, len(shape)), 1)
    ones = [axis for axis, size in enumerate(shape) if size == 1]
    axes = draw.signed([axis for axis in ones if draw.chance(0.7)] or ones, len(shape))
    x = draw.array(shape, draw.dtype())
    if draw.has("axes"):
        return draw.case([x], {"axes": axes if draw.chance(0.8) else None})
    return draw.case([x, draw.sizes(axes) if draw.chance(0.8) else None], constant=[1])


@draws("Unsqueeze")
def unsqueeze(draw: Draw) -> Case:
    shape, count = draw.shape(0, 3), draw.integer(1, 2)
    rank = len(shape) + count
    axes = draw.signed(draw.permutation(rank)[:count], rank)
    x = draw.array(shape, draw.dtype())
    return draw.case([x], {"axes": axes}) if draw.has("axes") else draw.case([x, draw.sizes(axes)], constant=[1])


@draws("Transpose")
def transpose(draw: Draw) -> Case:
    shape = draw.shape(0, 5)
    perm = draw.permutation(len(shape)) if shape and draw.chance(0.85) else None
    return draw.case([draw.array(shape, draw.dtype())], {"perm": perm})


@draws("Expand")
def expand(draw: Draw) -> Case:
    shape = draw.shape(0, 4)
    own = draw.broadcast(shape)
    wanted = [1 if i >= len(shape) - len(own) and draw.chance(0.3) else size for i, size in enumerate(shape)]
    return draw.case([draw.array(own, draw.dtype()), draw.sizes(wanted)], constant=[1])


@draws("Tile")
def tile(draw: Draw) -> Case:
    shape = draw.shape(1)
    repeats = draw.integers(len(shape), 0 if draw.chance(0.1) else 1, 3)
    return draw.case([draw.array(shape, draw.dtype()), draw.sizes(repeats)], constant=[1])


@draws("Concat")
def concat(draw: Draw) -> Case:
    shape, dtype = draw.shape(1), draw.dtype()
    axis = draw.axis(len(shape))
    parts = []
    for _ in range(draw.integer(1, 4)):
        own = list(shape)
        own[axis] = draw.integer(0 if draw.chance(0.1) else 1, 4)
        parts.append(draw.array(own, dtype))
    return draw.case(parts, {"axis": axis})


@draws("Split")
def split(draw: Draw) -> Case:
    shape = list(draw.shape(1, high=4))
    axis, count = draw.axis(len(shape)), draw.integer(1, 4)
    equal = draw.chance(0.4)
    parts = [draw.integer(1, 3)] * count if equal else draw.integers(count, 0 if draw.chance(0.2) else 1, 3)
    if equal and draw.has("num_outputs") and count > 1 and draw.chance():
        parts[-1] = draw.integer(1, parts[-1])
        while parts[0] > 1 and -(-sum(parts) // count) != parts[0]:
            parts[-1] += 1
    shape[axis] = sum(parts)
    x = draw.array(shape, draw.dtype())
    attributes = {"axis": axis if axis or draw.chance() else None}
    if draw.has("split"):
        return draw.case([x], {**attributes, "split": None if equal else parts}, outputs=count)
    if equal and draw.has("num_outputs"):
        return draw.case([x], {**attributes, "num_outputs": count}, outputs=count)
    return draw.case([x, None if equal else draw.sizes(parts)], attributes, constant=[1], outputs=count)


@draws("Slice")
def cut(draw: Draw) -> Case:
    shape = draw.shape(1)
    axes = draw.subset(len(shape), least=1)
    starts, ends = draw.integers(len(axes), -7, 7), draw.integers(len(axes), -7, 7)
    if draw.chance(0.2):
        ends = [draw.choice([2**31 - 1, -(2**31)]) for _ in axes]
    x = draw.array(shape, draw.dtype())
    if draw.has("starts"):
        return draw.case([x], {"starts": starts, "ends": ends, "axes": axes})
    signed = draw.signed(axes, len(shape))
    kind = draw.choice([np.int64, np.int64, np.int32])
    steps = draw.sizes([draw.choice([1, 1, 2, 3, -1, -2]) for _ in axes], kind) if draw.chance(0.7) else None
    named = draw.sizes(signed, kind)
    if axes == list(range(len(axes))) and steps is None and draw.chance():
        named = None
    return draw.case([x, draw.sizes(starts, kind), draw.sizes(ends, kind), named, steps], constant=[1, 2, 3, 4])


@draws("Pad")
def pad(draw: Draw) -> Case:
    shape, dtype = draw.shape(1, low=2), draw.dtype()
    modes = ["constant", "constant", "reflect", "edge", *(["wrap"] if draw.opset >= 19 else [])]
    mode = draw.choice(modes)
    count = len(shape)
    axes = draw.subset(count, least=1) if draw.opset >= 18 and draw.chance(0.3) else None
    padded = axes if axes is not None else list(range(count))
    high = draw.choice([1, 3, 9])
    sides = [
        draw.integer(
            -1 if mode == "constant" and draw.chance(0.2) else 0,
            high if mode in ("constant", "edge") else min(high, max(shape[axis] - 1, 0)),
        )
        for axis in padded * 2
    ]
    sides = [side if shape[axis] else 0 for side, axis in zip(sides, padded * 2, strict=True)]
    x = draw.array(shape, dtype)
    if draw.has("pads"):
        return draw.case([x], {"pads": sides, "mode": mode, "value": draw.choice([None, 1.5])})
    value = draw.array((), dtype) if mode == "constant" and draw.chance(0.6) else None
    named = None if axes is None else draw.sizes(draw.signed(axes, count))
    operands = [x, draw.sizes(sides), value, *([named] if named is not None else [])]
    return draw.case(operands, {"mode": mode if mode != "constant" or draw.chance() else None}, constant=[1, 2, 3])


@draws("DepthToSpace", "SpaceToDepth")
def blocks(draw: Draw) -> Case:
    size = draw.integer(1, 3)
    batch, channels, *space = draw.integers(4, 1, 3)
    attributes = {"blocksize": size}
    if draw.operator == "DepthToSpace":
        shape = (batch, channels * size * size, *space)
        if draw.has("mode"):
            attributes["mode"] = draw.choice([None, "DCR", "CRD"])
    else:
        shape = (batch, channels, *(size * each for each in space))
    return draw.case([draw.array(shape, draw.dtype())], attributes)


@draws("Shape", "Size")
def counted(draw: Draw) -> Case:
    shape = draw.shape()
    attributes = {name: draw.choice([None, *range(-5, 6)]) for name in ("start", "end") if draw.has(name)}
    return draw.case([draw.array(shape, draw.dtype())], attributes, dynamic=0.5)


@draws("ConstantOfShape")
def filled(draw: Draw) -> Case:
    value = draw.array((1,), draw.dtype("T2"), 0, 5)
    attributes = {"value": numpy_helper.from_array(value)} if draw.chance(0.8) else {}
    return draw.case([draw.sizes(draw.shape())], attributes)


@draws("Constant")
def constant(draw: Draw) -> Case:
    value = draw.array(draw.shape(), draw.dtype("T"))
    if draw.has("value_float") and draw.chance(0.3):
        return draw.case([], draw.choice([{"value_float": 1.5}, {"value_int": -3}, {"value_ints": [1, 2]}]))
    return draw.case([], {"value": numpy_helper.from_array(value)})


@draws("EyeLike")
def eye(draw: Draw) -> Case:
    x = draw.array(draw.integers(2, 1, 5), draw.dtype())
    to = helper.np_dtype_to_tensor_dtype(np.dtype(draw.dtype("T2"))) if draw.chance() else None
    return draw.case([x], {"k": draw.choice([None, -2, -1, 1, 7]), "dtype": to})


@draws("Range")
def ranged(draw: Draw) -> Case:
    dtype = draw.dtype("T")
    start, count, step = draw.integer(0, 5), draw.integer(0, 6), draw.choice([1, 2, 3, -1, -2])
    ends = np.array([start, max(start + count * step, 0) if step > 0 else start + count * step, step])
    if np.dtype(dtype).kind == "u":
        ends = np.array([start, start + count, 1])
    return draw.case([np.asarray(each, dtype) for each in ends], constant=[0, 1, 2])


@draws("Trilu")
def triangle(draw: Draw) -> Case:
    k = draw.sizes(draw.integer(-4, 4)) if draw.chance(0.7) else None
    return draw.case([draw.array(draw.shape(2), draw.dtype()), k], {"upper": draw.choice([None, 0, 1])}, constant=[1])


@draws("CenterCropPad")
def centred(draw: Draw) -> Case:
    shape = draw.shape(1)
    axes = draw.subset(len(shape), least=1) if draw.chance() else None
    count = len(shape) if axes is None else len(axes)
    named = None if axes is None else draw.signed(axes, len(shape))
    sizes = draw.sizes(draw.integers(count, 1, 8), draw.choice([np.int32, np.int64]))
    return draw.case([draw.array(shape, draw.dtype(0, [*DTYPES])), sizes], {"axes": named}, constant=[1])


@draws("ReverseSequence")
def reversed_sequences(draw: Draw) -> Case:
    shape = draw.shape(2, low=2)
    batch = draw.integer(0, 1)
    lengths = draw.sizes([draw.integer(1, shape[1 - batch]) for _ in range(shape[batch])])
    return draw.case([draw.array(shape, draw.dtype()), lengths], {"batch_axis": batch, "time_axis": 1 - batch})
