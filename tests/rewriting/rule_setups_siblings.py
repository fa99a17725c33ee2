"""What the variables stand for in rules of pools and of linear operators beside each other."""

from rule_instances import Bindings, Drawing, setup

from dnnf_mlir.dialect_defs.many_to_many.convolution import Conv
from dnnf_mlir.dialect_defs.many_to_many.matrix import Gemm
from dnnf_mlir.dialect_defs.many_to_many.pooling import AveragePool, GlobalAveragePool, GlobalMaxPool, MaxPool
from dnnf_mlir.dialect_defs.many_to_many.reduction import ReduceMean, ReduceSum
from dnnf_mlir.graph.ecg import Node, Value


def _size(drawing: Drawing, low: int = 1, high: int = 5) -> int:
    return int(drawing.generator.integers(low, high))


def _layout(drawing: Drawing) -> str:
    return "channels_first" if drawing.generator.integers(2) else "channels_last"


def _image(drawing: Drawing, layout: str, channels: int, spatial: tuple[int, ...]) -> Value:
    batch = _size(drawing, 1, 3)
    shape = (batch, channels, *spatial) if layout == "channels_first" else (batch, *spatial, channels)
    return drawing.tensor(shape, "x")


def _pool(drawing: Drawing, op: type, layout: str, kernel: tuple[int, ...], pads: tuple[int, ...]) -> Node:
    rank = len(kernel)
    attributes = {
        "layout": layout,
        "kernel_shape": kernel,
        "strides": (1,) * rank,
        "pads": pads,
        "dilations": (1,) * rank,
    }
    if op is AveragePool:
        attributes["count_include_pad"] = _size(drawing, 0, 2)
    return drawing.node(op, **attributes)


def _spatial(drawing: Drawing, low: int = 1) -> tuple[int, ...]:
    return tuple(_size(drawing, low) for _ in range(_size(drawing, 1, 4)))


def _window(drawing: Drawing) -> type:
    """Integers have a maximum only."""
    return AveragePool if drawing.dtype in ("f32", "f64") and drawing.generator.integers(2) else MaxPool


@setup("pool_of_one")
def _one(drawing: Drawing) -> Bindings:
    layout, spatial = _layout(drawing), _spatial(drawing)
    rank = len(spatial)
    node = _pool(drawing, _window(drawing), layout, (1,) * rank, (0,) * (2 * rank))
    return {"x": _image(drawing, layout, 2, spatial), "f": node}


@setup("pool_of_one_position")
def _position(drawing: Drawing) -> Bindings:
    layout, rank = _layout(drawing), _size(drawing, 1, 4)
    margin = tuple(_size(drawing, 0, 2) for _ in range(rank))
    node = _pool(drawing, _window(drawing), layout, tuple(2 * m + 1 for m in margin), margin * 2)
    return {"x": _image(drawing, layout, 2, (1,) * rank), "f": node}


@setup("global_pool_of_one_position")
def _global_position(drawing: Drawing) -> Bindings:
    layout = _layout(drawing)
    node = drawing.node(GlobalAveragePool if _window(drawing) is AveragePool else GlobalMaxPool, layout=layout)
    return {"x": _image(drawing, layout, 2, (1,) * _size(drawing, 1, 4)), "f": node}


@setup("reduction_of_one")
def _reduced_ones(drawing: Drawing) -> Bindings:
    axes = tuple(axis for axis in range(3) if drawing.generator.integers(2))
    return {"x": drawing.tensor(tuple(1 if axis in axes else 2 for axis in range(3)), "x"), "axes": axes}


@setup("average_of_everything", "largest_of_everything")
def _everything(drawing: Drawing) -> Bindings:
    layout, spatial = _layout(drawing), _spatial(drawing)
    op = AveragePool if drawing.rule.name.startswith("average") else MaxPool
    return {
        "x": _image(drawing, layout, 2, spatial),
        "f": _pool(drawing, op, layout, spatial, (0,) * (2 * len(spatial))),
    }


def _outer(drawing: Drawing, layout: str, rank: int) -> tuple[int, ...]:
    """Padding of spatial dimensions."""
    pads = [0] * (2 * (rank + 2))
    first = 2 if layout == "channels_first" else 1
    for axis in range(first, first + rank):
        pads[axis], pads[rank + 2 + axis] = _size(drawing, 0, 3), _size(drawing, 0, 3)
    return tuple(pads)


@setup("pad_before_average", "pad_before_largest")
def _padded_pool(drawing: Drawing) -> Bindings:
    layout, spatial = _layout(drawing), _spatial(drawing, 2)
    rank, average = len(spatial), "average" in drawing.rule.name
    own = tuple(_size(drawing, 0, 2) for _ in range(2 * rank))
    node = _pool(drawing, AveragePool if average else MaxPool, layout, (2,) * rank, own)
    return {"x": _image(drawing, layout, 2, spatial), "f": node, "outer": _outer(drawing, layout, rank)}


def _convolution(drawing: Drawing, layout: str, rank: int, **attributes: object) -> Node:
    plain = {"strides": (1,) * rank, "pads": (0,) * (2 * rank), "dilations": (1,) * rank, "group": 1}
    return drawing.node(Conv, layout=layout, **{**plain, **attributes})


def _bias(drawing: Drawing, channels: int) -> Value | None:
    return drawing.constant((channels,)) if drawing.generator.integers(2) else None


@setup("pad_before_convolution")
def _padded_convolution(drawing: Drawing) -> Bindings:
    layout, spatial = _layout(drawing), _spatial(drawing, 2)
    rank = len(spatial)
    own = tuple(_size(drawing, 0, 2) for _ in range(2 * rank))
    return {
        "x": _image(drawing, layout, 2, spatial),
        "w": drawing.constant((3, 2, *[2] * rank)),
        "b": _bias(drawing, 3),
        "f": _convolution(drawing, layout, rank, pads=own),
        "outer": _outer(drawing, layout, rank),
    }


@setup("mean_of_pointwise", "reduced_mean_of_pointwise")
def _pointwise(drawing: Drawing) -> Bindings:
    layout, spatial = _layout(drawing), _spatial(drawing)
    rank, group = len(spatial), _size(drawing, 1, 3)
    first = 2 if layout == "channels_first" else 1
    axes = tuple(axis for axis in range(first, first + rank) if drawing.generator.integers(2)) or (first,)
    return {
        "x": _image(drawing, layout, 2 * group, spatial),
        "w": drawing.constant((3 * group, 2, *[1] * rank)),
        "b": _bias(drawing, 3 * group),
        "f": _convolution(drawing, layout, rank, group=group),
        "axes": axes,
        "layout": layout,
    }


@setup("reduction_of_matmul", "mean_of_linear_layer")
def _rows(drawing: Drawing) -> Bindings:
    shape = tuple(_size(drawing) for _ in range(_size(drawing, 2, 5)))
    count = len(shape) - 1
    axes = tuple(axis for axis in range(count) if drawing.generator.integers(2)) or (count - 1,)
    keepdims = int(len(axes) == count or drawing.generator.integers(2))
    mean = "mean" in drawing.rule.name or drawing.generator.integers(2)
    return {
        "x": drawing.tensor(shape, "x"),
        "w": drawing.tensor((shape[-1], 3), "w"),
        "b": drawing.constant((3,)),
        "axes": axes,
        "e": drawing.node(ReduceMean if mean else ReduceSum, keepdims=keepdims),
    }


@setup("join_convolutions")
def _joined(drawing: Drawing) -> Bindings:
    layout, spatial = _layout(drawing), _spatial(drawing, 2)
    rank = len(spatial)
    features = [_size(drawing) for _ in range(_size(drawing, 2, 4))]
    return {
        "x": _image(drawing, layout, 2, spatial),
        "w": tuple(drawing.constant((count, 2, *[2] * rank)) for count in features),
        "b": tuple(_bias(drawing, count) for count in features),
        "f": _convolution(drawing, layout, rank),
        "axis": 1 if layout == "channels_first" else rank + 1,
    }


@setup("join_matmuls", "join_linear_layers", "join_gemms")
def _joined_matrices(drawing: Drawing) -> Bindings:
    rank = 2 if drawing.rule.name == "join_gemms" else _size(drawing, 2, 4)
    shape, transposed = tuple(_size(drawing) for _ in range(rank)), _size(drawing, 0, 2)
    columns = [_size(drawing) for _ in range(_size(drawing, 2, 4))]
    turned = transposed and drawing.rule.name == "join_gemms"
    biases = [drawing.constant((count,)) for count in columns]
    if drawing.rule.name == "join_gemms" and drawing.generator.integers(2):
        biases[0] = None  # type: ignore[call-overload]
    return {
        "x": drawing.tensor(shape, "x"),
        "w": tuple(drawing.constant((count, shape[-1]) if turned else (shape[-1], count)) for count in columns),
        "b": tuple(biases),
        "f": drawing.node(Gemm, alpha=0.5, beta=2.0, transA=0, transB=transposed),
        "axis": rank - 1,
    }


@setup("joined_with_constant")
def _constant_part(drawing: Drawing) -> Bindings:
    rows = tuple(_size(drawing) for _ in range(_size(drawing, 1, 3)))
    first, second = _size(drawing), _size(drawing)
    return {
        "c": drawing.constant((*rows, first)),
        "y": drawing.tensor((*rows, second), "y"),
        "w": drawing.constant((first + second, 3)),
        "axis": len(rows),
    }


@setup("sum_of_convolutions")
def _added(drawing: Drawing) -> Bindings:
    layout, spatial = _layout(drawing), _spatial(drawing, 2)
    rank, group = len(spatial), _size(drawing, 1, 3)
    strides = (_size(drawing, 1, 3),) * rank
    return {
        "x": _image(drawing, layout, 2 * group, spatial),
        "w": drawing.constant((group, 2, *[3] * rank)),
        "v": drawing.constant((group, 2, *[1] * rank)),
        "b": _bias(drawing, group),
        "c": _bias(drawing, group),
        "f": _convolution(drawing, layout, rank, group=group, strides=strides, pads=(1,) * (2 * rank)),
        "g": _convolution(drawing, layout, rank, group=group, strides=strides),
    }


@setup("convolution_of_pointwise", "pointwise_of_convolution")
def _two_convolutions(drawing: Drawing) -> Bindings:
    layout, spatial = _layout(drawing), tuple(size + 3 for size in _spatial(drawing)[:2])
    rank, channels, middle = len(spatial), _size(drawing, 1, 3), _size(drawing)
    pads = tuple(_size(drawing, 0, 2) for _ in range(2 * rank))
    strides = [tuple(_size(drawing, 1, 3) for _ in range(rank)) for _ in range(2)]
    one, other = _convolution(drawing, layout, rank), _convolution(drawing, layout, rank, pads=pads, strides=strides[0])
    small, large = [1] * rank, [2] * rank
    pointwise_first = drawing.rule.name == "convolution_of_pointwise"
    if not pointwise_first:
        one, other = other, _convolution(drawing, layout, rank, strides=strides[1])
    return {
        "x": _image(drawing, layout, channels, spatial),
        "v": drawing.constant((middle, channels, *(small if pointwise_first else large))),
        "c": None if pointwise_first and any(pads) else _bias(drawing, middle),
        "w": drawing.constant((2, middle, *(large if pointwise_first else small))),
        "b": _bias(drawing, 2),
        "f": one,
        "g": other,
    }


@setup("products_of_weights_and_bias")
def _layers(drawing: Drawing) -> Bindings:
    shape, columns = tuple(_size(drawing) for _ in range(_size(drawing, 2, 4))), _size(drawing)
    return {
        "x": drawing.tensor(shape, "x"),
        "v": drawing.constant((shape[-1], columns)),
        "c": drawing.constant((columns,)),
        "w": drawing.constant((columns, 3)),
    }


@setup("gemm_of_gemm")
def _gemms(drawing: Drawing) -> Bindings:
    rows, inner, middle, columns = (_size(drawing) for _ in range(4))
    a, b, c = (int(number) for number in drawing.generator.integers(0, 2, 3))
    return {
        "x": drawing.tensor((inner, rows) if a else (rows, inner), "x"),
        "v": drawing.constant((middle, inner) if b else (inner, middle)),
        "w": drawing.constant((columns, middle) if c else (middle, columns)),
        "c": _bias(drawing, middle),
        "b": _bias(drawing, columns),
        "f": drawing.node(Gemm, alpha=0.5, beta=2.0, transA=a, transB=b),
        "g": drawing.node(Gemm, alpha=3.0, beta=0.25, transA=0, transB=c),
        "result": drawing.tensor((rows, columns)).type,
    }
