"""What the variables stand for in rules whose operands have to fit each other in a way of their own."""

import math

import numpy as np
from rule_instances import Bindings, Drawing, setup

from dnnf_mlir.dialect_defs.many_to_many.convolution import Conv, ConvTranspose
from dnnf_mlir.dialect_defs.many_to_many.matrix import Gemm, MatMul
from dnnf_mlir.dialect_defs.one_to_one.normalization import BatchNormalization
from dnnf_mlir.dialect_defs.one_to_one.selection import Where
from dnnf_mlir.dialect_defs.reorganize import Reshape, Squeeze
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.tensor_type import NUMPY_DTYPES, TensorType


def _size(drawing: Drawing, low: int = 1, high: int = 5) -> int:
    return int(drawing.generator.integers(low, high))


def _scalar(drawing: Drawing, number: float) -> Value:
    array = np.array(number, NUMPY_DTYPES[drawing.dtype])
    return Value(TensorType.of(array), constant=array)


@setup("hard_sigmoid")
def _hard_sigmoid(drawing: Drawing) -> Bindings:
    top = float(drawing.generator.uniform(0.5, 7))
    return {"top": top, "c": _scalar(drawing, 1 / top)}


@setup("hard_swish_by_hard_sigmoid")
def _hard_swish(drawing: Drawing) -> Bindings:
    return {"alpha": 1 / 6, "beta": 0.5}


@setup("leaky_relu")
def _slope(drawing: Drawing) -> Bindings:
    return {"c": _scalar(drawing, drawing.generator.uniform(0, 1))}


@setup("clip", "clip_outside")
def _bounds(drawing: Drawing) -> Bindings:
    low, high = sorted(drawing.generator.normal(size=2))
    return {"low": _scalar(drawing, low), "high": _scalar(drawing, high)}


@setup("clip_twice", "clip_relu", "relu_of_clip")
def _intervals(drawing: Drawing) -> Bindings:
    numbers = np.sort(np.abs(drawing.generator.normal(size=4)))
    return dict(
        zip("acbd", map(float, numbers - (numbers[0] if drawing.rule.name == "clip_twice" else 0)), strict=True)
    )


@setup("where_same", "where_not", "where_of_sums", "where_of_products")
def _where(drawing: Drawing) -> Bindings:
    condition = drawing.tensor(drawing.shapes[0], "condition", "i1")
    return {"m" if "of" in drawing.rule.name else "c": condition}


@setup("mean_of_sum", "sum_of_mean")
def _counted(drawing: Drawing) -> Bindings:
    rank = len(drawing.shape)
    axes = tuple(range(_size(drawing, 0, rank + 1), rank))
    count = math.prod(drawing.shape[axis] for axis in axes)
    number = count if drawing.rule.name == "sum_of_mean" else 1 / max(count, 1)
    return {"axes": axes, "c": _scalar(drawing, number), "result": None}


@setup("sum_of_scaled_rows")
def _rows(drawing: Drawing) -> Bindings:
    shape = drawing.shape
    axes = tuple(axis for axis in range(len(shape)) if drawing.generator.integers(2))
    y = tuple(1 if axis in axes else size for axis, size in enumerate(shape))
    return {"axes": axes, "x": drawing.tensor(shape, "x"), "y": drawing.tensor(y, "y")}


@setup(
    "softmax",
    "softmax_of_shifted",
    "softmax_without_maximum",
    "log_softmax_by_sum",
    "log_softmax_by_log_sum_exp",
    "log_softmax",
)
def _one_axis(drawing: Drawing) -> Bindings:
    shape = drawing.shape or (3,)
    axis = _size(drawing, 0, len(shape))
    return {"x": drawing.tensor(shape, "x"), "axes": (axis,), "axis": axis, "keepdims": 1}


def _masked(drawing: Drawing, shape: tuple[int, ...], otherwise: Value, name: str) -> Value:
    """A tensor that is -infinity at drawn places, in whole rows too."""
    chosen = drawing.tensor(shape, f"{name} is kept", "i1")
    result = Value(TensorType(shape, drawing.dtype), name)
    Node(Where, [chosen, otherwise, _scalar(drawing, -math.inf)], [result], {}, f"mask_{name}")
    return result


@setup("safe_softmax")
def _masked_rows(drawing: Drawing) -> Bindings:
    shape = drawing.shape or (3,)
    x = _masked(drawing, shape, drawing.tensor(shape, "numbers"), "x")
    return {"x": x, "axis": _size(drawing, 0, len(shape))}


@setup("safe_softmax_by_mask")
def _mask(drawing: Drawing) -> Bindings:
    shape = drawing.shape or (3,)
    rank = _size(drawing, 1, len(shape) + 1)
    narrow = tuple(1 if drawing.generator.integers(2) else size for size in shape[-rank:-1])
    mask = _masked(drawing, (*narrow, shape[-1]), _scalar(drawing, 0), "mask")
    return {"x": drawing.tensor(shape, "x"), "mask": mask, "axes": (rank - 1,), "axis": len(shape) - 1, "keepdims": 1}


@setup("where_true", "where_false")
def _known_condition(drawing: Drawing) -> Bindings:
    known = np.array(drawing.rule.name == "where_true")
    return {"c": Value(TensorType.of(known), constant=known)}


@setup("global_average_pool")
def _image(drawing: Drawing) -> Bindings:
    shape = tuple(_size(drawing) for _ in range(_size(drawing, 4, 6)))
    return {"x": drawing.tensor(shape, "x"), "axes": tuple(range(2, len(shape))), "result": None}


@setup("softplus_by_where")
def _large(drawing: Drawing) -> Bindings:
    x = drawing.tensor(drawing.shape, "x")
    return {"x": x, "c": _scalar(drawing, 40)}


@setup("softmax_of_rows")
def _rows_of_softmax(drawing: Drawing) -> Bindings:
    shape = tuple(_size(drawing) for _ in range(_size(drawing, 1, 4)))
    inner = (math.prod(shape[:-1]), shape[-1])
    return {
        "x": drawing.tensor(shape, "x"),
        "axis": 1,
        "r": drawing.node(Reshape),
        "s": drawing.node(Squeeze),
        "shape_of_Squeeze": inner,
        "result": TensorType(shape, drawing.dtype),
    }


@setup("softmax_of_transposed")
def _softmax_between_transposes(drawing: Drawing) -> Bindings:
    shape = drawing.shape or (3,)
    p = tuple(int(axis) for axis in drawing.generator.permutation(len(shape)))
    q = tuple(p.index(axis) for axis in range(len(shape)))
    return {"x": drawing.tensor(shape, "x"), "p": p, "q": q, "axis": _size(drawing, 0, len(shape))}


@setup("gather_everything")
def _all_positions(drawing: Drawing) -> Bindings:
    shape = drawing.shape or (3,)
    axis = _size(drawing, 0, len(shape))
    indices = np.arange(shape[axis]).reshape((1, -1) if drawing.generator.integers(2) else -1)
    return {
        "x": drawing.tensor(shape, "x"),
        "indices": Value(TensorType.of(indices), constant=indices),
        "axis": axis,
        "result": TensorType((*shape[:axis], *indices.shape, *shape[axis + 1 :]), drawing.dtype),
    }


@setup("where_before_expand")
def _expanded_condition(drawing: Drawing) -> Bindings:
    narrow = tuple(1 for _ in drawing.shape)
    numbers = {name: drawing.constant(()) for name in "ab"}
    return {"c": drawing.tensor(narrow, "c", "i1"), **numbers, "shape_of_Expand": drawing.shape}


@setup("layer_normalization", "layer_normalization_by_moments", "layer_normalization_by_clamped_moments")
def _statistics(drawing: Drawing) -> Bindings:
    shape = drawing.shape or (3,)
    drawing.wide = False
    return {"x": drawing.tensor(shape, "x"), "epsilon": _scalar(drawing, 0.1), "keepdims": 1}


@setup("scale_into_normalization", "bias_into_normalization")
def _parameters(drawing: Drawing) -> Bindings:
    shape = tuple(_size(drawing) for _ in range(_size(drawing, 1, 4)))
    axis = _size(drawing, 0, len(shape))
    bias = drawing.constant(shape[axis:]) if drawing.generator.integers(2) else None
    return {
        "x": drawing.tensor(shape, "x"),
        "g": drawing.constant(shape[axis:]),
        "s": drawing.constant(shape[axis:]),
        "b": drawing.constant(shape[-1:] if axis < len(shape) else ()),
        "c": bias,
        "axis": axis,
        "epsilon": 0.1,
    }


@setup("scale_into_transposed_normalization", "bias_into_transposed_normalization")
def _transposed_parameters(drawing: Drawing) -> Bindings:
    bindings = _parameters(drawing)
    shape, axis = bindings["x"].type.shape, bindings["axis"]
    perm = tuple(int(place) for place in drawing.generator.permutation(len(shape)))
    spread = tuple(shape[place] if place >= axis else 1 for place in perm)
    return {**bindings, "perm": perm, "s": drawing.constant(spread), "b": drawing.constant(spread)}


def _convolution(drawing: Drawing, *, transposed: bool) -> Bindings:
    rank, group = _size(drawing, 1, 3), _size(drawing, 1, 3)
    inner, outer, batch = _size(drawing, 1, 3), _size(drawing, 1, 4), _size(drawing, 1, 3)
    channels, features = group * inner, group * outer
    kernel = tuple(_size(drawing, 1, 4) for _ in range(rank))
    first = bool(drawing.generator.integers(2))
    image = tuple(size + _size(drawing, 1, 4) for size in kernel)
    attributes = {
        "layout": "channels_first" if first else "channels_last",
        "strides": tuple(_size(drawing, 1, 3) for _ in range(rank)),
        "pads": tuple(0 if transposed else _size(drawing, 0, 2) for _ in range(2 * rank)),
        "dilations": (1,) * rank,
        "group": group,
    }
    if transposed:
        attributes["output_padding"] = (0,) * rank
    weights = (channels, outer, *kernel) if transposed else (features, inner, *kernel)
    spread = (features, *[1] * rank) if first else (features,)
    return {
        "x": drawing.tensor((batch, channels, *image) if first else (batch, *image, channels), "x"),
        "w": drawing.constant(weights),
        "b": drawing.constant((features,)) if drawing.generator.integers(2) else None,
        "s": drawing.constant(spread),
        "f": drawing.node(ConvTranspose if transposed else Conv, **attributes),
    }


@setup("scale_into_convolution", "bias_into_convolution")
def _conv(drawing: Drawing) -> Bindings:
    return _convolution(drawing, transposed=False)


@setup("scale_into_transposed_convolution", "bias_into_transposed_convolution")
def _conv_transpose(drawing: Drawing) -> Bindings:
    return _convolution(drawing, transposed=True)


@setup("scale_into_gemm", "bias_into_gemm")
def _gemm(drawing: Drawing) -> Bindings:
    rows, inner, columns = (_size(drawing, 0), _size(drawing), _size(drawing))
    a, b = (int(number) for number in drawing.generator.integers(0, 2, 2))
    node = drawing.node(Gemm, alpha=0.5, beta=2.0, transA=a, transB=b)
    return {
        "x": drawing.tensor((inner, rows) if a else (rows, inner), "x"),
        "w": drawing.constant((columns, inner) if b else (inner, columns)),
        "b": drawing.constant((columns,)) if drawing.generator.integers(2) else None,
        "s": drawing.constant((columns,)),
        "f": node,
    }


def _matrices(drawing: Drawing) -> Bindings:
    batch = tuple(_size(drawing, 0, 3) for _ in range(_size(drawing, 0, 3)))
    rows, inner, columns = _size(drawing, 0), _size(drawing), _size(drawing, 2)
    return {
        "x": drawing.tensor((*batch, rows, inner), "x"),
        "w": drawing.constant((inner, columns)),
        "b": drawing.constant((columns,)),
        "s": drawing.constant((columns,)),
        "f": drawing.node(MatMul),
        "axis": len(batch) + 1,
    }


@setup("scale_into_matmul", "scale_into_linear_layer")
def _linear(drawing: Drawing) -> Bindings:
    return _matrices(drawing)


@setup("scale_of_scores_into_linear_layer", "scale_of_scores_into_matmul")
def _scores(drawing: Drawing) -> Bindings:
    found = _matrices(drawing)
    k = drawing.tensor((found["w"].type.shape[1], 3), "k")
    return {**found, "k": k, "s": drawing.constant(())}


@setup("scaled_operand_of_matmul")
def _scaled_rows(drawing: Drawing) -> Bindings:
    found = _matrices(drawing)
    return {**found, "s": drawing.constant((found["w"].type.shape[0],))}


@setup("products_of_weights")
def _two_weights(drawing: Drawing) -> Bindings:
    found = _matrices(drawing)
    inner, columns = found["w"].type.shape
    return {"x": found["x"], "v": drawing.constant((inner, columns)), "w": drawing.constant((columns, 3))}


@setup("split_matmul", "split_linear_layer")
def _split(drawing: Drawing) -> Bindings:
    found = _matrices(drawing)
    x, columns = found["x"].type.shape, found["w"].type.shape[1]
    sizes = [1, columns - 1]
    return {**found, "parts": [TensorType((*x[:-1], size), drawing.dtype) for size in sizes]}


@setup("split_into_one")
def _split_whole(drawing: Drawing) -> Bindings:
    shape = drawing.shape or (2,)
    return {"x": drawing.tensor(shape, "x"), "axis": 0, "parts": [TensorType(shape, drawing.dtype)]}


@setup("batch_normalization")
def _batch(drawing: Drawing) -> Bindings:
    shape = tuple(_size(drawing) for _ in range(_size(drawing, 2, 5)))
    channels = (shape[1],)
    found: Bindings = {name: drawing.constant(channels) for name in ("scale", "bias", "mean")}
    variance = drawing.constant(channels, positive=True)
    node = drawing.node(BatchNormalization, epsilon=1e-3, layout="channels_first")
    return {
        **found,
        "x": drawing.tensor(shape, "x"),
        "variance": variance,
        "f": node,
        "result": TensorType(shape, drawing.dtype),
    }


@setup("shared_left_matrix", "shared_right_matrix")
def _shared(drawing: Drawing) -> Bindings:
    rows, inner, columns = _size(drawing, 0), _size(drawing), _size(drawing)
    left, right = drawing.tensor((rows, inner)), drawing.tensor((inner, columns))
    if "left" in drawing.rule.name:
        return {"a": left, "b": right, "c": drawing.tensor((inner, columns))}
    return {"a": left, "b": drawing.tensor((rows, inner)), "c": right}


def _reshaped(drawing: Drawing, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Another shape of as many elements."""
    flat = math.prod(shape)
    return [(flat,), (1, flat), (flat, 1), (1, *shape), (*shape[::-1],)][_size(drawing, 0, 5)]


@setup("reshape_twice", "reshape_around_unary", "reshape_around_binary", "reshape_to_same")
def _reshapes(drawing: Drawing) -> Bindings:
    shape = drawing.shape
    result = shape if drawing.rule.name == "reshape_to_same" else _reshaped(drawing, shape)
    return {
        "x": drawing.tensor(shape, "x"),
        "c": drawing.constant(()),
        "r": drawing.node(Reshape),
        "s": drawing.node(Squeeze),
        "shape_of_Squeeze": _reshaped(drawing, shape),
        "result": TensorType(result, drawing.dtype),
    }


@setup("reshape_around_sum", "reshape_around_product")
def _reshape_and_back(drawing: Drawing) -> Bindings:
    found = _reshapes(drawing)
    inner = found["shape_of_Squeeze"]
    return {**found, "y": drawing.tensor(inner, "y"), "result": found["x"].type}


@setup("reshape_both")
def _two_reshapes(drawing: Drawing) -> Bindings:
    found = _reshapes(drawing)
    shape = _reshaped(drawing, drawing.shape)
    return {**found, "y": drawing.tensor(drawing.shape, "y"), "shape_of_Squeeze": shape, "shape_of_Reshape": shape}


@setup("transpose_around_reshape")
def _transposes(drawing: Drawing) -> Bindings:
    shape = drawing.shape
    p = tuple(int(axis) for axis in drawing.generator.permutation(len(shape)))
    place = _size(drawing, 0, len(shape) + 1)
    moved = [shape[axis] for axis in p]
    q = tuple(int(axis) for axis in drawing.generator.permutation(len(shape) + 1))
    widened = (*moved[:place], 1, *moved[place:])
    return {"x": drawing.tensor(shape, "x"), "p": p, "q": q, "r": drawing.node(Reshape), "shape_of_Reshape": widened}


@setup("transpose_of_ones")
def _ones(drawing: Drawing) -> Bindings:
    shape = (1, 3, 1, 2)
    perm = [(1, 0, 3, 2), (1, 3, 0, 2), (0, 2, 1, 3), (2, 1, 0, 3)][_size(drawing, 0, 4)]
    return {"x": drawing.tensor(shape, "x"), "perm": perm}


@setup("transpose_both")
def _two_transposes(drawing: Drawing) -> Bindings:
    return {"x": drawing.tensor(drawing.shape, "x"), "y": drawing.tensor(drawing.shape, "y")}


@setup("transpose_twice", "transpose_around_unary", "transpose_around_binary")
def _permuted(drawing: Drawing) -> Bindings:
    return {"x": drawing.tensor(drawing.shape, "x"), "c": drawing.constant(())}


@setup("slice_everything")
def _everything(drawing: Drawing) -> Bindings:
    return {"x": drawing.tensor(drawing.shape, "x"), "shape_of_Slice": drawing.shape}


@setup("slice_twice")
def _slices(drawing: Drawing) -> Bindings:
    rank = _size(drawing, 1, 4)
    a, b, c, d = ([_size(drawing, 0, 2) for _ in range(rank)] for _ in range(4))
    b, d = ([step + 1 for step in steps] for steps in (b, d))
    counts = [_size(drawing, 1, 3) for _ in range(rank)]
    # Both slices have the same class: the inner one takes all that the outer one may read.
    inner = [start + (count - 1) * step + 1 for start, count, step in zip(c, counts, d, strict=True)]
    shape = tuple(start + (count - 1) * step + 1 for start, count, step in zip(a, inner, b, strict=True))
    return {
        "x": drawing.tensor(shape, "x"),
        **{name: tuple(values) for name, values in zip("abcd", (a, b, c, d), strict=True)},
        "shape_of_Slice": [tuple(inner), tuple(counts)],
    }


@setup("pad_nothing")
def _unpadded(drawing: Drawing) -> Bindings:
    shape = drawing.shape or (2,)
    pads = (0,) * (2 * len(shape))
    return {"x": drawing.tensor(shape, "x"), "pads": pads, "value": 0.0, "mode": "constant"}


@setup("pad_twice")
def _pads(drawing: Drawing) -> Bindings:
    shape = drawing.shape or (2,)
    p, q = (tuple(_size(drawing, 0, 3) for _ in range(2 * len(shape))) for _ in range(2))
    return {"x": drawing.tensor(shape, "x"), "p": p, "q": q, "value": 0.0, "mode": "constant"}


@setup("expand_twice")
def _expansions(drawing: Drawing) -> Bindings:
    shape = drawing.shape
    narrow = tuple(1 for _ in shape)
    return {
        "x": drawing.tensor(narrow, "x"),
        "shape_of_Expand": [shape, (2, *shape)],
        "result": TensorType((2, *shape), drawing.dtype),
    }


@setup("expand_before_binary", "unary_before_expand", "expand_to_same")
def _expansion(drawing: Drawing) -> Bindings:
    shape = drawing.shape
    narrow = shape if drawing.rule.name == "expand_to_same" else tuple(1 for _ in shape)
    return {"x": drawing.tensor(narrow, "x"), "y": drawing.tensor(shape, "y"), "shape_of_Expand": shape}


@setup("gemm_of_rows", "gemm_of_rows_without_bias")
def _rows_of_gemm(drawing: Drawing) -> Bindings:
    batch = tuple(_size(drawing, 1, 4) for _ in range(_size(drawing, 1, 3)))
    inner, columns, transposed = _size(drawing), _size(drawing), _size(drawing, 0, 2)
    return {
        "x": drawing.tensor((*batch, inner), "x"),
        "w": drawing.constant((columns, inner) if transposed else (inner, columns)),
        "c": drawing.constant((columns,)),
        "transposed": transposed,
        "r": drawing.node(Reshape),
        "s": drawing.node(Squeeze),
        "shape_of_Squeeze": (math.prod(batch), inner),
        "result": TensorType((*batch, columns), drawing.dtype),
    }


@setup("softsign", "reduce_log_sum_exp")
def _no_scalar(drawing: Drawing) -> Bindings:
    """onnx.reference does not take scalars here."""
    return {"x": drawing.tensor(drawing.shape or (2,), "x")}


@setup("narrow_factors", "narrow_terms")
def _narrow(drawing: Drawing) -> Bindings:
    shape = (_size(drawing, 2), _size(drawing, 2))
    return {"a": drawing.tensor((shape[0], 1), "a"), "b": drawing.tensor((1, 1), "b"), "c": drawing.tensor(shape, "c")}
