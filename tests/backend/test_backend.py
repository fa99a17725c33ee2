"""The standard ONNX backend: what its functions take and give."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from dnnf_mlir.errors import DnnfError, RunError
from dnnf_mlir.onnx_backend import backend


def difference() -> onnx.ModelProto:
    graph = helper.make_graph(
        [helper.make_node("Sub", ["a", "b"], ["y"])],
        "difference",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2, 3]) for name in ("a", "b")],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2, 3])],
    )
    return helper.make_model(graph)


A = np.arange(6, dtype=np.float32).reshape(2, 3)
B = np.full((2, 3), 2, np.float32)


def test_a_prepared_model_runs_again_and_takes_inputs_in_order_or_by_name() -> None:
    prepared = backend.prepare(difference(), verify=False)
    np.testing.assert_array_equal(prepared.run([A, B])[0], A - B)
    np.testing.assert_array_equal(prepared.run({"b": A, "a": B})[0], B - A)
    with pytest.raises(RunError, match="b"):
        prepared.run({"a": A})
    with pytest.raises(RunError):
        prepared.run([A, B.astype(np.float64)])


def test_run_model() -> None:
    results = backend.run_model(difference(), [A, B], verify=False)
    assert isinstance(results, tuple)
    np.testing.assert_array_equal(results[0], A - B)


def test_run_node_takes_the_types_of_its_inputs() -> None:
    node = helper.make_node("Mul", ["x", "x"], ["y"])
    found = backend.run_node(node, [A.astype(np.int32)], verify=False)
    assert found[0].dtype == np.int32
    np.testing.assert_array_equal(found[0], A.astype(np.int32) ** 2)


def test_run_node_of_an_old_opset() -> None:
    node = helper.make_node("Squeeze", ["x"], ["y"], axes=[0])
    found = backend.run_node(node, [A[:1]], opset_version=11, verify=False)
    np.testing.assert_array_equal(found[0], A[0])


def test_outputs_of_narrow_types_have_their_numpy_types() -> None:
    node = helper.make_node("Cast", ["x"], ["y"], to=TensorProto.FLOAT8E4M3FN)
    (found,) = backend.run_node(node, [A / 3], verify=False)
    expected = (A / 3).astype(helper.tensor_dtype_to_np_dtype(TensorProto.FLOAT8E4M3FN))
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found.astype(np.float32), expected.astype(np.float32))


def test_devices() -> None:
    assert backend.supports_device("CPU")
    assert not backend.supports_device("CUDA")


def test_an_operator_that_cannot_be_compiled_is_an_error_and_no_skipped_test() -> None:
    node = helper.make_node("StringConcat", ["a", "b"], ["y"])
    graph = helper.make_graph(
        [node],
        "strings",
        [helper.make_tensor_value_info(name, TensorProto.STRING, [1]) for name in ("a", "b")],
        [helper.make_tensor_value_info("y", TensorProto.STRING, [1])],
    )
    with pytest.raises(DnnfError, match="strings"):
        backend.prepare(helper.make_model(graph))
