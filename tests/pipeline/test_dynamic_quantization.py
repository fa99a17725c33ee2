"""Integer products whose zero point is computed at run time, against ONNX Runtime and the ONNX reference.

Sums of integers must be the same, bit by bit. Several products make one model, to compile once.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from device_runners import run_arm64, run_vulkan
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from small_models import assert_close, expected

import dnnf_mlir

Array = npt.NDArray[np.generic]
BYTES = {np.dtype(np.uint8): (0, 256), np.dtype(np.int8): (-128, 128)}


@dataclass(frozen=True)
class Product:
    """One ConvInteger (``kernel`` not empty) or MatMulInteger and what it reads."""

    x_shape: tuple[int, ...]
    w_shape: tuple[int, ...]
    x_dtype: type[np.generic]
    w_dtype: type[np.generic]
    zero_points: str
    """Of x and w: ``-`` absent, ``s`` one number, ``c`` one for each filter or column."""
    strides: tuple[int, ...] = ()
    dilations: tuple[int, ...] = ()
    pads: tuple[int, ...] = ()
    group: int = 1

    @property
    def is_convolution(self) -> bool:
        return bool(self.strides)


@st.composite
def convolutions(draw: Callable) -> Product:
    rank = draw(st.integers(1, 2))
    group, per_group = draw(st.sampled_from([(1, 1), (1, 3), (1, 8), (1, 17), (2, 4), (2, 3), (6, 1), (16, 1)]))
    filters = group * draw(st.sampled_from([1, 1, 2, 5, 24]))
    kernel = tuple(draw(st.lists(st.integers(1, 3), min_size=rank, max_size=rank)))
    dilations = tuple(draw(st.lists(st.integers(1, 2), min_size=rank, max_size=rank)))
    pads = tuple(draw(st.lists(st.integers(0, 2), min_size=2 * rank, max_size=2 * rank)))
    strides = tuple(draw(st.lists(st.integers(1, 2), min_size=rank, max_size=rank)))
    spatial = tuple((k - 1) * d + draw(st.integers(1, 9)) for k, d in zip(kernel, dilations, strict=True))
    x_shape = (draw(st.integers(1, 2)), group * per_group, *spatial)
    types = draw(st.sampled_from([np.uint8, np.int8])), draw(st.sampled_from([np.uint8, np.int8]))
    zero_points = draw(st.sampled_from(["--", "s-", "ss", "sc", "ss", "-s"]))
    return Product(x_shape, (filters, per_group, *kernel), *types, zero_points, strides, dilations, pads, group)


@st.composite
def matrix_products(draw: Callable) -> Product:
    rows = tuple(draw(st.lists(st.integers(1, 9), min_size=1, max_size=3)))
    depth, columns = draw(st.integers(1, 70)), draw(st.integers(1, 70))
    types = draw(st.sampled_from([np.uint8, np.int8])), draw(st.sampled_from([np.uint8, np.int8]))
    return Product((*rows, depth), (depth, columns), *types, draw(st.sampled_from(["--", "s-", "ss", "sc", "-s"])))


def drawn_bytes(generator: np.random.Generator, dtype: npt.DTypeLike, shape: tuple[int, ...]) -> Array:
    return generator.integers(*BYTES[np.dtype(dtype)], shape).astype(dtype)


def model_of(products: list[Product], seed: int, free: bool) -> tuple[ModelProto, dict[str, Array]]:
    """All products side by side; ``free``: the first dimension of each input is dynamic."""
    generator = np.random.default_rng(seed)
    nodes: list[NodeProto] = []
    weights, inputs, outputs = [], [], []
    feeds: dict[str, Array] = {}

    def known(name: str, array: Array) -> str:
        weights.append(numpy_helper.from_array(array, name))
        return name

    def given_(name: str, array: Array, shape: list[int | str]) -> str:
        feeds[name] = array
        inputs.append(helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), shape))
        return name

    for i, each in enumerate(products):
        shape: list[int | str] = [f"n{i}" if free else each.x_shape[0], *each.x_shape[1:]]
        operands = [
            given_(f"x{i}", drawn_bytes(generator, each.x_dtype, each.x_shape), shape),
            known(f"w{i}", drawn_bytes(generator, each.w_dtype, each.w_shape)),
        ]
        entries = each.w_shape[0 if each.is_convolution else 1]
        of_x, of_w = each.zero_points
        operands.append("" if of_x == "-" else given_(f"z{i}", drawn_bytes(generator, each.x_dtype, ()), []))
        if of_w != "-":
            operands.append(known(f"v{i}", drawn_bytes(generator, each.w_dtype, () if of_w == "s" else (entries,))))
        operation = "ConvInteger" if each.is_convolution else "MatMulInteger"
        attributes = {"strides": each.strides, "dilations": each.dilations, "pads": each.pads, "group": each.group}
        nodes.append(helper.make_node(operation, operands, [f"y{i}"], **attributes if each.is_convolution else {}))
        outputs.append(helper.make_tensor_value_info(f"y{i}", TensorProto.INT32, None))
    graph = helper.make_graph(nodes, "products", inputs, outputs, weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), feeds


def exact(each: Product, feeds: dict[str, Array], model: ModelProto, number: int) -> Array:
    """The definition in double precision, by the reference's Conv and MatMul: every sum is a whole number."""
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    arrays = {name: array.astype(np.float64) for name, array in (constants | feeds).items()}
    x, w = arrays[f"x{number}"] - arrays.get(f"z{number}", 0), arrays[f"w{number}"]
    offset = arrays.get(f"v{number}", np.zeros(()))
    if not each.is_convolution:
        return np.asarray(x @ (w - offset)).astype(np.int32)
    w = w - (offset.reshape(-1, *(1,) * (w.ndim - 1)) if offset.ndim else offset)
    padded = np.pad(x, [(0, 0), (0, 0), *zip(*np.split(np.array(each.pads), 2), strict=True)])
    node = helper.make_node("Conv", ["x", "w"], ["y"], strides=each.strides, dilations=each.dilations, group=each.group)
    return np.asarray(ReferenceEvaluator(node).run(None, {"x": padded, "w": w})[0]).astype(np.int32)


def drawn(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )


@drawn(3)
@given(
    st.lists(convolutions(), min_size=8, max_size=8),
    st.lists(matrix_products(), min_size=4, max_size=4),
    st.integers(0, 1000),
)
@pytest.mark.parametrize("free", [False, True], ids=["static", "dynamic"])
def test_sums(free: bool, windows: list[Product], matrices: list[Product], seed: int) -> None:
    products = [*windows, *matrices]
    model, feeds = model_of(products, seed, free)
    found = dnnf_mlir.compile(model).run(feeds)
    assert_close(found, [exact(each, feeds, model, i) for i, each in enumerate(products)])


@drawn(2)
@given(
    st.lists(convolutions(), min_size=6, max_size=6),
    st.lists(matrix_products(), min_size=4, max_size=4),
    st.integers(0, 1000),
)
def test_sums_of_onnxruntime(windows: list[Product], matrices: list[Product], seed: int) -> None:
    """Unsigned inputs and one zero point for all filters: ONNX Runtime's ConvInteger takes no others."""
    windows = [replace(each, zero_points=each.zero_points.replace("c", "s")) for each in windows]
    products = [replace(each, x_dtype=np.uint8) for each in (*windows, *matrices)]
    model, feeds = model_of(products, seed, False)
    assert_close(dnnf_mlir.compile(model).run(feeds), expected(model, feeds))


CHAINS = {
    "convolution": """
        g (float[N,3,19,H] x, uint8[24,3,3,3] k, uint8[24,24,1,1] m, float[1,24,1,1] w_bias) => (float[N,24,P,Q] y) {
            q, scale, zero = DynamicQuantizeLinear(x)
            sums = ConvInteger <pads: ints = [1, 1, 1, 1], strides: ints = [2, 2]> (q, k, zero, k_zero)
            whole = Cast <to: int = 1> (sums)
            factor = Mul(scale, k_scale)
            scaled = Mul(whole, factor)
            shifted = Add(scaled, w_bias)
            h = Relu(shifted)
            q2, scale2, zero2 = DynamicQuantizeLinear(h)
            sums2 = ConvInteger(q2, m, zero2, k_zero)
            whole2 = Cast <to: int = 1> (sums2)
            factor2 = Mul(scale2, k_scale)
            scaled2 = Mul(factor2, whole2)
            y = Add(scaled2, h)
        }""",
    "depthwise": """
        g (float[N,16,19,H] x, uint8[16,1,3,3] k) => (float[N,16,P,Q] y) {
            q, scale, zero = DynamicQuantizeLinear(x)
            sums = ConvInteger <pads: ints = [1, 1, 1, 1], group: int = 16> (q, k, zero, k_zero)
            whole = Cast <to: int = 1> (sums)
            factor = Mul(scale, k_scale)
            scaled = Mul(whole, factor)
            y = Sigmoid(scaled)
        }""",
    "product": """
        g (float[N,19,H] x, uint8[40,70] k, float[70] w_bias) => (float[N,19,P] y) {
            q, scale, zero = DynamicQuantizeLinear(x)
            sums = MatMulInteger(q, k, zero, k_zero)
            whole = Cast <to: int = 1> (sums)
            factor = Mul(scale, k_scale)
            scaled = Mul(whole, factor)
            y = Add(scaled, w_bias)
        }""",
}


def chain(name: str, free: bool) -> tuple[ModelProto, dict[str, Array]]:
    """The model with drawn weights; ``free``: batch and width are dynamic."""
    generator = np.random.default_rng(3)
    text = CHAINS[name]
    width = 40 if name == "product" else 21
    text = text.replace("N,", "N," if free else "2,").replace(",H]", ",H]" if free and width == 21 else f",{width}]")
    model = onnx.parser.parse_model('<ir_version: 8, opset_import: ["" : 13]>' + text)
    constants = {"k_zero": np.array(114, np.uint8), "k_scale": np.array(0.013, np.float32)}
    for value in list(model.graph.input)[1:]:
        shape = tuple(size.dim_value for size in value.type.tensor_type.shape.dim)
        is_float = value.type.tensor_type.elem_type == TensorProto.FLOAT
        values = generator.standard_normal(shape) if is_float else generator.integers(0, 256, shape)
        constants[value.name] = values.astype(np.float32 if is_float else np.uint8)
        model.graph.input.remove(value)
    model.graph.initializer.extend(numpy_helper.from_array(array, key) for key, array in constants.items())
    shape = (2, {"convolution": 3, "depthwise": 16, "product": 19}[name], *(() if name == "product" else (19,)), width)
    return model, {"x": generator.standard_normal(shape).astype(np.float32)}


ROUNDED = 5e-3
"""Of the largest result: a number close to the middle of two steps may be rounded the other way."""


@pytest.mark.parametrize("free", [False, True], ids=["static", "dynamic"])
@pytest.mark.parametrize("name", CHAINS)
def test_chains(name: str, free: bool) -> None:
    """As ONNX Runtime's quantize_dynamic writes them: all of the dequantisation is behind the product."""
    model, feeds = chain(name, free)
    compiled = dnnf_mlir.compile(model)
    found = compiled.run(feeds)
    assert_close(found, expected(model, feeds), ROUNDED)
    assert_close(found, ReferenceEvaluator(model).run(None, feeds), ROUNDED)
    last = compiled.plan["blocks"][-1]
    assert last["anchor"] is not None and len(last["operators"]) > 2


@pytest.mark.arm64
@pytest.mark.parametrize("name", CHAINS)
def test_chains_on_arm64(name: str, tmp_path: Path) -> None:
    model, feeds = chain(name, False)
    dnnf_mlir.compile(model, target="arm64-linux").save(tmp_path / "model.vmfb")
    assert_close(run_arm64(tmp_path / "model.vmfb", list(feeds.values())), expected(model, feeds), ROUNDED)


@pytest.mark.vulkan
@pytest.mark.parametrize("name", CHAINS)
def test_chains_on_vulkan(name: str, tmp_path: Path) -> None:
    model, feeds = chain(name, False)
    dnnf_mlir.compile(model, target="vulkan-android").save(tmp_path / "model.vmfb")
    assert_close(run_vulkan(tmp_path / "model.vmfb", list(feeds.values())), expected(model, feeds), ROUNDED)


def quantization(shape: tuple[int | str, ...]) -> ModelProto:
    sizes = ",".join(map(str, shape))
    return onnx.parser.parse_model(
        f"""<ir_version: 8, opset_import: ["" : 13]>
        g (float[{sizes}] x) => (uint8 y, float s, uint8 z) {{ y, s, z = DynamicQuantizeLinear(x) }}"""
    )


@pytest.mark.parametrize("shift", [-4.0, 0.0, 4.0])
@pytest.mark.parametrize(
    ("shape", "rows"),
    [((7,), [7]), ((2, 64), [2]), ((1, 33, 17), [1]), (("n",), [1, 5, 64, 301]), (("n", 3, 9), [1, 2, 31])],
)
def test_quantization(shape: tuple[int | str, ...], rows: list[int], shift: float) -> None:
    """One kernel; a number in the middle of two steps may be rounded the other way."""
    model = quantization(shape)
    compiled = dnnf_mlir.compile(model)
    assert len(compiled.plan["blocks"]) == 1
    for count in rows:
        x = np.random.default_rng(count).standard_normal((count, *shape[1:])).astype(np.float32) + np.float32(shift)
        bytes_, *numbers = compiled.run([x])
        for wanted, *wanted_numbers in (expected(model, {"x": x}), ReferenceEvaluator(model).run(None, {"x": x})):
            assert_close(numbers, wanted_numbers, 1e-6)
            assert bytes_.dtype == wanted.dtype
            off = np.abs(bytes_.astype(int) - wanted.astype(int))
            assert off.max() <= 1 and off.sum() <= 1 + x.size // 500
