"""Sequences and optionals come out as the tensors that they hold, as ONNX's reference implementation computes them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import ModelProto, NodeProto, TensorProto, helper
from onnx.reference import ReferenceEvaluator
from onnx_models import as_model, evaluate, make_model, operators, prepared

from dnnf_mlir.errors import DynamicDimensionError, InvalidModelError, UnsupportedModelError
from dnnf_mlir.importer.prepare import prepare
from dnnf_mlir.importer.read.loading import load_model
from dnnf_mlir.onnx_backend import backend

A, B, C = (np.arange(6, dtype=np.float32).reshape(2, 3) + 10 * i for i in range(3))
INT64, FLOAT = TensorProto.INT64, TensorProto.FLOAT
node = helper.make_node


def sequence_type(elem_type: int = FLOAT, shape: Sequence[int] | None = None) -> onnx.TypeProto:
    return helper.make_sequence_type_proto(helper.make_tensor_type_proto(elem_type, shape))


def optional_type(inner: onnx.TypeProto | None = None) -> onnx.TypeProto:
    return helper.make_optional_type_proto(inner or helper.make_tensor_type_proto(FLOAT, [2, 3]))


def model_of(
    nodes: Sequence[NodeProto], inputs: dict[str, Any], outputs: dict[str, Any], opset: int = 18
) -> ModelProto:
    """A model; a type is a TypeProto, or the shape of a float tensor, or an integer's element type."""

    def info(name: str, kind: Any) -> onnx.ValueInfoProto:
        if isinstance(kind, int):
            kind = helper.make_tensor_type_proto(kind, [])
        elif not isinstance(kind, onnx.TypeProto):
            kind = helper.make_tensor_type_proto(FLOAT, kind)
        return helper.make_value_info(name, kind)

    graph = helper.make_graph(nodes, "graph", [info(*x) for x in inputs.items()], [info(*y) for y in outputs.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)


def run_both(model: ModelProto, inputs: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    expected = ReferenceEvaluator(model).run(None, inputs)
    return expected, list(backend.run_model(model, inputs, verify=False, cache=False))


def assert_same(found: Any, expected: Any) -> None:
    assert isinstance(found, list) == isinstance(expected, list)
    if isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    else:
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == np.asarray(expected).dtype


PACK = node("SequenceConstruct", ["a", "b", "c"], ["s"])
THREE = {"a": (2, 3), "b": (2, 3), "c": (2, 3)}


@pytest.mark.parametrize("position", range(-3, 4))
def test_positions_known_at_run_time(position: int) -> None:
    """Among tensors of one type; the positions before which one is inserted are one more than those of the tensors."""
    nodes = [
        PACK,
        node("SequenceInsert", ["s", "x", "p"], ["more"]),
        node("SequenceErase", ["more", "p"], ["less"]),
        node("SequenceAt", ["less", "q"], ["y"]),
        node("SequenceLength", ["less"], ["n"]),
    ]
    model = model_of(
        nodes, {**THREE, "x": (2, 3), "p": INT64, "q": INT64}, {"y": (2, 3), "n": INT64, "more": sequence_type()}
    )
    q = np.array(min(position, 2), np.int64)
    inputs = {"a": A, "b": B, "c": C, "x": -A, "p": np.array(position, np.int64), "q": q}
    parts = [A, B, C]
    parts.insert(position, -A)
    found = backend.run_model(model, inputs, verify=False)
    assert_same(found[2], parts)
    del parts[position]
    assert_same(found[0], parts[q])
    assert found[1] == 3


def test_known_positions_leave_no_trace() -> None:
    nodes = [
        PACK,
        node("Constant", [], ["p"], value_int=-1),
        node("SequenceErase", ["s", "p"], ["less"]),
        node("SequenceInsert", ["less", "a"], ["more"]),
        node("SequenceAt", ["more", "p"], ["last"]),
        node("Add", ["last", "b"], ["y"]),
    ]
    model = model_of(nodes, THREE, {"y": (2, 3)})
    result = prepared(model)
    assert operators(result) == ["Add"]
    np.testing.assert_array_equal(evaluate(as_model(result), {"a": A, "b": B, "c": C})[0], A + B)


@pytest.mark.parametrize(
    ("attributes", "sizes"),
    [({"axis": 1}, None), ({"axis": 1, "keepdims": 0}, None), ({"axis": -1}, 2), ({"axis": 0}, [2, 0])],
)
def test_split(attributes: dict[str, int], sizes: Any) -> None:
    nodes = [node("SplitToSequence", ["x", *(["n"] if sizes is not None else [])], ["s"], **attributes)]
    if sizes is not None:
        value = onnx.numpy_helper.from_array(np.array(sizes, np.int64))
        nodes.insert(0, node("Constant", [], ["n"], value=value))
    expected, found = run_both(model_of(nodes, {"x": (2, 3)}, {"s": sequence_type()}), {"x": A})
    assert_same(found, expected)


@pytest.mark.parametrize("new_axis", [0, 1])
def test_concat(new_axis: int) -> None:
    nodes = [PACK, node("ConcatFromSequence", ["s"], ["y"], axis=1, new_axis=new_axis)]
    expected, found = run_both(model_of(nodes, THREE, {"y": None}), {"a": A, "b": B, "c": C})
    assert_same(found, expected)


def test_map_over_tensors_of_several_shapes() -> None:
    body = helper.make_graph(
        [node("Add", ["part", "scalar"], ["sum"]), node("Shape", ["part"], ["shape"])],
        "body",
        [helper.make_tensor_value_info("part", FLOAT, None), helper.make_tensor_value_info("scalar", FLOAT, [])],
        [helper.make_tensor_value_info("sum", FLOAT, None), helper.make_tensor_value_info("shape", INT64, None)],
    )
    outputs = {"sums": sequence_type(), "shapes": sequence_type(INT64)}
    mapped = model_of(
        [node("SequenceMap", ["s", "x"], ["sums", "shapes"], body=body)], {"s": sequence_type(), "x": ()}, outputs
    )
    for parts in ([A, B[:1], C[0]], [A], []):
        found = backend.run_model(mapped, {"s": parts, "x": np.array(2, np.float32)}, verify=False)
        assert_same(list(found), [[part + 2 for part in parts], [np.array(part.shape) for part in parts]])


def test_a_sequence_by_a_condition() -> None:
    branches = {
        f"{kind}_branch": helper.make_graph(
            [node("SequenceConstruct", order, [f"{kind}_s"])],
            kind,
            [],
            [helper.make_value_info(f"{kind}_s", sequence_type())],
        )
        for kind, order in (("then", ["a", "b"]), ("else", ["b", "c"]))
    }
    model = model_of([node("If", ["is"], ["s"], **branches)], {"is": TensorProto.BOOL, **THREE}, {"s": sequence_type()})
    for condition in (True, False):
        expected, found = run_both(model, {"is": np.array(condition), "a": A, "b": B, "c": C})
        assert_same(found, expected)


@pytest.mark.parametrize("given", [A, None])
def test_optional_tensors(given: np.ndarray | None) -> None:
    has = node("OptionalHasElement", ["o"], ["y"])
    [found] = backend.run_model(model_of([has], {"o": optional_type()}, {"y": TensorProto.BOOL}), [given], verify=False)
    assert found == (given is not None)


def test_optional_sequences() -> None:
    nodes = [node("OptionalGetElement", ["o"], ["s"]), node("Optional", ["s"], ["y"])]
    kind = optional_type(sequence_type())
    [found] = backend.run_model(model_of(nodes, {"o": kind}, {"y": kind}), [[A, B[0]]], verify=False)
    assert_same(found, [A, B[0]])


@pytest.mark.parametrize(
    ("elements", "error", "reason"),
    [
        ({}, UnsupportedModelError, "input 's' is a sequence.*--elements s="),
        ({"s": None}, UnsupportedModelError, "input 's' is a sequence"),
        ({"s": [(2,)]}, DynamicDimensionError, r"'s/0' is given the shape \[2\]"),
        ({"s": [], "x": []}, DynamicDimensionError, "no sequence or optional input named x"),
        ({"s": [(2, 3)]}, InvalidModelError, "no position 1 in a sequence of 1 tensors"),
    ],
)
def test_elements_that_do_not_fit(elements: Any, error: type[Exception], reason: str) -> None:
    nodes = [node("Constant", [], ["p"], value_int=1), node("SequenceAt", ["s", "p"], ["y"], name="take")]
    model = model_of(nodes, {"s": sequence_type(shape=[2, 3]), "x": (1,)}, {"y": None})
    with pytest.raises(error, match=reason):
        prepare(load_model(model), elements=elements)


def test_an_element_by_name() -> None:
    model = model_of([node("Identity", ["s"], ["t"])], {"s": sequence_type()}, {"t": sequence_type()})
    result = prepare(load_model(model), elements={"s": [(2, 3), ()]})
    assert (result.inputs, result.outputs) == (["s/0", "s/1"], ["t/0", "t/1"])


@pytest.mark.parametrize("position", [-3, -1, 0, 1, 3])
def test_positions_among_tensors_of_different_lengths(position: int) -> None:
    """The tensors that come out have sizes that the running model determines."""
    nodes = [
        PACK,
        node("SequenceInsert", ["s", "x", "p"], ["more"]),
        node("SequenceErase", ["more", "p"], ["less"]),
        node("SequenceAt", ["less", "q"], ["y"]),
    ]
    inputs = {"a": (2, 3), "b": (2, 1), "c": (2, 3), "x": (2, 4), "p": INT64, "q": INT64}
    model = model_of(nodes, inputs, {"y": (2, None), "more": sequence_type(), "less": sequence_type()})
    parts = [A, B[:, :1], C]
    x, q = np.full((2, 4), 7, np.float32), np.array(1, np.int64)
    given = {"a": parts[0], "b": parts[1], "c": parts[2], "x": x, "p": np.array(position, np.int64), "q": q}
    more = list(parts)
    more.insert(position, x)
    less = list(more)
    del less[position]
    found = backend.run_model(model, given, verify=False)
    assert_same(list(found), [less[1], more, less])


@pytest.mark.parametrize("sizes", [[1, 4, 1], [6, 0, 0]])
def test_split_into_sizes_known_at_run_time(sizes: list[int]) -> None:
    nodes = [node("SplitToSequence", ["x", "n"], ["s"], axis=-1), node("SequenceLength", ["s"], ["length"])]
    kind = helper.make_tensor_type_proto(INT64, [3])
    model = model_of(nodes, {"x": (3, 6), "n": kind}, {"s": sequence_type(), "length": INT64})
    x = np.arange(18, dtype=np.float32).reshape(3, 6)
    found = backend.run_model(model, {"x": x, "n": np.array(sizes, np.int64)}, verify=False)
    assert_same(found[0], np.split(x, np.cumsum(sizes)[:-1], axis=1))
    assert found[1] == 3


def test_positions_choose_among_tensors_that_differ_in_one_dimension_only() -> None:
    nodes = [node("SequenceConstruct", ["a", "b"], ["s"]), node("SequenceAt", ["s", "p"], ["y"], name="take")]
    model = make_model(nodes, [("a", [2, 3]), ("b", [3, 2]), ("p", [], INT64)], [("y", None)])
    with pytest.raises(UnsupportedModelError, match=r"'take' .SequenceAt.*data-dependent; make them constant"):
        prepared(model)
