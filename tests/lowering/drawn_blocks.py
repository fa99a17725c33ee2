"""Blocks with a kernel, drawn by hypothesis: every anchor, with what can be fused around it, in sizes of every kind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import prod, sqrt
from typing import Any, TypeVar

from cases import Builder
from hypothesis import strategies as st

from dnnf_mlir.graph.ecg import Value
from dnnf_mlir.graph.size import Size, is_dynamic
from dnnf_mlir.kernels.nest.problem import ConvProblem, spatial_axes
from dnnf_mlir.kernels.winograd.schedule import WinogradSchedule
from dnnf_mlir.targets import get_target

TARGETS = ("host", "arm64-linux")
T = TypeVar("T")

# One, less than a vector, one more, primes, multiples: vectors are of 4 to 16 numbers, register tiles of 8 to 64.
_CHANNELS = (17, 4, 1, 33, 8, 3, 40, 16, 5, 67, 32, 13, 129)
# Of blocks with one, two, three axes: fewer positions with more axes, for the sake of the reference's time.
_EXTENTS = {1: (5, 37, 1, 8, 64, 3, 7, 12, 2, 9), 2: (5, 8, 1, 7, 3, 12, 2, 9), 3: (3, 1, 5, 4)}
_UNARY = (
    ("relu", {}),
    ("tanh", {}),
    ("sigmoid", {}),
    ("gelu", {"approximate": "none"}),
    ("clip", {"min": 0.0, "max": 6.0}),
    ("swish", {"alpha": 1.0}),
    ("elu", {"alpha": 1.0}),
    ("leaky_relu", {"alpha": 0.1}),
    ("hard_swish", {}),
    ("mish", {}),
)


class Draws:
    """Numbers for one block.

    Hypothesis draws the first choice of everything first; ``start`` says where the choices begin, so that the blocks of
    one module differ in that too.
    """

    def __init__(self, data: st.DataObject, start: int) -> None:
        self.data = data
        self.next = start

    def of(self, choices: Sequence[T]) -> T:
        first = self.next % len(choices)
        self.next += 1
        return self.data.draw(st.sampled_from([*choices[first:], *choices[:first]]))

    def many(self, count: int, choices: Sequence[T]) -> tuple[T, ...]:
        return tuple(self.of(choices) for _ in range(count))

    @property
    def channels(self) -> int:
        return self.of(_CHANNELS)

    def extents(self, rank: int) -> tuple[int, ...]:
        return self.many(rank, _EXTENTS[rank])

    def extents_from(self, least: Sequence[int]) -> tuple[int, ...]:
        """Extents that are at least so large."""
        drawn = self.many(len(least), _EXTENTS[len(least)])
        return tuple(low + extent - 1 for low, extent in zip(least, drawn, strict=True))

    @property
    def batch(self) -> int:
        return self.of((1, 2))

    def images(self, number: int) -> int:
        """The batch of a problem that is chosen as a whole."""
        return number

    @property
    def keys(self) -> int:
        """How many keys an attention has."""
        return self.channels


class FreeDraws(Draws):
    """Batches, extents and numbers of keys are free, most of them."""

    def __init__(self, data: st.DataObject, start: int, builder: Builder) -> None:
        super().__init__(data, start)
        self._builder = builder

    def _free(self, size: int, least: int = 1) -> int:
        return self._builder.free(size, least) if self.of((True, True, False)) else size

    def extents(self, rank: int) -> tuple[int, ...]:
        return tuple(map(self._free, super().extents(rank)))

    def extents_from(self, least: Sequence[int]) -> tuple[int, ...]:
        return tuple(map(self._free, super().extents_from(least), least))

    @property
    def batch(self) -> int:
        return self._free(super().batch)

    def images(self, number: int) -> int:
        return self._builder.free(number)

    @property
    def keys(self) -> int:
        return self._free(super().keys)


@dataclass(frozen=True)
class Block:
    """What one block is built from: ``before`` fuses something in front of the anchor."""

    builder: Builder
    draws: Draws
    before: bool = False
    beside: list[Value] = field(default_factory=list)
    """Further results, of before the epilogue."""

    def input(self, *shape: int) -> Value:
        """The anchor's operand, with a prologue in front where one is wanted."""
        x = self.builder.input(*shape)
        if not self.before:
            return x
        b = self.builder
        shifted = b.call("add", x, b.input(*(1 for _ in shape[:-1]), shape[-1]))
        return b.call("mul", b.call("relu", shifted), b.known_number(0.75))

    def weights(self, *shape: int, depth: int) -> Value:
        """Such that results are about as large as operands: activations of large numbers would magnify errors."""
        return self.builder.constant(*shape, low=-sqrt(3 / depth), high=sqrt(3 / depth))

    def bias(self, filters: int) -> Value | None:
        return self.builder.constant(filters) if self.draws.of((True, False)) else None


def _window(block: Block, kernel: Sequence[int], plain: bool = False) -> tuple[tuple[int, ...], dict[str, Any]]:
    """Input extents and attributes of a window operator."""
    rank, draws = len(kernel), block.draws
    strides = (1,) * rank if plain else draws.many(rank, (1, 2, 1, 3))
    dilations = (1,) * rank if plain else draws.many(rank, (1, 1, 2))
    pads = tuple(min(draws.of((0, 1, 2)), kernel[i % rank] - 1) for i in range(2 * rank))
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilations, strict=True)]
    least = [max(1, reach[i] - pads[i] - pads[rank + i]) for i in range(rank)]
    extents = draws.extents_from(least)
    return extents, {"strides": strides, "dilations": dilations, "pads": pads, "layout": "channels_last"}


def _convolution(block: Block, rank: int, group: int = 1) -> Value:
    b, draws = block.builder, block.draws
    kernel = draws.many(rank, (3, 2, 1, 5) if rank < 3 else (2, 3, 1))
    extents, window = _window(block, kernel)
    channels, filters = group * draws.of((3, 8, 1, 5)), group * draws.channels
    batch = draws.batch
    if block.before:
        perm = (0, *range(2, rank + 2), 1)
        x = b.call("transpose", b.input(batch, channels, *extents), perm=perm)
    else:
        x = b.input(batch, *extents, channels)
    weights = block.weights(filters, channels // group, *kernel, depth=channels // group * prod(kernel))
    return b.call("conv", x, weights, block.bias(filters), group=group, **window)


def convolution_1d(block: Block) -> Value:
    return _convolution(block, 1)


def convolution_2d(block: Block) -> Value:
    return _convolution(block, 2)


def convolution_3d(block: Block) -> Value:
    return _convolution(block, 3)


def grouped_convolution(block: Block) -> Value:
    return _convolution(block, block.draws.of((2, 1)), block.draws.of((2, 3)))


def pointwise_convolution(block: Block) -> Value:
    """With a factor for every channel before it, as squeeze-and-excitation has it, where a prologue is wanted."""
    b, draws = block.builder, block.draws
    batch, extents, channels, filters = draws.batch, draws.extents(2), draws.channels, draws.channels
    x = b.input(batch, *extents, channels)
    if block.before:
        x = b.call("mul", x, b.input(batch, 1, 1, channels))
    return _pointwise(block, x, filters)


def _pointwise(block: Block, x: Value, filters: int) -> Value:
    channels, rank = x.type.shape[-1], x.type.rank - 2
    window = {"strides": (1,) * rank, "dilations": (1,) * rank, "pads": (0,) * 2 * rank, "layout": "channels_last"}
    weights = block.weights(filters, channels, *(1,) * rank, depth=channels)
    return block.builder.call("conv", x, weights, block.bias(filters), group=1, **window)


def depthwise_convolution(block: Block) -> Value:
    rank = block.draws.of((2, 1, 3))
    kernel = block.draws.many(rank, (3, 5, 2) if rank < 3 else (3, 2))
    extents, window = _window(block, kernel)
    channels = max(2, block.draws.channels)
    x = block.builder.input(block.draws.batch, *extents, channels)
    weights = block.weights(channels, 1, *kernel, depth=prod(kernel))
    return block.builder.call("conv", x, weights, block.bias(channels), group=channels, **window)


def separable_convolution(block: Block) -> Value:
    """A depthwise convolution with an epilogue of its own, and the pointwise one behind it."""
    draws = block.draws
    (y,) = draws.of((_unary, _per_channel, _broadcast, _residual))(block, depthwise_convolution(block))
    return _pointwise(block, y, draws.channels)


def transposed_convolution(block: Block) -> Value:
    rank = block.draws.of((2, 1))
    kernel = block.draws.many(rank, (2, 3, 1))
    extents, channels, filters = block.draws.extents(rank), block.draws.channels, block.draws.channels
    return block.builder.call(
        "conv_transpose",
        block.builder.input(block.draws.batch, *extents, channels),
        block.weights(channels, filters, *kernel, depth=channels),
        block.bias(filters),
        strides=kernel,
        dilations=(1,) * rank,
        pads=(0,) * 2 * rank,
        output_padding=(0,) * rank,
        group=1,
        layout="channels_last",
    )


def winograd_problem(batch: int, extents: Sequence[int], channels: int, filters: int, pads: Sequence[int]) -> bool:
    """Whether the targets' kernels compute the 3x3 convolution by Winograd's algorithm."""
    rank = len(extents)
    axes = spatial_axes(extents, (3,) * rank, (1,) * rank, (1,) * rank, pads)
    problem = ConvProblem(batch, axes, channels, filters)
    units = [get_target(target).vector for target in TARGETS]
    return all(unit is not None and WinogradSchedule.choose(problem, unit, 4) is not None for unit in units)


_WINOGRAD = [
    problem
    for extents in ((8, 12), (9, 16), (15, 15), (6, 10), (2, 8), (13, 7), (3, 8, 8))
    for channels in (32, 37, 48)
    for filters in (32, 45, 64, 67)
    for pad in (1, 0)
    if winograd_problem(*(problem := (1 + filters % 2, extents, channels, filters, (pad,) * 2 * len(extents))))
    and winograd_problem(Size.free("batch"), *problem[1:])
]


def winograd_convolution(block: Block) -> Value:
    batch, extents, channels, filters, pads = block.draws.of(_WINOGRAD)
    ones, rank = (1,) * len(extents), len(extents)
    x = block.builder.input(block.draws.images(batch), *extents, channels)
    weights = block.weights(filters, channels, *(3,) * rank, depth=channels * 3**rank)
    window = {"strides": ones, "dilations": ones, "pads": pads, "layout": "channels_last"}
    return block.builder.call("conv", x, weights, block.bias(filters), group=1, **window)


def matrix_product(block: Block) -> Value:
    rows, depth, columns = block.draws.extents(block.draws.of((1, 2, 3))), block.draws.channels, block.draws.channels
    x = block.builder.input(*rows, depth)
    return block.builder.call("matmul", x, block.weights(depth, columns, depth=depth))


def gemm(block: Block) -> Value:
    (rows,), depth, columns = block.draws.extents(1), block.draws.channels, block.draws.channels
    is_transposed = block.draws.of((1, 0))
    shape = (columns, depth) if is_transposed else (depth, columns)
    factors = {"alpha": block.draws.of((0.5, 1.0)), "beta": block.draws.of((1.0, 2.0))}
    weights = block.weights(*shape, depth=depth)
    x = block.builder.input(rows, depth)
    return block.builder.call("gemm", x, weights, block.bias(columns), transA=0, transB=is_transposed, **factors)


def product_of_activations(block: Block) -> Value:
    b, draws = block.builder, block.draws
    leading, (rows,) = (draws.batch, *draws.of(((3,), (), (2,)))), draws.extents(1)
    depth, columns = draws.channels, draws.channels
    shared = draws.of((leading, (1,) * len(leading)))
    return b.call("matmul", b.input(*leading, rows, depth), b.input(*shared, depth, columns, low=-1, high=1))


def max_pool(block: Block) -> Value:
    return _pool(block, "max_pool")


def average_pool(block: Block) -> Value:
    return _pool(block, "average_pool", count_include_pad=block.draws.of((0, 1)))


def _pool(block: Block, kind: str, **attributes: int) -> Value:
    rank = block.draws.of((2, 1, 3))
    kernel = block.draws.many(rank, (2, 3))
    extents, window = _window(block, kernel)
    x = block.input(block.draws.batch, *extents, block.draws.channels)
    return block.builder.call(kind, x, kernel_shape=kernel, **window, **attributes)


def global_pool(block: Block) -> Value:
    kind = block.draws.of(("global_average_pool", "global_max_pool"))
    x = block.input(block.draws.batch, *block.draws.extents(block.draws.of((2, 1, 3))), block.draws.channels)
    return block.builder.call(kind, x, layout="channels_last")


def resize(block: Block) -> Value:
    """Channels first or last, one to three resized dimensions, by whole and other scales, larger and smaller."""
    draws, rank = block.draws, block.draws.of((2, 1, 3))
    mode = draws.of(("linear", "nearest", "cubic"))
    extents = draws.extents(rank)
    drawn = draws.many(rank, (2.0, 1.5, 3.0, 4.0, 0.5, 0.75, 1.0) if rank < 3 else (2.0, 1.0, 1.5))
    last, batch, channels = draws.of((True, False)), draws.batch, draws.channels
    shape = (batch, *extents, channels) if last else (batch, channels, *extents)
    first = 1 if last else 2
    sizes, scales = list(shape), [1.0] * len(shape)
    for axis, scale in enumerate(drawn if set(drawn) != {1.0} else (2.0,) * rank, first):
        known = not is_dynamic(shape[axis])
        factor = scale if known or scale.is_integer() else 2.0
        sizes[axis] = (
            max(2 if shape[axis] == 1 else 1, int(shape[axis] * factor)) if known else shape[axis] * int(factor)
        )
        scales[axis] = sizes[axis] / shape[axis] if known else factor
    return block.builder.call(
        "resize",
        block.builder.input(*shape),
        shape=tuple(sizes),
        layout="channels_last" if last else "channels_first",
        mode=mode,
        coordinate_transformation_mode=draws.of(("half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel")),
        nearest_mode=draws.of(("round_prefer_floor", "floor", "ceil", "round_prefer_ceil")),
        cubic_coeff_a=-0.75,
        exclude_outside=draws.of((0, 1)) if mode == "cubic" else 0,
        antialias=0,
        scales=tuple(scales),
    )


def softmax(block: Block) -> Value:
    x = block.input(*block.draws.extents(block.draws.of((1, 2, 3))), block.draws.channels)
    return block.builder.call("softmax", x, axis=x.type.rank - 1)


def layer_normalization(block: Block) -> Value:
    x = block.input(*block.draws.extents(block.draws.of((1, 2, 3))), 1 + block.draws.channels)
    columns, last = x.type.shape[-1], x.type.rank - 1
    bias = block.bias(columns)
    return block.builder.call("layer_normalization", x, block.builder.constant(columns), bias, axis=last, epsilon=1e-5)


def rms_normalization(block: Block) -> Value:
    x = block.input(*block.draws.extents(block.draws.of((1, 2, 3))), block.draws.channels)
    scale = block.builder.constant(x.type.shape[-1])
    return block.builder.call("rms_normalization", x, scale, axis=x.type.rank - 1, epsilon=1e-5)


def instance_normalization(block: Block) -> Value:
    channels = block.draws.channels
    x = block.input(block.draws.batch, *block.draws.many(2, (3, 7, 4)), channels)
    scale, bias = block.builder.constant(channels), block.builder.constant(channels)
    return block.builder.call("instance_normalization", x, scale, bias, layout="channels_last", epsilon=1e-5)


def instance_normalization_of_rows(block: Block) -> Value:
    """Channels first: the elements of a channel are a row."""
    channels = block.draws.channels
    x = block.input(block.draws.batch, channels, *block.draws.extents(2))
    scale, bias = block.builder.constant(channels), block.builder.constant(channels)
    return block.builder.call("instance_normalization", x, scale, bias, layout="channels_first", epsilon=1e-5)


def attention(block: Block) -> Value:
    """The prologue is what stands between the scores and their softmax: scale and mask."""
    b, draws = block.builder, block.draws
    leading = (draws.batch, *draws.of(((3,), (), (2,))))
    rows, depth, keys, columns = *draws.extents(1), draws.channels, draws.keys, draws.channels
    spread = 1 / sqrt(depth)
    scores = b.call("matmul", b.input(*leading, rows, depth), b.input(*leading, depth, keys, low=-spread, high=spread))
    if block.before:
        mask = b.input(leading[0], *(1 for _ in leading[1:]), 1, keys)
        scores = b.call("add", b.call("mul", scores, b.known_number(0.5)), mask)
    weights = b.call("softmax", scores, axis=scores.type.rank - 1)
    return b.call("matmul", weights, b.input(*leading, keys, columns))


def vector_products(block: Block) -> Value:
    """As in squeeze-and-excitation."""
    b, draws = block.builder, block.draws
    pooled = b.call("global_average_pool", b.input(2, *draws.extents(2), draws.channels), layout="channels_last")
    return _pointwise(block, b.call("relu", _pointwise(block, pooled, draws.channels)), draws.channels)


def convolution_with_pool(block: Block) -> Value:
    """The windows of the pool lie side by side."""
    draws = block.draws
    kernel, window = draws.of(((3, 3), (1, 1), (5, 3))), draws.of(((2, 2), (1, 2), (2, 1)))
    pads = tuple(extent // 2 for extent in kernel * 2)
    extents = tuple(2 * extent for extent in draws.extents(2))
    return _pooled(block, (draws.batch, *extents, draws.of((3, 8, 5))), draws.channels, kernel, pads, window)


def winograd_with_pool(block: Block) -> Value:
    batch, extents, channels, filters, pads = block.draws.of([each for each in _WINOGRAD if len(each[1]) == 2])
    return _pooled(block, (block.draws.images(batch), *extents, channels), filters, (3, 3), pads, (2, 2))


def _pooled(
    block: Block,
    shape: Sequence[int],
    filters: int,
    kernel: tuple[int, ...],
    pads: Sequence[int],
    window: tuple[int, ...],
) -> Value:
    b, ones, channels = block.builder, (1, 1), shape[-1]
    weights = block.weights(filters, channels, *kernel, depth=channels * prod(kernel))
    options = {"strides": ones, "dilations": ones, "layout": "channels_last"}
    y = b.call("conv", b.input(*shape), weights, block.bias(filters), group=1, pads=tuple(pads), **options)
    y = b.call("relu", b.call("add", y, b.input(*y.type.shape)))
    if block.draws.of((True, False)) and all(size % n == 0 for size, n in zip(y.type.shape[1:-1], window, strict=True)):
        block.beside.append(y)
    pooling = options | {"strides": window, "pads": (0,) * 4, "kernel_shape": window}
    return b.call("max_pool", y, **pooling)


Anchor = Callable[[Block], Value]
Epilogue = Callable[[Block, Value], list[Value]]


def _alone(block: Block, y: Value) -> list[Value]:
    return [y]


def _unary(block: Block, y: Value) -> list[Value]:
    kind, attributes = block.draws.of(_UNARY)
    return [block.builder.call(kind, y, **attributes)]


def _binary(block: Block, y: Value, operand: Value) -> list[Value]:
    """On either side of the operator."""
    sides = (y, operand) if block.draws.of((True, False)) else (operand, y)
    return [block.builder.call(block.draws.of(("add", "mul", "sub", "max")), *sides)]


def _per_channel(block: Block, y: Value) -> list[Value]:
    channels = y.type.shape[-1]
    is_known = block.draws.of((True, False))
    return _binary(block, y, block.builder.constant(channels) if is_known else block.builder.input(channels))


def _scalar(block: Block, y: Value) -> list[Value]:
    return _binary(block, y, block.builder.known_number(block.draws.of((0.5, -1.25))))


def _residual(block: Block, y: Value) -> list[Value]:
    return _binary(block, y, block.builder.input(*y.type.shape))


def _broadcast(block: Block, y: Value) -> list[Value]:
    """An operand with only some of the dimensions, the last among them or not."""
    shape = [extent if block.draws.of((False, True)) else 1 for extent in y.type.shape]
    return _binary(block, y, block.builder.input(*shape))


def _chain(block: Block, y: Value) -> list[Value]:
    """t = y + operand is used three times."""
    b = block.builder
    (t,) = block.draws.of((_per_channel, _scalar, _residual, _broadcast))(block, y)
    gate = b.call("sigmoid", t)
    return [b.call("add", b.call("mul", t, gate), b.call("tanh", b.call("mul", t, b.known_number(0.5))))]


def _scalar_chain(block: Block, y: Value) -> list[Value]:
    """The chain without tensors."""
    (t,) = _scalar(block, y)
    return [block.builder.call("mul", t, *_unary(block, t))]


def _several_results(block: Block, y: Value) -> list[Value]:
    (first,) = _scalar(block, y)
    return [first, *_unary(block, first), *_unary(block, y)]


def _view(block: Block, y: Value) -> list[Value]:
    """Dimensions merged, split or exchanged, behind an element-wise operator."""
    b, shape = block.builder, y.type.shape
    (y,) = _scalar(block, y)
    match block.draws.of(("transpose", "merge", "split")):
        case "merge":
            return [b.call("reshape", y, shape=(prod(shape[:-1]), shape[-1]))]
        case "split" if shape[-1] % 2 == 0:
            split = b.call("reshape", y, shape=(*shape[:-1], 2, shape[-1] // 2))
            return [b.call("transpose", split, perm=(len(shape) - 1, *range(len(shape) - 1), len(shape)))]
    *front, last = range(len(shape))
    perms = ((0, last, *front[1:]), (last, *front), (last, *reversed(front)))
    return [b.call("transpose", y, perm=block.draws.of(perms))]


EPILOGUES: dict[str, Epilogue] = {
    "alone": _alone,
    "unary": _unary,
    "per_channel": _per_channel,
    "scalar": _scalar,
    "residual": _residual,
    "broadcast": _broadcast,
    "chain": _chain,
    "scalar_chain": _scalar_chain,
    "several_results": _several_results,
    "view": _view,
    "prologue": _unary,
}
_WITH_PROLOGUE = (
    *(convolution_1d, convolution_2d, convolution_3d, grouped_convolution, pointwise_convolution),
    *(max_pool, average_pool, global_pool, softmax),
    *(layer_normalization, rms_normalization, instance_normalization, attention),
)
# A transposed convolution's result is stored interleaved: operands are scalars, and there is no other view behind it.
_BEHIND_TRANSPOSED = ("alone", "unary", "scalar", "scalar_chain", "several_results")
# Behind a normalization of merged dimensions operands follow all of them.
_BEHIND_MERGED = ("alone", "unary", "scalar", "residual", "several_results")


def epilogues(anchor: Anchor) -> list[str]:
    """The epilogues that the anchor's kernel takes."""
    return [
        name
        for name in EPILOGUES
        if (name != "prologue" or anchor in _WITH_PROLOGUE)
        and (anchor is not transposed_convolution or name in _BEHIND_TRANSPOSED)
        and (anchor is not instance_normalization_of_rows or name in _BEHIND_MERGED)
    ]


def block_case(
    anchor: Anchor, epilogue: str, data: st.DataObject, start: int, *, free: bool = False
) -> Callable[[Builder], list[Value]]:
    """The anchor with the epilogue; with ``free`` sizes, those that the draws leave free."""

    def build(builder: Builder) -> list[Value]:
        draws = FreeDraws(data, start, builder) if free else Draws(data, start)
        block = Block(builder, draws, epilogue == "prologue")
        return EPILOGUES[epilogue](block, anchor(block)) + block.beside

    return build
