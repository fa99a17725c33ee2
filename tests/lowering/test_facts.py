"""What the operator classes state (facts) against numbers: the nodes of all tables of cases, by the reference."""

from collections.abc import Iterator, Mapping

import numpy as np
import pytest
from cases import Builder
from test_coverage import TABLES

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.dialect_defs import Property, operators
from dnnf_mlir.dialect_defs.one_to_one.elementwise import ElementwiseBinary, ElementwiseUnary
from dnnf_mlir.dialect_defs.shapes import broadcast_shape
from dnnf_mlir.emit.element_wise import apply
from dnnf_mlir.emit.types import constant, element_type
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.operator import CostClass, Interval, ResultShape
from dnnf_mlir.graph.size import assumptions
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.verify.reference import evaluate
from dnnf_mlir.verify.reference.evaluation import evaluate_node

_EPSILON = {"f16": 2.0**-11, "f32": 2.0**-24, "f64": 2.0**-53}


def _evaluated() -> Iterator[tuple[Node, Mapping[Value, np.ndarray]]]:
    """Every node of the tables with the arrays of its operands and results."""
    for table in TABLES:
        for name, case in table.items():
            builder = Builder(name)
            with assumptions():
                case(builder)
            dims = dict(builder.dims)
            arrays = dict(zip(builder.inputs, builder.arrays, strict=True))
            for node in builder.nodes:
                arrays |= {value: value.constant for value in node.operands if value.constant is not None}
                inputs = [None if value is None else arrays[value] for value in node.inputs]
                arrays |= zip(node.outputs, evaluate_node(node, inputs, dims=dims), strict=True)
                yield node, arrays


@pytest.fixture(scope="module")
def evaluated() -> list[tuple[Node, Mapping[Value, np.ndarray]]]:
    return list(_evaluated())


def _range(array: np.ndarray) -> Interval:
    with np.errstate(all="ignore"):
        return Interval(float(np.nanmin(array)), float(np.nanmax(array)))


def test_results_lie_in_the_interval(evaluated: list[tuple[Node, Mapping[Value, np.ndarray]]]) -> None:
    informative = set()
    for node, arrays in evaluated:
        if not node.output.type.is_float or not all(arrays[value].size for value in (*node.operands, *node.outputs)):
            continue

        def operand(index: int, node: Node = node, arrays: Mapping[Value, np.ndarray] = arrays) -> Interval:
            return _range(arrays[node.input(index)].astype(np.float64))

        low, high = node.op.result_interval(node.signature, operand)
        actual = _range(arrays[node.output].astype(np.float64))
        slack = 8 * _EPSILON[node.output.type.dtype] * max(abs(actual.low), abs(actual.high), 1)
        assert low - slack <= actual.low <= actual.high <= high + slack, f"{node}: {actual} outside {low}, {high}"
        if (low, high) != (-np.inf, np.inf):
            informative.add(node.kind)
    assert {"sigmoid", "softmax", "add", "reshape", "reduce_l2", "where", "concat", "pow", "pad"} <= informative


def test_result_shapes(evaluated: list[tuple[Node, Mapping[Value, np.ndarray]]]) -> None:
    for node, arrays in evaluated:
        shapes = [arrays[value].shape for value in node.operands]
        match node.op.result_shape:
            case ResultShape.FIRST_OPERAND:
                assert arrays[node.output].shape == shapes[0], node
            case ResultShape.BROADCAST:
                assert arrays[node.output].shape == broadcast_shape(shapes), node


def test_only_commutative_operators_allow_their_operands_to_be_exchanged(
    evaluated: list[tuple[Node, Mapping[Value, np.ndarray]]],
) -> None:
    seen: dict[str, bool] = {}
    for node, arrays in evaluated:
        a, b = (*node.operands, None, None)[:2]
        if not issubclass(node.op, ElementwiseBinary) or a is None or b is None or a.type.dtype != b.type.dtype:
            continue
        if a is b or not node.output.type.is_static or node.kind == "prelu":
            continue
        swapped = Node(node.op, [b, a], [Value(node.output.type)], node.attributes, node.name)
        result = evaluate_node(swapped, [arrays[b], arrays[a]])[0]
        seen[node.kind] = seen.get(node.kind, True) and np.array_equal(result, arrays[node.output], equal_nan=True)
    assert len(seen) >= 18
    assert seen == {op: Property.COMMUTATIVE in _class(op).properties for op in seen}


def _class(kind: str) -> type[ElementwiseBinary]:
    return next(op for op in operators() if f"dnnf.{kind}" == op.OPERATION_NAME)


def test_operators_safe_in_f16_lose_little(evaluated: list[tuple[Node, Mapping[Value, np.ndarray]]]) -> None:
    """Within 4 units of f16 of the exact result for the rounded operands; numpy rounds each operation to f16."""
    for node, arrays in evaluated:
        floats = all(value.type.dtype in ("f32", "i1") for value in (*node.operands, *node.outputs))
        if not node.op.f16_safe or not floats or not node.output.type.is_float or not node.output.type.is_static:
            continue
        narrow = [arrays[value].astype(np.float16) if value.type.is_float else arrays[value] for value in node.operands]
        exact = evaluate_node(
            node, [a.astype(np.float64) if a.dtype == np.float16 else a for a in narrow], float64=True
        )
        signature = node.signature
        types = tuple(TensorType.of(array) for array in narrow)
        halves = evaluate(
            node.op,
            type(signature)(types, (TensorType(node.output.type.shape, "f16"),), signature.attributes),
            narrow,
        )
        finite = np.isfinite(exact[0])
        error = np.abs(halves[0][finite].astype(np.float64) - exact[0][finite])
        size = np.maximum(np.abs(exact[0][finite]), _largest(narrow))
        assert np.all(error <= 4 * _EPSILON["f16"] * size), node


def _largest(arrays: list[np.ndarray]) -> float:
    numbers = [np.abs(array[np.isfinite(array)]) for array in arrays if array.dtype == np.float16]
    return max((float(array.max()) for array in numbers if array.size), default=1.0)


def test_functions_are_not_computed_in_f16() -> None:
    """An elementary function has intermediate results that f16 has too few bits for."""
    assert not [op for op in operators() if op.cost_class is CostClass.FUNCTION and op.f16_safe]


_INSTRUCTIONS = {f"math.{name}" for name in ("absf", "ceil", "copysign", "floor", "fma", "roundeven", "sqrt")}
"""Operations of the math dialect that are one instruction."""


@pytest.mark.parametrize(
    "op", [op for op in operators() if issubclass(op, ElementwiseUnary)], ids=lambda op: op.__name__
)
def test_costly_are_those_with_long_bodies(op: type[ElementwiseUnary]) -> None:
    """Not so long: rational functions (Softsign) and clamped lines (HardSwish)."""
    dtype = "i1" if op.__module__.endswith("logic") else "f32"
    attributes: dict[str, object] = {name: 0.7 for name in op.attribute_names()}
    if op.onnx_name == "Gelu":
        attributes = {"approximate": "none"}
    type_ = TensorType((), dtype)
    node = Node(op, [Value(type_)], [Value(type_)], attributes)
    with ir.Context(), ir.Location.unknown():
        block = ir.Module.create().body
        with ir.InsertionPoint(block):
            apply(node, [constant(element_type(dtype), 1)])
        names = [operation.operation.name for operation in block.operations]
    work = [name for name in names if name != "arith.constant"]
    is_costly = len(work) > 12 or any(name.startswith("math.") and name not in _INSTRUCTIONS for name in work)
    assert is_costly == (op.cost_class is CostClass.FUNCTION), work


@pytest.mark.parametrize("op", [op for op in operators() if op.never_decreases], ids=lambda op: op.__name__)
def test_monotone_functions(op: type[ElementwiseUnary]) -> None:
    positive = {"alpha": 0.7, "beta": 0.4, "gamma": 1.1, "min": -2.0, "max": 3.0}
    attributes = {name: positive[name] for name in op.attribute_names()}
    x = np.linspace(-5, 5, 4001, dtype=np.float64)
    if op.onnx_name == "Sqrt":
        x = np.abs(x[x >= 0])
    type_ = TensorType.of(x)
    node = Node(op, [Value(type_)], [Value(type_)], attributes)
    y = evaluate_node(node, [x])[0]
    assert np.all(np.diff(y) >= -1e-12)
