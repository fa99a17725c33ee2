"""Resize along free dimensions: what ONNX Runtime computes, in every mode, by scales and to another tensor's sizes."""

import numpy as np
import onnxruntime
import pytest
from onnx import ModelProto, helper, numpy_helper

import dnnf_mlir

TOLERANCE = 1e-5
SIZES = ((1, 1, 1), (2, 3, 5), (1, 17, 33), (3, 16, 8))
COORDINATES = ("half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners")


def model(by: list[float] | None, rows: str | int = "h", columns: str | int = "w", **attributes: object) -> ModelProto:
    """Of [n, 3, rows, columns] by scales, or to the height and width of a second input; then a Relu."""
    inputs = [helper.make_tensor_value_info("x", 1, ["n", 3, rows, columns])]
    constants = {}
    nodes = []
    if by is None:
        inputs.append(helper.make_tensor_value_info("like", 1, ["n", 2, "p", "q"]))
        constants = {"two": np.array([2]), "four": np.array([4]), "zero": np.array([0])}
        nodes += [
            helper.make_node("Shape", ["x"], ["sx"]),
            helper.make_node("Shape", ["like"], ["sl"]),
            helper.make_node("Slice", ["sx", "zero", "two"], ["outer"]),
            helper.make_node("Slice", ["sl", "two", "four"], ["inner"]),
            helper.make_node("Concat", ["outer", "inner"], ["sizes"], axis=0),
        ]
    else:
        constants["scales"] = np.array(by, np.float32)
    given = ["x", "", "scales"] if by is not None else ["x", "", "", "sizes"]
    nodes += [helper.make_node("Resize", given, ["r"], **attributes), helper.make_node("Relu", ["r"], ["y"])]
    graph = helper.make_graph(
        nodes,
        "g",
        inputs,
        [helper.make_tensor_value_info("y", 1, ["n", 3, "a", "b"])],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], ir_version=9)


def check(proto: ModelProto, *sizes: tuple[int, int, int], like: tuple[int, int] | None = None) -> None:
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    module = dnnf_mlir.compile(proto, cache=False).load()
    generator = np.random.default_rng(0)
    for batch, height, width in sizes:
        feeds = {"x": generator.standard_normal((batch, 3, height, width)).astype(np.float32)}
        if like is not None:
            feeds["like"] = np.zeros((batch, 2, *like), np.float32)
        [expected] = session.run(None, feeds)
        [found] = module.run(list(feeds.values()))
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, atol=TOLERANCE, err_msg=str((batch, height, width)))


@pytest.mark.parametrize("coordinates", COORDINATES)
@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
def test_whole_scales(mode: str, coordinates: str) -> None:
    proto = model([1, 1, 2, 3], mode=mode, coordinate_transformation_mode=coordinates)
    check(proto, *(SIZES if coordinates != "align_corners" else SIZES[1:]))


@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
def test_to_the_sizes_of_another_tensor(mode: str) -> None:
    proto = model(None, mode=mode, coordinate_transformation_mode="half_pixel")
    for like in ((1, 1), (7, 40), (30, 11)):
        check(proto, *SIZES[1:], like=like)


@pytest.mark.parametrize("scales", [[1, 1, 0.5, 0.25], [1, 1, 1.5, 0.625], [1, 1, 4, 1]])
@pytest.mark.parametrize("mode", ["nearest", "linear", "cubic"])
def test_a_free_batch(mode: str, scales: list[float]) -> None:
    check(model(scales, 20, 40, mode=mode, coordinate_transformation_mode="half_pixel"), (1, 20, 40), (3, 20, 40))


@pytest.mark.parametrize("mode", ["floor", "ceil", "round_prefer_ceil"])
def test_roundings(mode: str) -> None:
    proto = model([1, 1, 3, 2], mode="nearest", nearest_mode=mode, coordinate_transformation_mode="asymmetric")
    check(proto, *SIZES)


@pytest.mark.parametrize("scale", [2, 1.5])
def test_coordinates_of_opset_11(scale: float) -> None:
    attributes = {"mode": "nearest", "nearest_mode": "floor"}
    proto = model([1, 1, 2, scale], "h", 8, coordinate_transformation_mode="tf_half_pixel_for_nn", **attributes)
    del proto.opset_import[:]
    proto.opset_import.append(helper.make_opsetid("", 11))
    proto.graph.node[0].input[1] = "no_region"
    proto.graph.initializer.append(numpy_helper.from_array(np.zeros(0, np.float32), "no_region"))
    check(proto, (1, 1, 8), (3, 17, 8))


def test_outside_left_out() -> None:
    proto = model([1, 1, 2, 2], mode="cubic", exclude_outside=1, coordinate_transformation_mode="half_pixel")
    check(proto, *SIZES[1:])
