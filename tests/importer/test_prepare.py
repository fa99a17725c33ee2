"""What preparing does to a model: same numbers, fewer nodes, everything typed."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper
from onnx_models import Value, as_model, chain, evaluate, make_model, operators, prepared

from dnnf_mlir.errors import UnsupportedModelError
from dnnf_mlir.importer.prepare import PreparedModel, prepare
from dnnf_mlir.importer.read.loading import load_model
from dnnf_mlir.importer.shapes.folding import ENLARGED_LIMIT_BYTES

INT64 = TensorProto.INT64


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def check_same(model: ModelProto, result: PreparedModel) -> None:
    """The prepared model is complete, valid, and computes the same."""
    rng = np.random.default_rng(0)
    inputs = {}
    for name in result.inputs:
        elem_type, shape = result.types[name]
        dtype = helper.tensor_dtype_to_np_dtype(elem_type)
        inputs[name] = (rng.integers(0, 2, shape) if dtype.kind in "iub" else rng.standard_normal(shape)).astype(dtype)
    rebuilt = as_model(result)
    onnx.checker.check_model(rebuilt, full_check=True)
    for expected, actual, name in zip(evaluate(model, inputs), evaluate(rebuilt, inputs), result.outputs, strict=True):
        assert actual.shape == expected.shape == result.types[name].shape
        np.testing.assert_allclose(actual, expected, rtol=1e-6, atol=1e-6)
    for node in result.nodes:
        assert {name for name in [*node.input, *node.output] if name} <= result.types.keys()


def test_shape_arithmetic_disappears() -> None:
    """The reshape of an attention head as PyTorch exports it."""
    nodes = [
        helper.make_node("Shape", ["x"], ["shape"]),
        helper.make_node("Gather", ["shape", "zero"], ["batch"]),
        helper.make_node("Unsqueeze", ["batch", "axis"], ["batch_1d"]),
        helper.make_node("Constant", [], ["heads"], value_ints=[4]),
        helper.make_node("Constant", [], ["rest"], value=numpy_helper.from_array(ints(-1))),
        helper.make_node("Mul", ["heads", "two"], ["width"]),
        helper.make_node("Concat", ["batch_1d", "rest", "width"], ["target"], axis=0),
        helper.make_node("Cast", ["target"], ["target_64"], to=INT64),
        helper.make_node("Reshape", ["x", "target_64"], ["v"]),
        helper.make_node("Relu", ["v"], ["y"]),
    ]
    weights = {"zero": np.array(0, np.int64), "axis": ints(0), "two": ints(2), "unused": np.ones(5, np.float32)}
    model = make_model(nodes, [("x", [2, 3, 8])], [("y", None)], weights)
    result = prepared(model)
    assert operators(result) == ["Relu"]
    assert not result.constants
    check_same(model, result)


def test_a_range_between_vectors_of_one_element() -> None:
    """As ONNX's own function body of AffineGrid has it, and ONNX Runtime takes it."""
    nodes = [
        helper.make_node("Shape", ["x"], ["size"]),
        helper.make_node("Range", ["zero", "size", "one"], ["numbers"]),
        helper.make_node("Cast", ["numbers"], ["places"], to=TensorProto.FLOAT),
        helper.make_node("Add", ["x", "places"], ["y"]),
    ]
    model = make_model(nodes, [("x", [5])], [("y", [5])], {"zero": ints(0), "one": np.array(1, np.int64)})
    result = prepared(model)
    assert operators(result) == ["Add"]
    assert result.constants["places"].tolist() == [0, 1, 2, 3, 4]


def test_shape_arithmetic_that_matters() -> None:
    nodes = [
        helper.make_node("Shape", ["x"], ["shape"], start=1),
        helper.make_node("ReduceProd", ["shape"], ["size"], keepdims=1),
        helper.make_node("Concat", ["rest", "size"], ["target"], axis=0),
        helper.make_node("Reshape", ["x", "target"], ["y"], name="flat"),
    ]
    model = make_model(nodes, [("x", [2, 3, 8])], [("y", ["a", "b"])], {"rest": ints(-1)})
    result = prepared(model)
    assert operators(result) == ["Reshape"]
    assert result.nodes[0].name == "flat"
    assert result.constants["target"].tolist() == [-1, 24]
    assert result.types["y"] == (TensorProto.FLOAT, (2, 24))
    assert (result.summary.nodes_before, result.summary.nodes_after, result.summary.folded) == (4, 1, 3)
    assert "3 folded" in str(result.summary)
    check_same(model, result)


@pytest.mark.parametrize(
    "node",
    [
        helper.make_node("Identity", ["x"], ["v"]),
        helper.make_node("Dropout", ["x"], ["v"]),
        helper.make_node("Dropout", ["x", "", "no"], ["v"]),
        helper.make_node("Cast", ["x"], ["v"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["x", "shape"], ["v"]),
        helper.make_node("Expand", ["x", "shape"], ["v"]),
        helper.make_node("Tile", ["x", "ones"], ["v"]),
        helper.make_node("Concat", ["x"], ["v"], axis=0),
        helper.make_node("Max", ["x"], ["v"]),
    ],
    ids=lambda node: node.op_type,
)
def test_no_operation(node: NodeProto) -> None:
    weights = {"shape": ints(2, 3), "ones": ints(1, 1), "no": np.array(False)}
    model = make_model([node, helper.make_node("Relu", ["v"], ["y"])], [("x", [2, 3])], [("y", [2, 3])], weights)
    result = prepared(model)
    assert operators(result) == ["Relu"]
    assert result.nodes[0].input[0] == "x"
    assert not result.constants
    check_same(model, result)


@pytest.mark.parametrize(
    "node",
    [
        helper.make_node("Slice", ["x", "last", "first", "axes", "back"], ["v"]),
        helper.make_node("Pad", ["x", "pads"], ["v"]),
        helper.make_node("Transpose", ["x"], ["v"], perm=[1, 0]),
        helper.make_node("Dropout", ["x", "", "training"], ["v"]),
    ],
    ids=lambda node: node.op_type,
)
def test_same_type_is_not_no_operation(node: NodeProto) -> None:
    weights = {"last": ints(9), "first": ints(-9), "axes": ints(0), "back": ints(-1), "pads": ints(1, 0, -1, 0)}
    weights["training"] = np.array(True)
    model = make_model([node, helper.make_node("Relu", ["v"], ["y"])], [("x", [3, 3])], [("y", [3, 3])], weights)
    assert operators(prepared(model)) == [node.op_type, "Relu"]


def test_outputs_keep_their_names() -> None:
    nodes = [
        helper.make_node("Identity", ["x"], ["y"]),
        helper.make_node("Identity", ["w"], ["z"]),
        helper.make_node("Relu", ["x"], ["r"]),
    ]
    outputs: list[Value] = [("y", [2]), ("z", [3]), ("x", [2]), ("w", [3]), ("r", [2])]
    model = make_model(nodes, [("x", [2])], outputs, {"w": np.ones(3, np.float32)})
    result = prepared(model)
    assert result.outputs == ["y", "z", "x", "w", "r"]
    assert operators(result) == ["Identity", "Relu"]
    check_same(model, result)


def test_dead_nodes_and_weights_are_dropped() -> None:
    nodes = [
        helper.make_node("Relu", ["x"], ["y"]),
        helper.make_node("MatMul", ["x", "w"], ["dead"]),
        helper.make_node("Tanh", ["dead"], ["deader"]),
    ]
    model = make_model(nodes, [("x", [2, 3]), ("ignored", [7])], [("y", [2, 3])], {"w": np.ones((3, 3), np.float32)})
    result = prepared(model)
    assert operators(result) == ["Relu"]
    assert result.inputs == ["x", "ignored"]
    assert result.types.keys() == {"x", "ignored", "y"}
    assert not result.constants


class TestFoldingLimits:
    def model(self, operator: str, weight: np.ndarray, **attributes: Any) -> ModelProto:
        nodes = [helper.make_node(operator, ["w", *attributes.pop("more", [])], ["v"], **attributes)]
        nodes.append(helper.make_node("Mul", ["x", "v"], ["y"]))
        model = make_model(nodes, [("x", [1])], [("y", None)], {"w": weight, "big": ints(1024, 1024)})
        return model

    def test_weights_are_folded_up_to_the_limit(self) -> None:
        loaded = load_model(self.model("Neg", np.ones((1000, 1000), np.float32)))
        assert operators(prepare(loaded)) == ["Mul"]
        assert operators(prepare(loaded, fold_limit_bytes=3_999_999)) == ["Neg", "Mul"]

    def test_weights_are_not_enlarged(self) -> None:
        assert operators(prepared(self.model("Expand", np.ones(1, np.float32), more=["big"]))) == ["Expand", "Mul"]
        assert operators(prepared(self.model("ConstantOfShape", ints(1024, 1024)))) == ["ConstantOfShape", "Mul"]
        side = int((ENLARGED_LIMIT_BYTES / 4) ** 0.5)
        assert operators(prepared(self.model("ConstantOfShape", ints(side, side)))) == ["Mul"]

    def test_shared_weights_stay_shared(self) -> None:
        weight = np.arange(1_000_000, dtype=np.float32).reshape(1000, 1000)
        nodes = []
        for layer in range(3):
            nodes += [
                helper.make_node("Transpose", ["w"], [f"t{layer}"]),
                helper.make_node("Reshape", ["w", "flat"], [f"r{layer}"]),
                helper.make_node("MatMul", [f"x{layer}", f"t{layer}"], [f"m{layer}"]),
                helper.make_node("Add", [f"m{layer}", f"r{layer}"], [f"x{layer + 1}"]),
            ]
        model = make_model(nodes, [("x0", [1000, 1000])], [("x3", [1000, 1000])], {"w": weight, "flat": ints(1000, -1)})
        result = prepared(model)
        assert operators(result) == ["MatMul", "Add"] * 3
        assert len({array.ctypes.data for array in result.constants.values()}) == 2

    def test_random_numbers_are_not_folded(self) -> None:
        nodes = [
            helper.make_node("RandomUniformLike", ["w"], ["v"]),
            helper.make_node("Add", ["x", "v"], ["y"]),
        ]
        model = make_model(nodes, [("x", [3])], [("y", [3])], {"w": np.ones(3, np.float32)})
        assert operators(prepared(model)) == ["RandomUniformLike", "Add"]


def branches(condition: np.ndarray | None) -> ModelProto:
    """Two branchings whose bodies use the same names; the second ends the graph and has an initializer."""

    def branch(operator: str, captured: str) -> onnx.GraphProto:
        nodes = [
            helper.make_node("Constant", [], ["k"], value_float=2.0),
            helper.make_node(operator, [captured, "k"], ["inner"], name=operator.lower()),
            helper.make_node("Sub", ["inner", "w"], ["outer"]),
        ]
        output = helper.make_tensor_value_info("outer", TensorProto.FLOAT, [2])
        return helper.make_graph(nodes, operator, [], [output], [numpy_helper.from_array(np.ones(2, np.float32), "w")])

    nodes = [
        helper.make_node("Identity", ["x"], ["a"]),
        helper.make_node("If", ["c"], ["v"], then_branch=branch("Add", "a"), else_branch=branch("Mul", "a")),
        helper.make_node("Relu", ["v"], ["r"]),
        helper.make_node("If", ["c"], ["y"], then_branch=branch("Add", "r"), else_branch=branch("Mul", "r")),
    ]
    inputs: list[Value] = [("x", [2])]
    if condition is None:
        return make_model(nodes, [*inputs, ("c", [], TensorProto.BOOL)], [("y", [2])])
    return make_model(nodes, inputs, [("y", [2])], {"c": condition})


@pytest.mark.parametrize(("condition", "taken"), [(True, "Add"), (False, "Mul")])
def test_known_branch_is_inlined(condition: bool, taken: str) -> None:
    model = branches(np.array(condition))
    result = prepared(model)
    assert operators(result) == [taken, "Sub", "Relu", taken, "Sub"]
    assert result.summary.inlined_branches == 2
    check_same(model, result)


def test_both_branches_of_an_unknown_condition_are_chosen_from() -> None:
    result = prepared(branches(None))
    assert operators(result).count("Where") == 2
    assert {"Add", "Mul"} < set(operators(result))
    assert "If" not in operators(result)
    assert result.types["v"].shape == (2,)
    check_same(branches(None), result)


def test_branches_of_different_types_say_where() -> None:
    model = branches(None)
    then = model.graph.node[1].attribute[0].g
    then.initializer[0].CopyFrom(numpy_helper.from_array(np.ones((3, 2), np.float32), "w"))
    then.output[0].type.tensor_type.ClearField("shape")
    with pytest.raises(UnsupportedModelError, match="depends on the condition"):
        prepared(model)


def test_unsorted_nodes_are_sorted() -> None:
    model = chain("Relu", "Tanh", "Exp", "Neg")
    reversed_nodes = list(model.graph.node)[::-1]
    unsorted = make_model(reversed_nodes, [("x", [2, 3])], [("y", [2, 3])])
    result = prepared(unsorted)
    assert operators(result) == ["Relu", "Tanh", "Exp", "Neg"]
    check_same(model, result)


def test_node_names_are_unique_and_kept() -> None:
    model = chain("Relu", "Relu", "Relu", "Relu", "Tanh")
    for node, name in zip(model.graph.node, ["a", "a", "", "a_1", ""], strict=True):
        node.name = name
    assert [node.name for node in prepared(model).nodes] == ["a", "a_2", "Relu_2", "a_1", "Tanh_4"]


def test_model_functions_are_inlined() -> None:
    function = helper.make_function(
        "own", "Twice", ["a"], ["b"],
        [helper.make_node("Add", ["a", "a"], ["s"]), helper.make_node("LeakyRelu", ["s"], ["b"])],
        [helper.make_opsetid("", 17)],
    )  # fmt: skip
    function.node[1].attribute.add(name="alpha", ref_attr_name="slope", type=onnx.AttributeProto.FLOAT)
    function.attribute.append("slope")
    nodes = [helper.make_node("Twice", ["x"], ["y"], domain="own", slope=0.5)]
    model = make_model(nodes, [("x", [2])], [("y", [2])])
    model.functions.append(function)
    model.opset_import.append(helper.make_opsetid("own", 1))
    result = prepared(model)
    assert operators(result) == ["Add", "LeakyRelu"]
    values = np.array([-1, 1], np.float32)
    assert evaluate(as_model(result), {"x": values})[0].tolist() == [-1, 2]


def test_composites_are_expanded_unless_fusion_wants_them_whole() -> None:
    nodes = [
        helper.make_node("MeanVarianceNormalization", ["x"], ["m"], name="mvn"),
        helper.make_node("Gelu", ["m"], ["y"], name="act"),
    ]
    model = make_model(nodes, [("x", [2, 3, 4, 4])], [("y", [2, 3, 4, 4])], opset=20)
    result = prepared(model)
    assert "MeanVarianceNormalization" not in operators(result)
    assert operators(result)[-1] == "Gelu"
    assert result.nodes[0].name.startswith("mvn/")
    assert result.summary.expanded_functions == 1
    check_same(model, result)


def test_defaults_are_written() -> None:
    result = prepared(chain("Elu"))
    assert {attribute.name: attribute.f for attribute in result.nodes[0].attribute} == {"alpha": 1.0}


def test_initializers_listed_as_inputs_are_no_inputs() -> None:
    nodes = [helper.make_node("Add", ["x", "w"], ["y"])]
    model = make_model(nodes, [("x", [3]), ("w", [3])], [("y", [3])], {"w": np.ones(3, np.float32)}, ir_version=3)
    assert prepared(model).inputs == ["x"]


def test_no_inputs() -> None:
    model = make_model([helper.make_node("RandomNormal", [], ["y"], shape=[2])], [], [("y", [2])])
    result = prepared(model)
    assert result.inputs == []
    assert operators(result) == ["RandomNormal"]


def test_other_domains_keep_their_version() -> None:
    model = chain("Relu")
    model.opset_import.append(helper.make_opsetid("ai.onnx.preview", 1))
    result = prepared(model)
    assert result.opsets == {"": onnx.defs.onnx_opset_version(), "ai.onnx.preview": 1}
    assert result.opset == onnx.defs.onnx_opset_version()


def test_long_domain_name_of_onnx() -> None:
    model = chain("Relu")
    model.graph.node[0].domain = model.opset_import[0].domain = "ai.onnx"
    assert prepared(model).nodes[0].domain == ""


@pytest.mark.parametrize("elem_type", [TensorProto.INT4, TensorProto.BFLOAT16, TensorProto.BOOL, TensorProto.FLOAT16])
@pytest.mark.parametrize("raw", [True, False])
def test_weights_of_every_size(tmp_path: Path, elem_type: int, raw: bool) -> None:
    values = np.arange(4096) % 2
    tensor = helper.make_tensor("w", elem_type, [64, 64], values)
    if raw:
        tensor = numpy_helper.from_array(numpy_helper.to_array(tensor), "w")
    nodes = [helper.make_node("Cast", ["w"], ["c"], to=TensorProto.FLOAT), helper.make_node("Add", ["x", "c"], ["y"])]
    model = make_model(nodes, [("x", [64, 64])], [("y", [64, 64])], opset=21)
    model.ir_version = 10
    model.graph.initializer.append(tensor)
    path = tmp_path / "model.onnx"
    onnx.save(model, path)
    result = prepare(load_model(path))
    assert operators(result) == ["Add"]
    assert np.array_equal(result.constants["c"].ravel(), values)


def test_the_callers_model_is_unchanged() -> None:
    model = make_model(
        [helper.make_node("Add", ["x", "w"], ["y"])], [("x", [1000])], [("y", [1000])], {"w": np.ones(1000, np.float32)}
    )
    before = model.SerializeToString()
    loaded = load_model(model)
    first, second = prepare(loaded), prepare(loaded)
    assert model.SerializeToString() == before
    assert [node.SerializeToString() for node in first.nodes] == [node.SerializeToString() for node in second.nodes]


@pytest.mark.parametrize(
    ("indices", "batch_dims"),
    [([[0, 1], [-1, 0]], 0), ([[[0, 2, 3]], [[1, -3, 0]]], 0), ([[[1], [-1]], [[0], [2]]], 1)],
    ids=["rows", "elements", "batches"],
)
def test_positions_known_at_compile_time_are_one_gather(indices: list[Any], batch_dims: int) -> None:
    array = np.array(indices)
    shape = [*array.shape[:-1], *(2, 3, 4)[batch_dims + array.shape[-1] :]]
    node = helper.make_node("GatherND", ["x", "i"], ["y"], batch_dims=batch_dims)
    model = make_model([node], [("x", [2, 3, 4])], [("y", shape)], {"i": array})
    result = prepare(load_model(model))
    assert operators(result) == ["Reshape", "Gather"]
    check_same(model, result)


def test_positions_out_of_range_stay_as_they_are() -> None:
    node = helper.make_node("GatherND", ["x", "i"], ["y"])
    model = make_model([node], [("x", [2, 3])], [("y", [1, 3])], {"i": np.array([[2]])})
    assert operators(prepare(load_model(model))) == ["GatherND"]


@pytest.mark.parametrize("shape", [[3, 4], [1, 4, 5], [2, 4, 3, 2]])
def test_group_normalization_is_instance_normalization_of_groups(shape: list[int]) -> None:
    parameters = {"s": np.arange(4, dtype=np.float32), "b": np.ones(4, np.float32)}
    node = helper.make_node("GroupNormalization", ["x", "s", "b"], ["y"], num_groups=2, epsilon=0.1)
    model = make_model([node], [("x", shape)], [("y", shape)], parameters, opset=21)
    result = prepare(load_model(model))
    assert operators(result) == ["Reshape", "InstanceNormalization", "Reshape", "Mul", "Add"]
    check_same(model, result)
