"""A block's anchor as a problem of the kernel generator, or the reason in words why it has no kernel."""

from dataclasses import dataclass
from math import prod
from typing import Literal

import numpy as np

from dnnf_mlir.emit.types import splat_value
from dnnf_mlir.fusion.capabilities import KERNEL_DTYPES
from dnnf_mlir.graph.ecg import Block, Node, Value
from dnnf_mlir.graph.size import is_free
from dnnf_mlir.kernels import (
    AttentionProblem,
    Axis,
    ConvProblem,
    Layout,
    NormalizationProblem,
    PoolProblem,
    matmul_problem,
    spatial_axes,
)
from dnnf_mlir.kernels.pooling.windows import lie_side_by_side

POOLS = ("max_pool", "average_pool")
_CHANNELS_FIRST_TO_LAST = {rank: (0, *range(2, rank), 1) for rank in (3, 4, 5)}


@dataclass(frozen=True)
class Product:
    """A convolution, or a matrix product with constant weights."""

    problem: ConvProblem
    x: Value
    weights: np.ndarray
    """[filters, channels / groups, kernel...], a view of the model's constant."""
    bias: np.ndarray | None
    scale: float = 1.0
    """A factor of the weights (Gemm's alpha)."""
    layout: Layout | None = None
    """How the product's elements form the anchor's result, where they are not the same."""
    pool: Node | None = None
    """The pool behind the convolution in the same block."""


@dataclass(frozen=True)
class IntegerProduct:
    """A convolution or matrix product of 8-bit integers with constant weights."""

    problem: ConvProblem
    x: Value
    weights: np.ndarray
    """[filters, channels / groups, kernel...], a view of the model's constant."""
    weights_zero_point: np.ndarray | None
    """One number, or one for each filter."""
    zero_point: Value | None

    @property
    def signed(self) -> bool:
        """Whether the operand's bytes are signed."""
        return self.x.type.dtype == "i8"

    def shifted_weights(self) -> np.ndarray:
        """The weights minus their zero points, int32."""
        weights = self.weights.astype(np.int32)
        if self.weights_zero_point is None:
            return weights
        return weights - self.weights_zero_point.astype(np.int32).reshape(-1, *(1,) * (weights.ndim - 1))


@dataclass(frozen=True)
class ActivationProduct:
    """A matrix product of two activations."""

    problem: ConvProblem
    x: Value
    b: Value


@dataclass(frozen=True)
class Pool:
    """A pooling, local or global."""

    problem: PoolProblem
    x: Value


@dataclass(frozen=True)
class Softmax:
    """A softmax over the last dimension."""

    problem: ConvProblem
    x: Value
    safe: bool


@dataclass(frozen=True)
class Normalization:
    """A normalization by statistics of the operand; ``problem`` merges x's dimensions from ``merged_from`` on.

    ``parameters`` are scale and bias where they are present, ``aligned_to`` the dimension of x that their last one is.
    """

    problem: NormalizationProblem
    x: Value
    parameters: tuple[Value | None, Value | None]
    aligned_to: int

    @property
    def merged_from(self) -> int:
        return len(self.problem.shape) - 1


@dataclass(frozen=True)
class Attention:
    """Scores, softmax and weighted sum in one kernel; ``scores`` and ``sums`` are the two matrix products."""

    problem: AttentionProblem
    scores: Node
    sums: Node

    @property
    def x(self) -> Value:
        return self.scores.input(0)


Anchor = Product | IntegerProduct | ActivationProduct | Pool | Softmax | Normalization | Attention


def anchor_problem(block: Block, anchor: Node) -> Anchor | str:
    """What the kernel of the block's anchor computes."""
    found = _described(block, anchor)
    return found if isinstance(found, str) else _free_sizes_problem(found) or found


def _free_sizes_problem(found: Anchor) -> str | None:
    """Why no kernel is generated where these sizes are left free; None where one is, or where none is."""
    numbers: tuple[int, ...] = ()
    match found:
        case Product(problem) | IntegerProduct(problem) | ActivationProduct(problem):
            numbers = (problem.channels, problem.filters)
        case Pool(problem):
            numbers = (problem.channels,)
        case Normalization(problem) if problem.over == "positions":
            numbers = problem.shape[-1:]
        case Attention(problem):
            numbers = (problem.depth, problem.columns)
    if any(map(is_free, numbers)):
        return "a free number of channels"
    if isinstance(found, Product) and found.pool is not None and any(map(is_free, found.problem.input_shape[1:])):
        return "a pool behind a convolution with free extents"
    return None


def _described(block: Block, anchor: Node) -> Anchor | str:
    if anchor.kind in ("conv_integer", "matmul_integer"):
        return _integer_product(anchor)
    dtypes = {value.type.dtype for value in [*anchor.data_inputs, *anchor.outputs]}
    if len(dtypes) > 1 or not dtypes <= KERNEL_DTYPES:
        return f"kernels compute in {' or '.join(sorted(KERNEL_DTYPES))} only"
    match anchor.kind:
        case "conv":
            return _conv(block, anchor)
        case "conv_transpose":
            return _transposed_conv(block, anchor)
        case "matmul":
            return _matmul(anchor)
        case "gemm":
            return _gemm(anchor)
        case "max_pool" | "average_pool":
            return _pool(anchor)
        case "global_average_pool" | "global_max_pool":
            return _global_pool(anchor)
        case "softmax" | "safe_softmax":
            products = [node for node in block.nodes if node.kind == "matmul"]
            return _attention(anchor, *products) if len(products) == 2 else _softmax(anchor)
        case "layer_normalization" | "rms_normalization":
            return _layer_normalization(anchor)
        case "instance_normalization":
            return _instance_normalization(anchor)
    return f"no kernel for {anchor.kind}"


def _conv(block: Block, anchor: Node) -> Product | str:
    x, weights = anchor.input(0), anchor.input(1).constant
    bias = anchor.inputs[2]
    if weights is None or (bias is not None and bias.constant is None):
        return "weights are computed at run time"
    if anchor.attributes["layout"] != "channels_last":
        return "channels come first"
    shape = x.type.shape
    channels_first = False
    if x.producer is not None and x.producer in block.nodes and x.producer.kind != "mul":
        if x.producer.kind != "transpose" or x.producer.attributes["perm"] != _CHANNELS_FIRST_TO_LAST.get(len(shape)):
            return f"{x.producer.kind} before the convolution"
        x, channels_first = x.producer.input(0), True
    attributes = anchor.attributes
    axes = spatial_axes(
        shape[1:-1], weights.shape[2:], attributes["strides"], attributes["dilations"], attributes["pads"]
    )
    problem = ConvProblem(shape[0], axes, shape[-1], weights.shape[0], attributes["group"], channels_first)
    if problem.is_depthwise and channels_first:
        return "a depthwise convolution that reads channels first"
    pool = next((node for node in block.nodes if node.kind in POOLS), None)
    if pool is not None and not lie_side_by_side(pool):
        return "windows of the pool behind the convolution overlap or reach into padding"
    return Product(problem, x, weights, None if bias is None else bias.constant, pool=pool)


def _integer_product(anchor: Node) -> IntegerProduct | str:
    x, w, zero_point, weights_zero_point = anchor.inputs
    if x is None or w is None or w.constant is None or x.is_constant:
        return "weights are computed at run time"
    if weights_zero_point is not None and weights_zero_point.constant is None:
        return "zero points of weights are computed at run time"
    if zero_point is not None and zero_point.type.elements != 1:
        return "a zero point for each row"
    offsets = None if weights_zero_point is None else weights_zero_point.constant
    shape, attributes = x.type.shape, anchor.attributes
    if anchor.kind == "matmul_integer":
        if not 2 <= x.type.rank <= 4 or w.type.rank != 2:
            return "no product of an activation with a matrix"
        problem, weights = matmul_problem(shape[:-1], shape[-1], w.type.shape[-1]), w.constant.T
    else:
        if attributes["layout"] != "channels_last":
            return "channels come first"
        axes = spatial_axes(
            shape[1:-1], w.type.shape[2:], attributes["strides"], attributes["dilations"], attributes["pads"]
        )
        problem, weights = ConvProblem(shape[0], axes, shape[-1], w.type.shape[0], attributes["group"]), w.constant
    return IntegerProduct(problem, x, weights, offsets, zero_point)


def _transposed_conv(block: Block, anchor: Node) -> Product | str:
    """Windows that do not overlap: a product of every input position with all the window's weights."""
    x, weights, bias, attributes = anchor.input(0), anchor.input(1).constant, anchor.inputs[2], anchor.attributes
    if weights is None or (bias is not None and bias.constant is None):
        return "weights are computed at run time"
    kernel = weights.shape[2:]
    unpadded = not any(attributes["pads"]) and not any(attributes["output_padding"])
    if attributes["layout"] != "channels_last" or attributes["group"] != 1 or not unpadded:
        return "a transposed convolution with channels first, groups or padding"
    if tuple(attributes["strides"]) != kernel or any(dilation != 1 for dilation in attributes["dilations"]):
        return "windows of the transposed convolution overlap"
    inside = set(block.nodes)
    behind = block.nodes[block.nodes.index(anchor) + 1 :]
    for value in (value for node in behind for value in node.operands if value.producer not in inside):
        if value.constant is None or splat_value(value.constant) is None:
            return "a tensor operand behind a transposed convolution"
    filters, rank = weights.shape[1], len(kernel)
    columns = filters * prod(kernel)
    rows = weights.transpose(*range(2, rank + 2), 1, 0).reshape(columns, weights.shape[0])
    shape = x.type.shape
    factors = (*((extent,) for extent in shape[:-1]), (*kernel, filters))
    interleaved = [axis for i in range(rank) for axis in (1 + i, 1 + rank + i)]
    layout = Layout(factors, (0, *interleaved, 2 * rank + 1), anchor.output.type.shape)
    repeated = None if bias is None or bias.constant is None else np.tile(bias.constant, prod(kernel))
    return Product(matmul_problem(shape[:-1], shape[-1], columns), x, rows, repeated, layout=layout)


def _matmul(anchor: Node) -> Product | ActivationProduct | str:
    a, b = anchor.input(0), anchor.input(1)
    if a.is_constant or not 2 <= a.type.rank <= 4 or b.type.rank < 2:
        return "no product of an activation with a matrix"
    problem = matmul_problem(a.type.shape[:-1], a.type.shape[-1], b.type.shape[-1])
    if b.constant is not None and b.type.rank == 2:
        return Product(problem, a, b.constant.T, None)
    if b.type.rank > a.type.rank or not _broadcasts(b.type.shape[:-2], a.type.shape[:-2]):
        return "the first factor is broadcast"
    return ActivationProduct(problem, a, b)


def _broadcasts(leading: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    """Whether leading dimensions broadcast to those of the first factor."""
    aligned = (1,) * (len(whole) - len(leading)) + leading
    return all(mine in (1, other) for mine, other in zip(aligned, whole, strict=True))


def _gemm(anchor: Node) -> Product | str:
    a, weights, addend = anchor.input(0), anchor.input(1).constant, anchor.inputs[2]
    if weights is None or a.is_constant or anchor.attributes["transA"]:
        return "no product of an activation with a weight matrix"
    if addend is not None and (addend.constant is None or addend.type.elements not in (1, anchor.output.type.shape[1])):
        return "the addend is no vector of constants"
    if addend is not None and addend.type.rank == 2 and addend.type.shape[0] != 1:
        return "the addend is no vector of constants"
    transposed = weights if anchor.attributes["transB"] else weights.T
    bias = None
    if addend is not None and addend.constant is not None:
        row = np.broadcast_to(addend.constant.reshape(-1), anchor.output.type.shape[1:])
        beta = np.float32(anchor.attributes["beta"])
        bias = np.ascontiguousarray(row if beta == 1 else (row * beta).astype(row.dtype))
    problem = matmul_problem(a.type.shape[:-1], a.type.shape[-1], transposed.shape[0])
    return Product(problem, a, transposed, bias, float(np.float32(anchor.attributes["alpha"])))


def _pool(anchor: Node) -> Pool | str:
    if anchor.attributes["layout"] != "channels_last" or len(anchor.outputs) != 1:
        return "channels come first, or the indices are wanted"
    shape, attributes = anchor.input(0).type.shape, anchor.attributes
    dilations = attributes.get("dilations", (1,) * (len(shape) - 2))
    axes = spatial_axes(shape[1:-1], attributes["kernel_shape"], attributes["strides"], dilations, attributes["pads"])
    kind: Literal["max", "average"] = "max" if anchor.kind == "max_pool" else "average"
    counted = bool(attributes.get("count_include_pad", 0))
    return Pool(PoolProblem(shape[0], axes, shape[-1], kind, counted), anchor.input(0))


def _global_pool(anchor: Node) -> Pool | str:
    if anchor.attributes["layout"] != "channels_last":
        return "channels come first"
    shape = anchor.input(0).type.shape
    axes = tuple(Axis(extent, kernel=extent) for extent in shape[1:-1])
    kind: Literal["max", "average"] = "max" if anchor.kind == "global_max_pool" else "average"
    return Pool(PoolProblem(shape[0], axes, shape[-1], kind), anchor.input(0))


def _softmax(anchor: Node) -> Softmax | str:
    x = anchor.input(0)
    if anchor.attributes["axis"] != x.type.rank - 1 or not 2 <= x.type.rank <= 5:
        return "a softmax that is not over the last of two to five dimensions"
    if 0 in x.type.shape:
        return "a softmax of an empty tensor"
    columns = x.type.shape[-1]
    return Softmax(matmul_problem(x.type.shape[:-1], columns, columns), x, anchor.kind == "safe_softmax")


def _layer_normalization(anchor: Node) -> Normalization | str:
    x, axis = anchor.input(0), anchor.attributes["axis"]
    parameters = (anchor.inputs[1], anchor.inputs[2] if len(anchor.inputs) > 2 else None)
    return _normalization(anchor, (*x.type.shape[:axis], prod(x.type.shape[axis:])), parameters, x.type.rank - 1)


def _instance_normalization(anchor: Node) -> Normalization | str:
    shape, parameters = anchor.input(0).type.shape, (anchor.input(1), anchor.input(2))
    if anchor.attributes["layout"] == "channels_last":
        return _normalization(anchor, shape, parameters, len(shape) - 1, over="positions")
    return _normalization(anchor, (*shape[:2], prod(shape[2:])), parameters, 1)


def _normalization(
    anchor: Node,
    shape: tuple[int, ...],
    parameters: tuple[Value | None, Value | None],
    aligned_to: int,
    over: Literal["columns", "positions"] = "columns",
) -> Normalization | str:
    if not 2 <= len(shape) <= 5 or 0 in shape:
        return "a normalization that is not of two to five dimensions, or of an empty tensor"
    problem = NormalizationProblem(shape, anchor.attributes["epsilon"], over, anchor.kind != "rms_normalization")
    return Normalization(problem, anchor.input(0), parameters, aligned_to)


def _attention(softmax: Node, scores: Node, sums: Node) -> Attention | str:
    queries, keys, values = scores.input(0).type.shape, scores.input(1).type.shape, sums.input(1).type.shape
    if not 3 <= len(queries) <= 5 or queries[:-2] != keys[:-2] or queries[:-2] != values[:-2]:
        return "queries, keys and values with different leading dimensions"
    safe = softmax.kind == "safe_softmax"
    problem = AttentionProblem(queries[:-2], queries[-2], queries[-1], keys[-1], values[-1], safe)
    return Attention(problem, scores, sums)
