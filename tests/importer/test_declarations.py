"""What a file declares wrongly, or does not know, is no reason to refuse it: as in ONNX Runtime."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper
from onnx_models import make_model, prepared

import dnnf_mlir


@pytest.mark.parametrize(
    ("declared", "elem_type", "words"),
    [
        ([3, 2], TensorProto.FLOAT, "float32[3, 2]"),
        ([1, "m"], TensorProto.FLOAT, "float32[1, ?]"),
        ([2, 3, 1], TensorProto.FLOAT, "float32[2, 3, 1]"),
        ([], TensorProto.FLOAT, "float32[]"),
        ([2, 3], TensorProto.INT64, "int64[2, 3]"),
    ],
)
def test_an_output_of_another_type(
    declared: list[int | str], elem_type: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    model = make_model([helper.make_node("Relu", ["x"], ["y"])], [("x", [2, 3])], [("y", [2, 3])])
    model.graph.output[0].CopyFrom(helper.make_tensor_value_info("y", elem_type, declared))
    assert prepared(model).types["y"] == (TensorProto.FLOAT, (2, 3))
    assert capsys.readouterr().err == (f"warning: test.onnx: output 'y' is declared as {words} but is float32[2, 3]\n")


def test_an_output_of_a_dynamic_size(capsys: pytest.CaptureFixture[str]) -> None:
    """The batch that an exporter saw, where the input's is dynamic."""
    model = make_model([helper.make_node("Relu", ["x"], ["y"])], [("x", ["n", 3])], [("y", [1, 3])])
    x = np.ones((5, 3), np.float32)
    np.testing.assert_array_equal(dnnf_mlir.compile(model, cache=False).run([x])[0], x)
    assert "output 'y' is declared as float32[1, 3] but is float32[n, 3]" in capsys.readouterr().err


def test_values_inside_of_another_type(capsys: pytest.CaptureFixture[str]) -> None:
    nodes = [helper.make_node("Relu", ["x"], ["v"]), helper.make_node("Tanh", ["v"], ["y"])]
    model = make_model(nodes, [("x", [2, 3])], [("y", [2, 3])])
    model.graph.value_info.append(helper.make_tensor_value_info("v", TensorProto.FLOAT, [7]))
    assert prepared(model).types["y"].shape == (2, 3)
    assert "1 values inside are not of the types that the file declares, as 'v'" in capsys.readouterr().err


@pytest.mark.parametrize("placeholder", ["?", "", "-1", "_", "None", "unknown"])
def test_a_placeholder_is_no_name(placeholder: str) -> None:
    model = make_model([helper.make_node("Relu", ["x"], ["y"])], [("x", [placeholder] * 3)], [("y", [None] * 3)])
    assert list(map(str, prepared(model).types["x"].shape)) == ["x_0", "x_1", "x_2"]
    assert prepared(model, **{"x.1": 4}).types["y"].shape[1] == 4


def test_a_negative_size_is_dynamic() -> None:
    model = make_model([helper.make_node("Relu", ["x"], ["y"])], [("x", [-1, 3])], [("y", [-1, 3])])
    assert list(map(str, prepared(model).types["x"].shape)) == ["x_0", "3"]


@pytest.mark.parametrize("domains", [("", ""), ("", "ai.onnx"), ("ai.onnx", "")])
@pytest.mark.parametrize("versions", [(11, 13), (13, 11)])
def test_of_versions_imported_twice_the_last_counts(domains: tuple[str, str], versions: tuple[int, int]) -> None:
    """Softmax's meaning changed with opset 13."""
    model = make_model([helper.make_node("Softmax", ["x"], ["y"], axis=1)], [("x", [2, 3, 4])], [("y", [2, 3, 4])])
    del model.opset_import[:]
    pairs = zip(domains, versions, strict=True)
    model.opset_import.extend(helper.make_opsetid(domain, version) for domain, version in pairs)
    x = np.random.default_rng(0).standard_normal((2, 3, 4)).astype(np.float32)
    (expected,) = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": x})
    np.testing.assert_allclose(dnnf_mlir.compile(model, cache=False).run([x])[0], expected, atol=1e-6)


def test_weights_that_are_inputs_too() -> None:
    """IR version 3 wants each weight among the inputs."""
    model = make_model([helper.make_node("Add", ["x", "w"], ["y"])], [("x", [2, 3]), ("w", [3])], [("y", [2, 3])])
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.ones(3, np.float32), "w"))
    model.ir_version = 3
    assert prepared(model).inputs == ["x"]
