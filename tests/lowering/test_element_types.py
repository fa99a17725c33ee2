"""Operators on element types beside single precision, and mixed ones, against ONNX's reference implementation."""

from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from dnnf_mlir.onnx_backend import backend

RNG = np.random.default_rng(5)
F16, F32, F64 = np.float16, np.float32, np.float64
F8 = helper.tensor_dtype_to_np_dtype(TensorProto.FLOAT8E5M2)
BFLOAT16 = helper.tensor_dtype_to_np_dtype(TensorProto.BFLOAT16)


def run(op_type: str, inputs: list[np.ndarray], domain: str = "", version: int = 0, **attributes: Any) -> np.ndarray:
    """The first result; the others are compared with the reference by the caller."""
    return backend.run_model(model_of(op_type, inputs, domain, version, **attributes), inputs, verify=False)[0]


def model_of(
    op_type: str, inputs: list[np.ndarray], domain: str = "", version: int = 0, **attributes: Any
) -> onnx.ModelProto:
    names = [f"x{i}" for i in range(len(inputs))]
    infos = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
        for name, array in zip(names, inputs, strict=True)
    ]
    node = helper.make_node(op_type, names, ["y"], domain=domain, **attributes)
    graph = helper.make_graph([node], "one", infos, [helper.make_empty_tensor_value_info("y")])
    opset = helper.make_opsetid(domain, version or onnx.defs.onnx_opset_version())
    return helper.make_model(graph, opset_imports=[opset, helper.make_opsetid("", 22)][: 2 if domain else 1])


def reference(op_type: str, inputs: list[np.ndarray], **attributes: Any) -> np.ndarray:
    return np.asarray(ReferenceEvaluator(model_of(op_type, inputs, **attributes)).run(None, dict(zip(
        [f"x{i}" for i in range(len(inputs))], inputs, strict=True)))[0])  # fmt: skip


def drawn(*shape: int, dtype: Any = F32) -> np.ndarray:
    return RNG.uniform(0.5, 2, shape).astype(dtype)


@pytest.mark.parametrize(
    "dtypes", [(F16, F32, F32), (F32, F16, F16), (F16, F16, F32), (F64, F32, F32), (BFLOAT16, F32, F32)]
)
def test_batch_normalization_of_mixed_types(dtypes: tuple[Any, Any, Any]) -> None:
    of_x, of_scale, of_statistics = dtypes
    scales = [drawn(3, dtype=of_scale) for _ in range(2)]
    inputs = [drawn(2, 3, 4, 4, dtype=of_x), *scales, *(drawn(3, dtype=of_statistics) for _ in range(2))]
    found = run("BatchNormalization", inputs)
    wide = [array.astype(F64).reshape(3, 1, 1) for array in inputs[1:]]
    expected = (inputs[0].astype(F64) - wide[2]) / np.sqrt(wide[3] + 1e-5) * wide[0] + wide[1]
    assert found.dtype == of_x
    tolerance = {F16: 2e-3, F32: 1e-5, F64: 1e-12}.get(of_x, 2e-2)
    np.testing.assert_allclose(found.astype(F64), expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("dtype", "tolerance"), [(F16, 4e-3), (F64, 1e-10), (BFLOAT16, 4e-2)])
def test_normalizations(dtype: Any, tolerance: float) -> None:
    x, scale, bias = drawn(2, 4, 3, 3, dtype=dtype), drawn(4, dtype=dtype), drawn(4, dtype=dtype)
    wide = x.astype(F64)
    groups = wide.reshape(2, 2, -1)
    normal = (groups - groups.mean(-1, keepdims=True)) / np.sqrt(groups.var(-1, keepdims=True) + 1e-5)
    expected = normal.reshape(x.shape) * scale.astype(F64).reshape(4, 1, 1) + bias.astype(F64).reshape(4, 1, 1)
    found = run("GroupNormalization", [x, scale, bias], num_groups=2)
    assert found.dtype == dtype
    np.testing.assert_allclose(found.astype(F64), expected, rtol=tolerance, atol=tolerance)
    found = run("MeanVarianceNormalization", [x], axes=[0, 2, 3])
    expected = (wide - wide.mean((0, 2, 3), keepdims=True)) / (wide.std((0, 2, 3), keepdims=True) + 1e-9)
    np.testing.assert_allclose(found.astype(F64), expected, rtol=tolerance, atol=2 * tolerance)


def test_predicates_of_codes() -> None:
    x = np.array([np.nan, np.inf, -np.inf, 0, 1.5], F32).astype(F8)
    np.testing.assert_array_equal(run("IsNaN", [x]), [True, False, False, False, False])
    np.testing.assert_array_equal(run("IsInf", [x], detect_negative=0), [False, True, False, False, False])


def test_mish_in_half_precision_does_not_overflow() -> None:
    x = np.array([-60000, -8, 0, 4.9, 5.5, 7, 60000], F16)
    wide = x.astype(F64)
    found = run("Mish", [x])
    np.testing.assert_allclose(found.astype(F64), wide * np.tanh(np.log1p(np.exp(np.minimum(wide, 700)))), rtol=1e-3)


@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.int64, F64])
def test_shrink(dtype: Any) -> None:
    x = np.array([0, 1, -2, 3, 100]).astype(dtype)
    attributes = {"lambd": 1.5, "bias": 1.0}
    np.testing.assert_array_equal(run("Shrink", [x], **attributes), reference("Shrink", [x], **attributes))


def test_booleans_are_scattered() -> None:
    inputs = [
        np.array([[True, False, True], [False, True, False]]),
        np.array([[2, 0, 1]]),
        np.array([[False, True, True]]),
    ]
    np.testing.assert_array_equal(run("ScatterElements", inputs, axis=1), reference("ScatterElements", inputs, axis=1))


def test_a_zero_point_of_wide_integers() -> None:
    inputs = [np.array([2**30, -5, 7], np.int32), np.array(0.5, F32), np.array(5, np.int32)]
    np.testing.assert_allclose(run("DequantizeLinear", inputs), [(2**30 - 5) / 2, -5, 1])
