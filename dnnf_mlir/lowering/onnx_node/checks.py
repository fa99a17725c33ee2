"""What run-time inputs must say for the declared shapes of results to be right, operator by operator (ONNX)."""

from collections.abc import Callable, Sequence
from math import prod

from dnnf_mlir.emit.scalar import Number, Scalar, number, select
from dnnf_mlir.lowering.assertions import shaped_by

from .fourier import transform_length
from .movement import by_dimension, elements
from .node import CarriedNode
from .resize import resized_axes
from .scalar_programs import Array, grid

REDUCTIONS = tuple(
    f"Reduce{kind}" for kind in ("Sum", "Mean", "Prod", "Max", "Min", "L1", "L2", "SumSquare", "LogSum", "LogSumExp")
)


def _same(sizes: Sequence[Scalar], shape: Sequence[int]) -> list[Scalar]:
    """Whether computed sizes are the declared ones."""
    return [number(len(sizes) == len(shape), "i1"), *(a.equals(b) for a, b in zip(sizes, shape, strict=False))]


def _only(array: Array) -> Scalar:
    """The one element of a scalar or of a vector of length 1."""
    return array.read(*[0] * array.rank)


def _size(value: Number) -> Scalar:
    return value.to("index") if isinstance(value, Scalar) else number(value, "index")


def _are_axes(axes: Sequence[Scalar], rank: int) -> list[Scalar]:
    """Whether each is a dimension, and all are different."""
    places = [axis.wrapped(rank) for axis in axes]
    different = [a.differs(b) for i, a in enumerate(places) for b in places[:i]]
    return [*((place >= 0) & (place < rank) for place in places), *different]


def _marked(axes: Sequence[Scalar], rank: int) -> list[Scalar]:
    """For each dimension whether it is one of the axes."""
    found = []
    for dimension in range(rank):
        is_one = number(False, "i1")
        for axis in axes:
            is_one = is_one | axis.wrapped(rank).equals(dimension)
        found.append(is_one)
    return found


def _without(shape: Sequence[int], marked: Sequence[Scalar], rest: Sequence[int]) -> list[Scalar]:
    """Whether the sizes of the dimensions that are not marked are these, in order."""
    conditions, kept = [], number(0, "index")
    for extent, gone in zip(shape, marked, strict=True):
        agrees = gone
        for i, expected in enumerate(rest):
            if expected == extent:
                agrees = agrees | kept.equals(i)
        conditions.append(agrees)
        kept = kept + select(gone, number(0, "index"), 1)
    return [*conditions, kept.equals(len(rest))]


@shaped_by(1, operators=REDUCTIONS)
def _reduced(node: CarriedNode) -> list[Scalar]:
    x, shape = node.input(0).type.shape, node.result().shape
    axes = elements(node.array(1))
    gone = _marked(axes, len(x))
    if not node.attributes["keepdims"]:
        return [*_are_axes(axes, len(x)), *_without(x, gone, shape)]
    sizes = [select(is_gone, number(1, "index"), extent) for is_gone, extent in zip(gone, x, strict=True)]
    return [*_are_axes(axes, len(x)), *_same(sizes, shape)]


@shaped_by(1, operators=["Squeeze"])
def _squeezed(node: CarriedNode) -> list[Scalar]:
    x, axes = node.input(0).type.shape, elements(node.array(1))
    gone = _marked(axes, len(x))
    ones = [~is_gone for is_gone, extent in zip(gone, x, strict=True) if extent != 1]
    return [*_are_axes(axes, len(x)), *ones, *_without(x, gone, node.result().shape)]


@shaped_by(1, operators=["Unsqueeze"])
def _unsqueezed(node: CarriedNode) -> list[Scalar]:
    shape, axes = node.result().shape, elements(node.array(1))
    new = _marked(axes, len(shape))
    ones = [~is_new for is_new, extent in zip(new, shape, strict=True) if extent != 1]
    return [*_are_axes(axes, len(shape)), *ones, *_without(shape, new, node.input(0).type.shape)]


@shaped_by(1, operators=["Reshape"])
def _reshaped(node: CarriedNode) -> list[Scalar]:
    """-1 stands for what is left over, 0 for the operand's size."""
    x, shape = node.input(0).type.shape, node.result().shape
    conditions, open_sizes = [], number(0, "index")
    for i, (size, extent) in enumerate(zip(elements(node.array(1)), shape, strict=True)):
        copied = number(i < len(x) and x[i] == extent, "i1")
        is_copied = size.equals(0) if not node.attributes["allowzero"] else number(False, "i1")
        is_open = size.equals(-1)
        conditions.append(is_open | (is_copied & copied) | (~is_copied & size.equals(extent)))
        open_sizes = open_sizes + select(is_open, number(1, "index"), 0)
    return [*conditions, open_sizes <= 1]


@shaped_by(1, operators=["Expand"])
def _expanded(node: CarriedNode) -> list[Scalar]:
    """Both shapes are broadcast, aligned at the end."""
    x, shape, wanted = node.input(0).type.shape, node.result().shape, elements(node.array(1))
    rank = max(len(x), len(wanted))
    operand = [1] * (rank - len(x)) + list(x)
    target = [number(1, "index")] * (rank - len(wanted)) + wanted
    sizes = [
        select(size.equals(1), number(extent, "index"), size) for size, extent in zip(target, operand, strict=True)
    ]
    fits = [size.equals(1) | size.equals(extent) for size, extent in zip(target, operand, strict=True) if extent != 1]
    return [*fits, *_same(sizes, shape)]


@shaped_by(1, operators=["Tile"])
def _tiled(node: CarriedNode) -> list[Scalar]:
    counts = elements(node.array(1))
    sizes = [count * extent for count, extent in zip(counts, node.input(0).type.shape, strict=True)]
    return [*(count >= 0 for count in counts), *_same(sizes, node.result().shape)]


@shaped_by(0, operators=["ConstantOfShape", "HannWindow", "HammingWindow", "BlackmanWindow"])
def _as_given(node: CarriedNode) -> list[Scalar]:
    """The input is the shape itself, or the only size."""
    given = node.array(0)
    return _same(elements(given) if given.rank else [_only(given).to("index")], node.result().shape)


@shaped_by(1, 3, 4, 2, operators=["Slice"])
def _sliced(node: CarriedNode) -> list[Scalar]:
    x, shape = node.input(0).type.shape, node.result().shape
    given = [elements(node.array(i)) if node.has_input(i) else None for i in range(1, 5)]
    starts, ends, axes, steps = given
    rank, count = len(x), len(starts or ())
    begin, step = by_dimension(starts or [], axes, rank, 0), by_dimension(steps or [1] * count, axes, rank, 1)
    end = by_dimension(ends or [], axes, rank, 2**63 - 1)
    sizes = []
    for extent, first, last, stride in zip(x, map(_size, begin), map(_size, end), map(_size, step), strict=True):
        backward = stride < 0
        low, high = select(backward, number(-1, "index"), 0), select(backward, number(extent - 1, "index"), extent)
        first, last = first.wrapped(extent).max(0).min(high), last.wrapped(extent).max(low).min(high)
        width = select(backward, select(stride.equals(-(2**63)), number(2**63 - 1, "index"), -stride), stride).max(1)
        length = select(backward, first - last, last - first)
        sizes.append(select(length > 0, (length - 1) / width + 1, 0))
    steps_go = [stride.differs(0) for stride in map(_size, step)]
    return [*_are_axes(axes or [], rank), *steps_go, *_same(sizes, shape)]


@shaped_by(1, 3, operators=["Pad"])
def _padded(node: CarriedNode) -> list[Scalar]:
    x, widths = node.input(0).type.shape, elements(node.array(1))
    axes = elements(node.array(3)) if node.has_input(3) else None
    count = len(widths) // 2
    before, after = (by_dimension(part, axes, len(x), 0) for part in (widths[:count], widths[count:]))
    sizes = [_size(a) + _size(b) + extent for a, b, extent in zip(before, after, x, strict=True)]
    return [*_are_axes(axes or [], len(x)), *_same(sizes, node.result().shape)]


@shaped_by(0, 1, 2, operators=["Range"])
def _range(node: CarriedNode) -> list[Scalar]:
    start, limit, delta = (_only(node.array(i)) for i in range(3))
    count = ((limit - start).to("f64") / delta.to("f64")).ceil().max(0.0)
    return [delta.differs(0), count.equals(node.result().shape[0])]


@shaped_by(1, operators=["OneHot"])
def _one_hot(node: CarriedNode) -> list[Scalar]:
    shape = node.result().shape
    return [_only(node.array(1)).to("index").equals(shape[node.attributes["axis"] % len(shape)])]


@shaped_by(1, operators=["TopK"])
def _top_k(node: CarriedNode) -> list[Scalar]:
    axis = node.attributes["axis"] % len(node.input(0).type.shape)
    sizes = {value.type.shape[axis] for value in node.results if value is not None}
    return [_only(node.array(1)).equals(size) for size in sizes]


@shaped_by(1, operators=["Split"])
def _split(node: CarriedNode) -> list[Scalar]:
    axis = node.attributes["axis"] % len(node.input(0).type.shape)
    parts = zip(elements(node.array(1)), node.results, strict=True)
    return [size.equals(value.type.shape[axis]) for size, value in parts if value is not None]


@shaped_by(1, operators=["AffineGrid"])
def _affine_grid(node: CarriedNode) -> list[Scalar]:
    """[batch, channels, size...] asks for [batch, size..., rank]."""
    batch, _, *spatial = elements(node.array(1))
    return _same([batch, *spatial, number(len(spatial), "index")], node.result().shape)


@shaped_by(1, operators=["CenterCropPad"])
def _center_crop_pad(node: CarriedNode) -> list[Scalar]:
    x, wanted = node.input(0).type.shape, elements(node.array(1))
    chosen = node.attributes.get("axes") or range(len(wanted))
    sizes = [number(extent, "index") for extent in x]
    for axis, size in zip(chosen, wanted, strict=True):
        sizes[axis % len(x)] = size
    return _same(sizes, node.result().shape)


@shaped_by(2, 3, operators=["Resize"])
def _resized(node: CarriedNode) -> list[Scalar]:
    """Sizes as given, under a policy by the one scale that fits; or scales, rounded down."""
    x, shape = node.input(0).type.shape, node.result().shape
    axes = resized_axes(node, x, shape)
    sizes: list[Scalar] = [number(float(extent), "f32") for extent in x]
    exact = node.attributes["keep_aspect_ratio_policy"] == "stretch" and not node.has_input(2)
    for i, axis in enumerate(axes):
        scaled = axis.scale * float(axis.extent)
        if axis.start is not None and axis.end is not None:
            scaled = scaled * (axis.end - axis.start)
        if exact:
            sizes[axis.dimension] = node.array(3).read(i).to("f32")
        else:
            sizes[axis.dimension] = scaled.floor() if node.has_input(2) else (scaled + 0.5).floor()
    return _same(sizes, shape)


@shaped_by(1, 2, operators=["DFT"])
def _transformed(node: CarriedNode) -> list[Scalar]:
    x, shape = node.array(0), node.result().shape
    onesided, inverse = bool(node.attributes["onesided"]), bool(node.attributes["inverse"])
    along, length = transform_length(node, x)
    result = length / 2 + 1 if onesided and not inverse else length
    sizes = [select(along.equals(d), result, extent) for d, extent in enumerate(x.shape[:-1])]
    parts = 1 if onesided and inverse else 2
    is_axis = (along >= 0) & (along < x.rank - 1)
    return [is_axis, length >= 1, *_same([*sizes, number(parts, "index")], shape)]


@shaped_by(1, 3, operators=["STFT"])
def _short_transforms(node: CarriedNode) -> list[Scalar]:
    signal, shape = node.input(0).type.shape, node.result().shape
    step = _only(node.array(1)).to("index")
    window = node.input(2).type.shape[0] if node.has_input(2) else signal[1]
    length = _only(node.array(3)).to("index") if node.has_input(3) else number(window, "index")
    frames = (number(signal[1], "index") - length) / step.max(1) + 1
    frequencies = length / 2 + 1 if node.attributes["onesided"] else length
    return [
        step >= 1,
        (length >= 1) & (length <= signal[1]),
        length.equals(window) if node.has_input(2) else length >= 1,
        *_same([number(signal[0], "index"), frames, frequencies, number(2, "index")], shape),
    ]


@shaped_by(1, 2, operators=["Col2Im"])
def _image_of_columns(node: CarriedNode) -> list[Scalar]:
    """Rows hold channels and blocks, columns the positions of blocks."""
    _, rows, columns = node.input(0).type.shape
    shape = node.result().shape
    rank, channels = len(shape) - 2, shape[1]
    image, block = elements(node.array(1)), elements(node.array(2))
    strides, dilations = node.attributes.get("strides") or [1] * rank, node.attributes.get("dilations") or [1] * rank
    pads = node.attributes.get("pads") or [0] * (2 * rank)
    in_block, places = number(channels, "index"), number(1, "index")
    for i in range(rank):
        reach = shape[2 + i] + pads[i] + pads[rank + i] - 1
        in_block = in_block * block[i]
        places = places * ((number(reach, "index") - (block[i] - 1) * dilations[i]) / strides[i] + 1)
    blocks = [size >= 1 for size in block]
    return [*blocks, in_block.equals(rows), places.equals(columns), *_same(image, shape[2:])]


@shaped_by(2, operators=["MaxUnpool"])
def _unpooled(node: CarriedNode) -> list[Scalar]:
    if not node.has_input(2):
        return []
    return _same(elements(node.array(2)), node.result().shape)


@shaped_by(0, operators=["NonZero"])
def _non_zero(node: CarriedNode) -> list[Scalar]:
    x = node.array(0)
    return [_count(x.shape, lambda at: x.read(*at).to("i1")).equals(node.result().shape[1])]


@shaped_by(1, operators=["Compress"])
def _compressed(node: CarriedNode) -> list[Scalar]:
    """The condition may be shorter than what it chooses from."""
    x, condition, axis = node.input(0).type.shape, node.array(1), node.attributes.get("axis")
    limit = prod(x) if axis is None else x[axis]
    chosen = _count((min(condition.shape[0], limit),), lambda at: condition.read(*at))
    return [chosen.equals(node.result().shape[0 if axis is None else axis % len(x)])]


def _count(shape: Sequence[int], holds: Callable[[list[Scalar]], Scalar]) -> Scalar:
    """At how many positions something holds."""

    def step(at: list[Scalar], state: list[Scalar]) -> list[Scalar]:
        return [state[0] + select(holds(at), number(1, "index"), 0)]

    total: Scalar = grid(shape, [number(0, "index")], step)[0]
    return total
