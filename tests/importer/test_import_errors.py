"""Every kind of bad model gives one error that names the model, the place, and what is wrong."""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import onnx_models
import pytest
from onnx import ModelProto, TensorProto, helper
from onnx_models import chain, make_model, prepared

import dnnf_mlir
from dnnf_mlir.errors import DnnfError, DynamicDimensionError, InvalidModelError, UnsupportedModelError
from dnnf_mlir.importer.prepare import prepare
from dnnf_mlir.importer.read.loading import load_model


def add(**changes: Any) -> ModelProto:
    return make_model(
        [helper.make_node("Add", ["x", "w"], ["y"], name="sum")], [("x", [2, 3])], [("y", [2, 3])], **changes
    )


def cyclic() -> ModelProto:
    nodes = [
        helper.make_node("Add", ["x", "b"], ["a"], name="first"),
        helper.make_node("Relu", ["a"], ["b"], name="second"),
    ]
    return make_model(nodes, [("x", [2])], [("b", [2])])


def undefined() -> ModelProto:
    return make_model([helper.make_node("Add", ["x", "ghost"], ["y"], name="sum")], [("x", [2])], [("y", [2])])


def undefined_output() -> ModelProto:
    return make_model([helper.make_node("Relu", ["x"], ["y"])], [("x", [2])], [("z", [2])])


def defined_twice() -> ModelProto:
    nodes = [helper.make_node(operator, ["x"], ["y"], name=operator.lower()) for operator in ("Relu", "Tanh")]
    return make_model(nodes, [("x", [2])], [("y", [2])])


def misfit_weight() -> ModelProto:
    return add(weights={"w": np.ones((4, 3), np.float32)})


def short_weight() -> ModelProto:
    model = add(weights={"w": np.ones((2, 3), np.float32)})
    model.graph.initializer[0].raw_data = b"\0" * 20
    return model


def negative_weight() -> ModelProto:
    model = add(weights={"w": np.ones((2, 3), np.float32)})
    model.graph.initializer[0].dims[0] = -1
    return model


def repeated_weight() -> ModelProto:
    model = add(weights={"w": np.ones((2, 3), np.float32)})
    model.graph.initializer.append(model.graph.initializer[0])
    return model


def mixed_types() -> ModelProto:
    return add(weights={"w": np.ones((2, 3), np.int64)})


def wrong_element_type() -> ModelProto:
    return make_model(
        [helper.make_node("Sigmoid", ["x"], ["y"], name="gate")], [("x", [2], TensorProto.INT32)], [("y", [2])]
    )


def too_few_inputs() -> ModelProto:
    return make_model([helper.make_node("Add", ["x"], ["y"], name="sum")], [("x", [2])], [("y", [2])])


def missing_attribute() -> ModelProto:
    return make_model([helper.make_node("Concat", ["x", "x"], ["y"], name="join")], [("x", [2])], [("y", [4])])


def recursive_function() -> ModelProto:
    function = helper.make_function(
        "own", "F", ["a"], ["b"], [helper.make_node("F", ["a"], ["b"], domain="own")], [helper.make_opsetid("own", 1)]
    )
    model = make_model([helper.make_node("F", ["x"], ["y"], domain="own")], [("x", [2])], [("y", [2])])
    model.functions.append(function)
    model.opset_import.append(helper.make_opsetid("own", 1))
    return model


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (cyclic, r"cycle: .*'first' \(Add\).*'second' \(Relu\)"),
        (undefined, r"node 'sum' \(Add\) reads 'ghost', which no node"),
        (undefined_output, "no node defines the output 'z'"),
        (defined_twice, "'relu' .* and node 'tanh' .* both define 'y'"),
        (short_weight, "tensor 'w'"),
        (negative_weight, "tensor 'w' has an invalid shape"),
        (repeated_weight, "two initializers have the name 'w'"),
        (misfit_weight, r"'sum' \(Add\): inputs do not fit .*\[2, 3\].*\[4, 3\]"),
        (mixed_types, r"'sum' \(Add\): inputs 'x' .* and 'w' .* must have the same element type"),
        (wrong_element_type, r"'gate' \(Sigmoid\): input 'x' is int32\[2\], which the operator does not take"),
        (too_few_inputs, "sum"),
        (missing_attribute, "join"),
        (recursive_function, "functions that call themselves: F"),
        (lambda: ModelProto(), "it has no ir_version"),
    ],
)  # fmt: skip
def test_invalid(make: Callable[[], ModelProto], reason: str) -> None:
    with pytest.raises(InvalidModelError, match=reason) as caught:
        prepared(make())
    assert str(caught.value).startswith("test.onnx: ")


def unknown_operators() -> ModelProto:
    nodes = [
        helper.make_node("FusedThing", ["x"], ["a"], name="one", domain="com.example"),
        helper.make_node("FusedThing", ["a"], ["b"], name="two", domain="com.example"),
        helper.make_node("NoSuchOperator", ["b"], ["y"], name="three"),
    ]
    model = make_model(nodes, [("x", [2])], [("y", [2])])
    model.opset_import.append(helper.make_opsetid("com.example", 1))
    return model


def string_weight() -> ModelProto:
    nodes = [helper.make_node("Gather", ["words", "x"], ["y"])]
    words = np.array(["a", "b"], dtype=object)
    return make_model(nodes, [("x", [2], TensorProto.INT64)], [("y", [2], TensorProto.STRING)], {"words": words})


def string_input() -> ModelProto:
    value: onnx_models.Value = ("x", [1], TensorProto.STRING)
    return make_model([], [value], [value])


def string_constant() -> ModelProto:
    node = helper.make_node("Constant", [], ["y"], name="word", value_string="a")
    return make_model([node], [], [("y", [], TensorProto.FLOAT)])


def string_result() -> ModelProto:
    nodes = [
        helper.make_node("Cast", ["x"], ["s"], name="print", to=TensorProto.STRING),
        helper.make_node("Cast", ["s"], ["y"], name="read", to=TensorProto.FLOAT),
    ]
    return make_model(nodes, [("x", [2])], [("y", [2])])


def sparse_weight() -> ModelProto:
    model = add(weights={})
    values = onnx.numpy_helper.from_array(np.ones(1, np.float32), "w")
    indices = onnx.numpy_helper.from_array(np.zeros(1, np.int64), "at")
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(values, indices, [6]))
    return model


def training() -> ModelProto:
    model = chain("Relu")
    model.training_info.add()
    return model


def sequence_input() -> ModelProto:
    model = chain("Relu")
    model.graph.input.append(helper.make_tensor_sequence_value_info("s", TensorProto.FLOAT, [2]))
    return model


def map_input() -> ModelProto:
    model = chain("Relu")
    kind = onnx.TypeProto()
    kind.map_type.key_type = TensorProto.INT64
    kind.map_type.value_type.CopyFrom(helper.make_tensor_type_proto(TensorProto.FLOAT, []))
    model.graph.input.append(helper.make_value_info("m", kind))
    return model


def strings_in_sequence() -> ModelProto:
    model = chain("Relu")
    model.graph.input.append(helper.make_tensor_sequence_value_info("s", TensorProto.STRING, [2]))
    return model


def sequence_split_at_run_time() -> ModelProto:
    nodes = [
        helper.make_node("SplitToSequence", ["x", "n"], ["s"], name="split"),
        helper.make_node("SequenceAt", ["s", "n"], ["y"], name="take"),
    ]
    return make_model(nodes, [("x", [2]), ("n", [], TensorProto.INT64)], [("y", [2])])


def sequence_in_open_loop() -> ModelProto:
    kind = helper.make_sequence_type_proto(helper.make_tensor_type_proto(TensorProto.FLOAT, [2]))
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["goes_on"], ["still"]),
            helper.make_node("SequenceInsert", ["held", "x"], ["longer"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("number", TensorProto.INT64, []),
            helper.make_tensor_value_info("goes_on", TensorProto.BOOL, []),
            helper.make_value_info("held", kind),
        ],
        [helper.make_tensor_value_info("still", TensorProto.BOOL, []), helper.make_value_info("longer", kind)],
    )
    nodes = [
        helper.make_node("SequenceConstruct", ["x"], ["start"]),
        helper.make_node("Loop", ["n", "", "start"], ["last"], name="repeat", body=body),
        helper.make_node("SequenceAt", ["last", "zero"], ["y"]),
    ]
    weights = {"zero": np.array(0, np.int64)}
    return make_model(nodes, [("x", [2]), ("n", [], TensorProto.INT64)], [("y", [2])], weights)


def never_a_value() -> ModelProto:
    kind = helper.make_tensor_type_proto(TensorProto.FLOAT, [2])
    model = make_model([helper.make_node("Optional", [], ["y"], type=kind)], [], [])
    model.graph.output.append(helper.make_value_info("y", helper.make_optional_type_proto(kind)))
    return model


def data_dependent() -> ModelProto:
    """Axes of which not even the number is known."""
    nodes = [
        helper.make_node("ReduceSum", ["x", "axes"], ["n"], name="sum"),
        helper.make_node("Squeeze", ["x", "axes"], ["u"], name="drop"),
        helper.make_node("Shape", ["n"], ["y"]),
        helper.make_node("Shape", ["u"], ["z"]),
    ]
    inputs = [("x", [1, 1]), ("axes", ["k"], TensorProto.INT64)]
    return make_model(nodes, inputs, [("y", [2], TensorProto.INT64), ("z", [1], TensorProto.INT64)])


def without_rank() -> ModelProto:
    model = chain("Relu")
    model.graph.input[0].type.tensor_type.ClearField("shape")
    return model


@pytest.mark.parametrize(
    ("make", "reasons"),
    [
        (unknown_operators, ["FusedThing of domain com.example 1: one, two", "NoSuchOperator of domain ai.onnx 17"]),
        (string_weight, ["'words' holds strings"]),
        (string_constant, [r"'word' (Constant)", "holds strings"]),
        (string_result, ["'print' (Cast)", "holds strings"]),
        (string_input, ["input 'x' holds strings"]),
        (sparse_weight, ["sparse initializers", "'w'"]),
        (training, ["training"]),
        (lambda: ModelProto.FromString(newer(ir_version=10**6)), ["IR version 1000000 is newer"]),
        (lambda: ModelProto.FromString(newer(opset=10**6)), ["opset 1000000 is newer"]),
        (sequence_input, ["input 's' is a sequence", "--elements s="]),
        (map_input, ["input 'm' is of map type"]),
        (strings_in_sequence, ["input 's' holds strings"]),
        (sequence_split_at_run_time, ["'split' (SplitToSequence)", "data-dependent; make them constant"]),
        (sequence_in_open_loop, ["'repeat' (Loop)", "carries a sequence"]),
        (never_a_value, ["output 'y' is an optional that never has a value"]),
        (data_dependent, ["'sum' (ReduceSum)", "'drop' (Squeeze)"]),
        (without_rank, ["input 'x' has no shape"]),
    ],
)  # fmt: skip
def test_unsupported(make: Callable[[], ModelProto], reasons: list[str]) -> None:
    with pytest.raises(UnsupportedModelError) as caught:
        prepared(make())
    message = str(caught.value)
    assert message.startswith("test.onnx: ")
    for reason in reasons:
        assert reason in message


def newer(ir_version: int = 8, opset: int = 17) -> bytes:
    model = chain("Relu")
    model.ir_version = ir_version
    model.opset_import[0].version = opset
    return bytes(model.SerializeToString())


class TestFreeDimensions:
    def model(self) -> ModelProto:
        inputs: list[onnx_models.Value] = [("a", ["batch", None, 8]), ("b", ["batch", 8, 4])]
        return make_model([helper.make_node("MatMul", ["a", "b"], ["y"])], inputs, [("y", ["batch", None, 4])])

    def test_free(self) -> None:
        assert list(map(str, prepared(self.model()).types["y"].shape)) == ["batch", "a_1", "4"]
        shape = prepare(load_model(self.model()), {"batch": 2}).types["y"].shape
        assert list(map(str, shape)) == ["2", "a_1", "4"]

    def test_what_has_no_form_for_all_sizes_is_named(self) -> None:
        model = chain("Relu", shape=["n", 3])
        model.graph.node.append(helper.make_node("Concat", ["y", "y"], ["w"], axis=0))
        model.graph.node.append(helper.make_node("Add", ["y", "w"], ["z"], name="sum"))
        with pytest.raises(UnsupportedModelError, match=r"(?s)'sum' \(Add\).*Incompatible dimensions.*--dim n=N"):
            prepared(model)

    def test_bound(self) -> None:
        model = prepare(load_model(self.model()), {"batch": 2, "a.1": 5})
        assert model.types["y"].shape == (2, 5, 4)

    @pytest.mark.parametrize(
        ("dims", "reason"),
        [
            ({"batch": 2, "a.1": 5, "length": 3}, "no free dimension named length"),
            ({"batch": 0, "a.1": 5}, "at least 1: batch=0"),
        ],
    )
    def test_wrong_sizes(self, dims: dict[str, int], reason: str) -> None:
        with pytest.raises(DynamicDimensionError, match=reason):
            prepare(load_model(self.model()), dims)

    def test_size_contradicts_the_weights(self) -> None:
        model = chain("Relu", shape=["n", 3])
        model.graph.node.append(helper.make_node("Add", ["y", "w"], ["z"], name="sum"))
        model.graph.initializer.append(onnx.numpy_helper.from_array(np.ones((4, 3), np.float32), "w"))
        model.graph.output.append(onnx_models.value_info(("z", [4, 3])))
        assert prepared(model, n=4).types["z"].shape == (4, 3)
        with pytest.raises(InvalidModelError, match=r"'sum' \(Add\)"):
            prepared(model, n=5)


def test_errors_are_of_one_family() -> None:
    assert issubclass(InvalidModelError, DnnfError)
    assert issubclass(UnsupportedModelError, DnnfError)
    assert issubclass(DynamicDimensionError, DnnfError)


@pytest.mark.parametrize("opset", [18, onnx.defs.onnx_opset_version()])
def test_a_split_into_another_number_of_parts(opset: int) -> None:
    """onnx's inference ends the process for it."""
    model = onnx.parser.parse_model(
        f'<ir_version: 8, opset_import: ["" : {opset}]> g (float[2,6] x) => (float[2,3] y, float[2,3] z) '
        "{ y, z = Split <axis = 1, num_outputs = 1> (x) }"
    )
    with pytest.raises(InvalidModelError, match="num_outputs is 1, but it has 2"):
        prepared(model)


def test_a_remainder_that_onnx_does_not_define() -> None:
    model = onnx.parser.parse_model(
        '<ir_version: 8, opset_import: ["" : 18]> g (float[6] x, float[6] y) => (float[6] z) '
        "{ z = Mod <fmod = 7> (x, y) }"
    )
    with pytest.raises(DnnfError, match="fmod is 7; ONNX allows 0 and 1"):
        dnnf_mlir.compile(model, cache=False)
