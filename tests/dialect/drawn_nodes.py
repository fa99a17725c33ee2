"""Drawn ONNX nodes of the families whose shapes follow a formula."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from dnnf_mlir.dialect_defs.dialect import OnnxNode
from dnnf_mlir.graph.tensor_type import TensorType

OPSET = 22
"""One that ONNX Runtime implements for all operators here; their meaning has not changed since."""


@dataclass
class DrawnNode:
    """A node, its operands (data) and its constant inputs, by position; None for an absent input."""

    op_type: str
    inputs: list[np.ndarray | None]
    constants: frozenset[int] = frozenset()
    attributes: dict[str, Any] = field(default_factory=dict)
    outputs: int = 1

    def model(self) -> onnx.ModelProto:
        """A model of the node alone, with the result types of onnx's shape inference."""
        names = ["" if array is None else f"x{i}" for i, array in enumerate(self.inputs)]
        results = [f"y{i}" for i in range(self.outputs)]
        given = [(name, array) for name, array in zip(names, self.inputs, strict=True) if array is not None]
        graph = helper.make_graph(
            [helper.make_node(self.op_type, names, results, **self.attributes)],
            "drawn",
            [
                helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
                for i, (name, array) in enumerate(given)
                if int(name[1:]) not in self.constants
            ],
            [helper.make_tensor_value_info(name, TensorProto.UNDEFINED, None) for name in results],
            [numpy_helper.from_array(array, name) for name, array in given if int(name[1:]) in self.constants],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)
        return onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)

    def described(self) -> OnnxNode:
        """As the importer describes it, with the result types of onnx's own shape inference."""
        return OnnxNode(
            self.op_type,
            "drawn",
            tuple("" if array is None else f"x{i}" for i, array in enumerate(self.inputs)),
            tuple(None if array is None else TensorType.of(array) for array in self.inputs),
            tuple(_type(value) for value in self.model().graph.output),
            self.attributes,
            {i: array for i, array in enumerate(self.inputs) if i in self.constants and array is not None},
        )


def _type(value: onnx.ValueInfoProto) -> TensorType:
    tensor = value.type.tensor_type
    dtype = helper.tensor_dtype_to_np_dtype(tensor.elem_type)
    return TensorType.of(np.empty([dim.dim_value for dim in tensor.shape.dim], dtype))


def floats(draw: st.DrawFn, shape: tuple[int, ...]) -> np.ndarray:
    """Values that differ everywhere, so that a wrong index shows."""
    generator = np.random.default_rng(draw(st.integers(0, 1000)))
    return generator.standard_normal(shape).astype(np.float32)


def shapes(minimum: int = 1, maximum: int = 4) -> st.SearchStrategy[tuple[int, ...]]:
    return st.lists(st.integers(1, 5), min_size=minimum, max_size=maximum).map(tuple)


def axes_of(rank: int) -> st.SearchStrategy[int]:
    return st.integers(-rank, rank - 1)


@st.composite
def convolutions(draw: st.DrawFn) -> DrawnNode:
    rank, group = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    kernel = draw(_per_dimension(rank, 1, 3))
    dilations = draw(_per_dimension(rank, 1, 2))
    sizes = [draw(st.integers((k - 1) * d + 1, (k - 1) * d + 5)) for k, d in zip(kernel, dilations, strict=True)]
    channels, features = group * draw(st.integers(1, 3)), group * draw(st.integers(1, 2))
    attributes = {
        "strides": draw(_per_dimension(rank, 1, 3)),
        "dilations": dilations,
        "group": group,
        **draw(_padding(rank)),
    }
    if attributes.get("auto_pad", "").startswith("SAME"):
        attributes["dilations"] = [1] * rank
    inputs = [
        floats(draw, (draw(st.integers(1, 2)), channels, *sizes)),
        floats(draw, (features, channels // group, *kernel)),
        floats(draw, (features,)) if draw(st.booleans()) else None,
    ]
    return DrawnNode("Conv", _without_trailing(inputs), attributes=attributes)


@st.composite
def transposed_convolutions(draw: st.DrawFn) -> DrawnNode:
    rank, group = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    kernel, strides = draw(_per_dimension(rank, 2, 3)), draw(_per_dimension(rank, 1, 3))
    sizes = draw(_per_dimension(rank, 2, 5))
    channels, features = group * draw(st.integers(1, 3)), draw(st.integers(1, 2))
    attributes: dict[str, Any] = {"strides": strides, "group": group}
    form = draw(st.sampled_from(["pads", "output_padding", "output_shape", "SAME_UPPER", "SAME_LOWER", "VALID"]))
    if form == "pads":
        attributes["pads"] = draw(_per_dimension(2 * rank, 0, 1))
    elif form == "output_padding":
        attributes["output_padding"] = [draw(st.integers(0, stride - 1)) for stride in strides]
    elif form == "output_shape":
        full = [s * (n - 1) + k for s, n, k in zip(strides, sizes, kernel, strict=True)]
        attributes["output_shape"] = [draw(st.integers(size - 1, size)) for size in full]
        attributes["auto_pad"] = draw(st.sampled_from(["NOTSET", "SAME_UPPER"]))
    else:
        attributes["auto_pad"] = form
        attributes["strides"] = [min(s, k) for s, k in zip(strides, kernel, strict=True)]
    inputs = [
        floats(draw, (draw(st.integers(1, 2)), channels, *sizes)),
        floats(draw, (channels, features, *kernel)),
        floats(draw, (group * features,)) if draw(st.booleans()) else None,
    ]
    return DrawnNode("ConvTranspose", _without_trailing(inputs), frozenset({1, 2}), attributes)


@st.composite
def pools(draw: st.DrawFn) -> DrawnNode:
    rank = draw(st.integers(1, 3))
    kernel = draw(_per_dimension(rank, 1, 3))
    sizes = [draw(st.integers(k, k + 5)) for k in kernel]
    op_type = draw(st.sampled_from(["MaxPool", "AveragePool"]))
    padding = draw(_padding(rank, [k - 1 for k in kernel]))
    attributes = {"kernel_shape": kernel, "strides": draw(_per_dimension(rank, 1, 3)), **padding}
    if "auto_pad" in padding:
        attributes["strides"] = [min(s, k) for s, k in zip(attributes["strides"], kernel, strict=True)]
    else:
        attributes["ceil_mode"] = draw(st.integers(0, 1))
    if op_type == "AveragePool":
        attributes["count_include_pad"] = draw(st.integers(0, 1))
    x = floats(draw, (draw(st.integers(1, 2)), draw(st.integers(1, 3)), *sizes))
    return DrawnNode(op_type, [x], attributes=attributes)


@st.composite
def matrix_products(draw: st.DrawFn) -> DrawnNode:
    inner = draw(st.integers(1, 4))
    batch = draw(st.lists(st.integers(1, 3), max_size=2))
    left = [draw(st.sampled_from([1, size])) for size in batch][draw(st.integers(0, len(batch))) :]
    right = batch[draw(st.integers(0, len(batch))) :]
    a = floats(draw, draw(st.sampled_from([(inner,), (*left, draw(st.integers(1, 4)), inner)])))
    b = floats(draw, draw(st.sampled_from([(inner,), (*right, inner, draw(st.integers(1, 4)))])))
    return DrawnNode("MatMul", [a, b])


@st.composite
def gemms(draw: st.DrawFn) -> DrawnNode:
    rows, inner, columns = (draw(st.integers(1, 4)) for _ in range(3))
    trans_a, trans_b = draw(st.integers(0, 1)), draw(st.integers(0, 1))
    a = floats(draw, (inner, rows) if trans_a else (rows, inner))
    b = floats(draw, (columns, inner) if trans_b else (inner, columns))
    c = draw(st.sampled_from([None, (), (columns,), (1, columns), (rows, 1), (rows, columns)]))
    attributes = {"transA": trans_a, "transB": trans_b, "alpha": 0.5, "beta": draw(st.sampled_from([0.0, 1.0, 2.0]))}
    inputs = [a, b, None if c is None else floats(draw, c)]
    return DrawnNode("Gemm", _without_trailing(inputs), attributes=attributes)


@st.composite
def slices(draw: st.DrawFn) -> DrawnNode:
    shape = draw(shapes())
    axes = draw(st.lists(st.integers(0, len(shape) - 1), min_size=1, unique=True))
    bounds = st.integers(-7, 7)
    lists = [
        [draw(bounds) for _ in axes],
        [draw(bounds) for _ in axes],
        [axis - draw(st.sampled_from([0, len(shape)])) for axis in axes],
        [draw(st.sampled_from([1, 1, 2, 3, -1, -2])) for _ in axes],
    ]
    return DrawnNode("Slice", [floats(draw, shape), *map(_int64, lists)], frozenset({1, 2, 3, 4}))


@st.composite
def paddings(draw: st.DrawFn) -> DrawnNode:
    shape = draw(shapes())
    mode = draw(st.sampled_from(["constant", "edge", "reflect", "wrap"]))
    lowest = -1 if mode == "constant" else 0
    # Reflection and wrapping take as many elements as there are.
    widths = [draw(st.integers(max(lowest, -(size // 2)), min(2, size - 1))) for size in shape * 2]
    inputs = [floats(draw, shape), _int64(widths)]
    constants = {1}
    if mode == "constant" and draw(st.booleans()):
        inputs.append(np.array(1.5, np.float32))
        constants.add(2)
    return DrawnNode("Pad", inputs, frozenset(constants), {"mode": mode})


@st.composite
def reductions(draw: st.DrawFn) -> DrawnNode:
    shape = draw(shapes())
    kinds = ["Sum", "Mean", "Max", "Min", "Prod", "L1", "L2", "SumSquare", "LogSumExp"]
    axes = draw(st.lists(st.integers(0, len(shape) - 1), unique=True))
    signed = [axis - draw(st.sampled_from([0, len(shape)])) for axis in axes]
    inputs: list[np.ndarray | None] = [floats(draw, shape)]
    if signed:
        inputs.append(_int64(signed))
    attributes = {"keepdims": draw(st.integers(0, 1))}
    return DrawnNode(f"Reduce{draw(st.sampled_from(kinds))}", inputs, frozenset({1}), attributes)


@st.composite
def broadcasts(draw: st.DrawFn) -> DrawnNode:
    op_type = draw(st.sampled_from(["Add", "Sub", "Mul", "Div", "Max", "Min", "Sum", "Mean", "Less", "PRelu", "Where"]))
    shape = draw(shapes())
    count = draw(st.integers(1, 3)) if op_type in ("Max", "Min", "Sum", "Mean") else 2
    inputs: list[np.ndarray | None] = [floats(draw, shape)]
    for _ in range(count - 1):
        own = tuple(draw(st.sampled_from([1, size])) for size in shape)[draw(st.integers(0, len(shape))) :]
        inputs.append(floats(draw, own))
    if op_type == "Where":
        condition = tuple(draw(st.sampled_from([1, size])) for size in shape)
        inputs.insert(0, floats(draw, condition) > 0)
    return DrawnNode(op_type, inputs)


@st.composite
def movements(draw: st.DrawFn) -> DrawnNode:
    shape = draw(shapes())
    x, axis = floats(draw, shape), draw(axes_of(len(shape)))
    size = shape[axis]
    match draw(
        st.sampled_from(["Concat", "Split", "Transpose", "Gather", "GatherElements", "Tile", "CumSum", "ArgMax"])
    ):
        case "Concat":
            parts = []
            for _ in range(draw(st.integers(1, 3))):
                part = list(shape)
                part[axis] = draw(st.integers(1, 4))
                parts.append(floats(draw, tuple(part)))
            return DrawnNode("Concat", [*parts], attributes={"axis": axis})
        case "Split":
            first = draw(st.integers(0, size))
            return DrawnNode("Split", [x, _int64([first, size - first])], frozenset({1}), {"axis": axis}, outputs=2)
        case "Transpose":
            return DrawnNode("Transpose", [x], attributes={"perm": draw(st.permutations(range(len(shape))))})
        case "Gather":
            indices = draw(st.lists(st.integers(-size, size - 1), min_size=1, max_size=4))
            form = draw(st.sampled_from([(-1,), (1, -1), ()]))
            array = _int64(indices).reshape(form) if form else np.array(indices[0])
            return DrawnNode("Gather", [x, array], attributes={"axis": axis})
        case "GatherElements":
            indices = np.random.default_rng(draw(st.integers(0, 99))).integers(-size, size, shape)
            return DrawnNode("GatherElements", [x, indices], attributes={"axis": axis})
        case "Tile":
            return DrawnNode("Tile", [x, _int64([draw(st.integers(1, 3)) for _ in shape])], frozenset({1}))
        case "CumSum":
            attributes = {"exclusive": draw(st.integers(0, 1)), "reverse": draw(st.integers(0, 1))}
            return DrawnNode("CumSum", [x, np.array(axis, np.int64)], frozenset({1}), attributes)
        case _:
            attributes = {"axis": axis, "keepdims": draw(st.integers(0, 1))}
            return DrawnNode("ArgMax", [x], attributes=attributes)


@st.composite
def resizes(draw: st.DrawFn) -> DrawnNode:
    rank = draw(st.integers(1, 2))
    sizes = draw(_per_dimension(rank, 2, 5))
    x = floats(draw, (1, draw(st.integers(1, 2)), *sizes))
    mode = draw(st.sampled_from(["nearest", "linear"]))
    coordinates = ["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"]
    attributes = {
        "mode": mode,
        "coordinate_transformation_mode": draw(st.sampled_from(coordinates)),
        "nearest_mode": draw(st.sampled_from(["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])),
    }
    factors = [draw(st.sampled_from([1, 2, 3])) for _ in sizes]
    if draw(st.booleans()):
        scales = np.array([1, 1, *factors], np.float32)
        return DrawnNode("Resize", [x, None, scales], frozenset({2}), attributes)
    wanted = [size * factor for size, factor in zip(sizes, factors, strict=True)]
    return DrawnNode("Resize", [x, None, None, _int64([*x.shape[:2], *wanted])], frozenset({3}), attributes)


def _per_dimension(rank: int, low: int, high: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(low, high), min_size=rank, max_size=rank)


@st.composite
def _padding(draw: st.DrawFn, rank: int, limits: list[int] | None = None) -> dict[str, Any]:
    auto_pad = draw(st.sampled_from(["NOTSET", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"]))
    if auto_pad != "NOTSET":
        return {"auto_pad": auto_pad}
    return {"pads": [draw(st.integers(0, min(2, limit))) for limit in (limits or [2] * rank) * 2]}


def _without_trailing(inputs: list[np.ndarray | None]) -> list[np.ndarray | None]:
    return inputs[:-1] if inputs[-1] is None else inputs


def _int64(values: list[int]) -> np.ndarray:
    return np.array(values, np.int64)
