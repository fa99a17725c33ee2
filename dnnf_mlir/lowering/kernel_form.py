"""The kernel form of a block: its anchor's generated CPU kernel, the other operators as its epilogue and store.

A block takes this form when its anchor has a kernel and every other operator is element-wise behind it, or a reshape or
transpose at the end; the functions here return the reason in words when it does not, and the block takes the linalg form.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from dnnf_mlir.ecg import Block, Node, Value
from dnnf_mlir.iree_ir import ir
from dnnf_mlir.kernels import (
    Axis,
    ConvProblem,
    ElementWise,
    Layout,
    Operand,
    PoolProblem,
    conv_dispatch,
    matmul_problem,
    pack_weights,
    pool_dispatch,
    product_dispatch,
    spatial_axes,
    supports,
)
from dnnf_mlir.targets import VectorUnit

from . import one_to_one
from .module import BlockLowering, ModuleLowering
from .registry import REORGANIZE
from .store_layout import store_layout
from .types import constant, element_type, splat_value

CHANNELS_FIRST_TO_LAST = {rank: (0, *range(2, rank), 1) for rank in (3, 4, 5)}


@dataclass(frozen=True)
class _Product:
    """A matrix product or convolution as the kernel generator takes it."""

    problem: ConvProblem
    x: Value
    weights: np.ndarray
    """[filters, channels / groups, kernel...], a view of the model's constant."""
    bias: np.ndarray | None
    scale: np.float32 = np.float32(1)
    """A factor of the weights (Gemm's alpha)."""
    layout: Layout | None = None
    """How the product's elements form the anchor's result, where they are not the same."""


@dataclass(frozen=True)
class _ActivationProduct:
    """A product of two activations as the kernel generator takes it."""

    problem: ConvProblem
    x: Value
    b: Value


@dataclass(frozen=True)
class _Pool:
    """A pooling as the kernel generator takes it."""

    problem: PoolProblem
    x: Value


_Described = _Product | _ActivationProduct | _Pool


def kernel_lowering(vector: VectorUnit) -> BlockLowering:
    """The kernel form for machines with such vector registers, for :func:`dnnf_mlir.lowering.lower`."""

    def lower_block(block: Block, lowering: ModuleLowering) -> bool:
        outputs = block.outputs(lowering.graph.outputs)
        found = describe(block, outputs)
        if isinstance(found, str):
            return False
        with lowering.insertion_point, ir.Location.name(block.name):
            results = _emit(block, found, outputs, vector, lowering)
        for value, result in zip(outputs, results, strict=True):
            lowering.bind(value, result)
        return True

    return lower_block


def describe(block: Block, outputs: Sequence[Value]) -> _Described | str:
    """The block's anchor as a kernel problem, or the reason why the block has no kernel.

    ``outputs`` are the block's results in order.
    """
    anchor = block.anchor
    if anchor is None:
        return "no dominant operator"
    found = _describe(block, anchor)
    if isinstance(found, str):
        return found
    return supports(found.problem) or _epilogue_problem(block, anchor, outputs) or found


def _emit(
    block: Block, found: _Described, outputs: Sequence[Value], vector: VectorUnit, lowering: ModuleLowering
) -> list[ir.Value]:
    epilogue = _epilogue(block, outputs, lowering)
    layouts = _layouts(block, outputs) if getattr(found, "layout", None) is None else (found.layout,) * len(outputs)
    x = lowering.shaped(found.x)
    if isinstance(found, _Pool):
        return pool_dispatch(found.problem, x, vector, epilogue, layouts=layouts)
    if isinstance(found, _ActivationProduct):
        return product_dispatch(found.problem, x, lowering.shaped(found.b), vector, epilogue, layouts=layouts)

    def pack(weights: np.ndarray) -> np.ndarray:
        return pack_weights(weights if found.scale == 1 else weights * found.scale, found.problem, vector)

    packed = lowering.pool.derive(found.weights, ("packed", found.problem, vector, float(found.scale)), pack)
    bias = None if found.bias is None else lowering.pool.get(found.bias)
    return conv_dispatch(found.problem, x, packed, bias, vector, epilogue, layouts=layouts)


def _describe(block: Block, anchor: Node) -> _Described | str:
    if any(value.type.dtype != "f32" for value in [*anchor.data_inputs, *anchor.outputs]):
        return "kernels compute in f32 only"
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
    return f"no kernel for {anchor.kind}"


def _pool(anchor: Node) -> _Pool | str:
    if anchor.attributes["layout"] != "channels_last" or len(anchor.outputs) != 1:
        return "channels come first, or the indices are wanted"
    shape, attributes = anchor.input(0).type.shape, anchor.attributes
    dilations = attributes.get("dilations", (1,) * (len(shape) - 2))
    axes = spatial_axes(shape[1:-1], attributes["kernel_shape"], attributes["strides"], dilations, attributes["pads"])
    kind = "max" if anchor.kind == "max_pool" else "average"
    counted = bool(attributes.get("count_include_pad", 0))
    return _Pool(PoolProblem(shape[0], axes, shape[-1], kind, counted), anchor.input(0))


def _global_pool(anchor: Node) -> _Pool | str:
    if anchor.attributes["layout"] != "channels_last":
        return "channels come first"
    shape = anchor.input(0).type.shape
    axes = tuple(Axis(extent, kernel=extent) for extent in shape[1:-1])
    kind = "max" if anchor.kind == "global_max_pool" else "average"
    return _Pool(PoolProblem(shape[0], axes, shape[-1], kind), anchor.input(0))


def _conv(block: Block, anchor: Node) -> _Product | str:
    x, weights = anchor.input(0), anchor.input(1).constant
    bias = anchor.inputs[2]
    if weights is None or (bias is not None and bias.constant is None):
        return "weights are computed at run time"
    if anchor.attributes["layout"] != "channels_last":
        return "channels come first"
    shape = x.type.shape
    channels_first = False
    if x.producer is not None and x.producer in block.nodes:
        if x.producer.kind != "transpose" or x.producer.attributes["perm"] != CHANNELS_FIRST_TO_LAST.get(len(shape)):
            return f"{x.producer.kind} before the convolution"
        x, channels_first = x.producer.input(0), True
    attributes = anchor.attributes
    axes = spatial_axes(
        shape[1:-1], weights.shape[2:], attributes["strides"], attributes["dilations"], attributes["pads"]
    )
    problem = ConvProblem(shape[0], axes, shape[-1], weights.shape[0], attributes["group"], channels_first)
    if problem.is_depthwise and channels_first:
        return "a depthwise convolution that reads channels first"
    return _Product(problem, x, weights, None if bias is None else bias.constant)


def _transposed_conv(block: Block, anchor: Node) -> _Product | str:
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
    if any(not value.is_constant or value.type.elements > 1 for value in _operands(block, anchor)):
        return "a tensor operand behind a transposed convolution"
    filters, rank = weights.shape[1], len(kernel)
    columns = filters * prod(kernel)
    rows = weights.transpose(*range(2, rank + 2), 1, 0).reshape(columns, weights.shape[0])
    shape = x.type.shape
    factors = (*((extent,) for extent in shape[:-1]), (*kernel, filters))
    interleaved = [axis for i in range(rank) for axis in (1 + i, 1 + rank + i)]
    layout = Layout(factors, (0, *interleaved, 2 * rank + 1), anchor.output.type.shape)
    repeated = None if bias is None or bias.constant is None else np.tile(bias.constant, prod(kernel))
    return _Product(matmul_problem(shape[:-1], shape[-1], columns), x, rows, repeated, layout=layout)


def _matmul(anchor: Node) -> _Product | _ActivationProduct | str:
    a, b = anchor.input(0), anchor.input(1)
    if a.is_constant or not 2 <= a.type.rank <= 4 or b.type.rank < 2:
        return "no product of an activation with a matrix"
    problem = matmul_problem(a.type.shape[:-1], a.type.shape[-1], b.type.shape[-1])
    if b.constant is not None and b.type.rank == 2:
        return _Product(problem, a, b.constant.T, None)
    if b.type.rank > a.type.rank or not _broadcasts(b.type.shape[:-2], a.type.shape[:-2]):
        return "the first factor is broadcast"
    return _ActivationProduct(problem, a, b)


def _broadcasts(leading: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    """Whether leading dimensions broadcast to those of the first factor."""
    aligned = (1,) * (len(whole) - len(leading)) + leading
    return all(mine in (1, other) for mine, other in zip(aligned, whole, strict=True))


def _gemm(anchor: Node) -> _Product | str:
    a, weights, addend = anchor.input(0), anchor.input(1).constant, anchor.inputs[2]
    if weights is None or a.is_constant or anchor.attributes["transA"]:
        return "no product of an activation with a weight matrix"
    if addend is not None and (addend.constant is None or addend.type.elements not in (1, anchor.output.type.shape[1])):
        return "the addend is no vector of constants"
    transposed = weights if anchor.attributes["transB"] else weights.T
    alpha, beta = np.float32(anchor.attributes["alpha"]), np.float32(anchor.attributes["beta"])
    bias = None
    if addend is not None and addend.constant is not None:
        row = np.broadcast_to(addend.constant.reshape(-1), anchor.output.type.shape[1:])
        bias = np.ascontiguousarray(row if beta == 1 else row * beta)
    problem = matmul_problem(a.type.shape[:-1], a.type.shape[-1], transposed.shape[0])
    return _Product(problem, a, transposed, bias, alpha)


def _after(block: Block, anchor: Node) -> list[Node]:
    return block.nodes[block.nodes.index(anchor) + 1 :]


def _operands(block: Block, anchor: Node) -> list[Value]:
    """Tensors and constants that the operators behind the anchor read from outside."""
    nodes = _after(block, anchor)
    inside = {anchor, *nodes}
    return list(dict.fromkeys(value for node in nodes for value in node.operands if value.producer not in inside))


def _is_view(node: Node) -> bool:
    return node.kind in REORGANIZE or node.kind == "transpose"


def _view_chain(block: Block, anchor: Node, value: Value) -> tuple[Value, list[Node]]:
    """The computed value behind a result, and the reshapes and transposes that lead from it to the result."""
    behind = set(_after(block, anchor))
    chain: list[Node] = []
    while value.producer is not None and value.producer in behind and _is_view(value.producer):
        chain.insert(0, value.producer)
        value = value.producer.input(0)
    return value, chain


def _epilogue_problem(block: Block, anchor: Node, outputs: Sequence[Value]) -> str | None:
    position = block.nodes.index(anchor)
    if position > 1 or (position == 1 and block.nodes[0] is not anchor.input(0).producer):
        return f"{block.nodes[0].kind} before the {anchor.kind}"
    if position == 1 and anchor.kind != "conv":
        return f"{block.nodes[0].kind} before the {anchor.kind}"
    shape = anchor.output.type.shape
    for node in _after(block, anchor):
        if _is_view(node):
            if any(user in block.nodes and not _is_view(user) for user in node.output.users):
                return f"{node.kind} between the {anchor.kind} and an element-wise operator"
        elif not one_to_one.has_body(node):
            return f"{node.kind} behind the {anchor.kind}"
        elif node.output.type.shape != shape:
            return f"{node.kind} changes the shape"
    for value in outputs:
        base, chain = _view_chain(block, anchor, value)
        if value.type.dtype != "f32":
            return f"a result of {value.type.dtype}"
        if base.type.shape != shape or store_layout(shape, chain) is None:
            return "a result of another shape"
    if anchor.kind == "conv_transpose" and any(_is_view(node) for node in _after(block, anchor)):
        return "a view behind the transposed convolution"
    return None


def _layouts(block: Block, outputs: Sequence[Value]) -> tuple[Layout, ...]:
    """How each result is stored; empty when all are stored as computed."""
    anchor = _anchor_of(block)
    chains = [_view_chain(block, anchor, value)[1] for value in outputs]
    if not any(chains):
        return ()
    layouts = [store_layout(anchor.output.type.shape, chain) for chain in chains]
    return tuple(layout for layout in layouts if layout is not None)


def _anchor_of(block: Block) -> Node:
    if block.anchor is None:
        raise ValueError(f"block {block.name} has no anchor")
    return block.anchor


def _epilogue(block: Block, outputs: Sequence[Value], lowering: ModuleLowering) -> ElementWise:
    anchor = _anchor_of(block)
    nodes = [node for node in _after(block, anchor) if not _is_view(node)]
    results = [_view_chain(block, anchor, value)[0] for value in outputs]
    scalars: dict[Value, float | int | bool] = {}
    operands: list[Value] = []
    for value in _operands(block, anchor):
        number = None if value.constant is None else splat_value(value.constant)
        if number is not None:
            scalars[value] = number
        else:
            operands.append(value)
    rank = anchor.output.type.rank

    def body(values: list[ir.Value]) -> Sequence[ir.Value]:
        known = dict(zip([anchor.output, *operands], values, strict=True))
        for node in nodes:
            arguments: list[ir.Value | None] = []
            for value in node.inputs:
                if value is not None and value in scalars:
                    arguments.append(_splat(values[0], value, scalars[value]))
                else:
                    arguments.append(None if value is None else known[value])
            known[node.output] = one_to_one.apply(node, arguments)
        return [known[value] for value in results]

    return ElementWise(
        body,
        tuple(Operand(lowering.shaped(value), _followed(value, rank)) for value in operands),
        len(outputs),
    )


def _followed(value: Value, rank: int) -> tuple[int | None, ...]:
    """The dimensions of the kernel's output that a broadcast operand follows."""
    offset = rank - value.type.rank
    return tuple(None if extent == 1 else offset + i for i, extent in enumerate(value.type.shape))


def _splat(like: ir.Value, value: Value, number: float | int | bool) -> ir.Value:
    """A constant of the scalar's own element type, of the shape of ``like``."""
    element = element_type(value.type.dtype)
    if isinstance(like.type, ir.VectorType):
        return constant(ir.VectorType.get(list(like.type.shape), element), number)
    return constant(element, number)


