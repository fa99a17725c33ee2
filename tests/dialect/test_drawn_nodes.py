"""Drawn nodes: shapes as onnx infers them, results as ONNX Runtime computes them, mapping types as the paper says."""

import math

import hypothesis
import numpy as np
import onnxruntime
import pytest
from drawn_nodes import (
    DrawnNode,
    broadcasts,
    convolutions,
    gemms,
    matrix_products,
    movements,
    paddings,
    pools,
    reductions,
    resizes,
    slices,
    transposed_convolutions,
)
from hypothesis import strategies as st

from dnnf_mlir.dialect_defs import operators_by_onnx_name
from dnnf_mlir.dialect_defs.dialect import NotStatic, Operator
from dnnf_mlir.graph.operator import MappingType, Signature
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.verify.reference import evaluate

CLASSES = operators_by_onnx_name()
FAMILIES = {
    "conv": convolutions(),
    "conv_transpose": transposed_convolutions(),
    "pool": pools(),
    "matmul": matrix_products(),
    "gemm": gemms(),
    "slice": slices(),
    "pad": paddings(),
    "reduce": reductions(),
    "broadcast": broadcasts(),
    "movement": movements(),
    "resize": resizes(),
}

onnxruntime.set_default_logger_severity(3)


def imported(drawn: DrawnNode) -> tuple[type[Operator], Signature, list[np.ndarray | None]]:
    op = CLASSES[drawn.op_type]
    form = op.from_onnx(drawn.described())
    operands = list(form.operands)
    if not op.several_operands:
        operands += [None] * (len(op.operand_fields()) - len(operands))
    arrays = [None if position is None else drawn.inputs[position] for position in operands]
    types = tuple(None if array is None else TensorType.of(array) for array in arrays)
    return op, Signature(types, drawn.described().output_types, form.attributes), arrays


def run_onnxruntime(drawn: DrawnNode) -> list[np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(drawn.model().SerializeToString(), options)
    names = {value.name for value in session.get_inputs()}
    given = {f"x{i}": array for i, array in enumerate(drawn.inputs) if f"x{i}" in names}
    return [np.asarray(result) for result in session.run(None, given)]


@pytest.mark.parametrize("family", sorted(FAMILIES))
@hypothesis.settings(max_examples=60, deadline=None)
@hypothesis.given(data=st.data())
def test_family(family: str, data: st.DataObject) -> None:
    drawn = data.draw(FAMILIES[family])
    try:
        op, signature, arrays = imported(drawn)
    except NotStatic:
        hypothesis.reject()
    assert op.check(signature) is None
    inferred = op.infer_type(Signature(signature.inputs, (), signature.attributes))
    assert inferred in (None, signature.output)
    for result, expected in zip(evaluate(op, signature, arrays), run_onnxruntime(drawn), strict=True):
        np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("family", sorted(FAMILIES))
@hypothesis.settings(max_examples=40, deadline=None)
@hypothesis.given(data=st.data())
def test_wrong_result_is_noticed(family: str, data: st.DataObject) -> None:
    """One element more in one dimension of the result, or another element type."""
    drawn = data.draw(FAMILIES[family])
    try:
        op, signature, _ = imported(drawn)
    except NotStatic:
        hypothesis.reject()
    output = signature.output
    wrong = [TensorType(output.shape, "f64")]
    if output.rank and op.infer_type(signature) is not None:
        axis = data.draw(st.integers(0, output.rank - 1))
        wrong.append(output.with_shape((*output.shape[:axis], output.shape[axis] + 1, *output.shape[axis + 1 :])))
    for type_ in wrong:
        outputs = (type_, *signature.outputs[1:])
        assert op.check(Signature(signature.inputs, outputs, signature.attributes)) is not None


@hypothesis.settings(max_examples=60, deadline=None)
@hypothesis.given(convolutions())
def test_flops_of_convolutions(drawn: DrawnNode) -> None:
    """Every output element is a sum over the channels of its group and the kernel's positions."""
    op, signature, arrays = imported(drawn)
    weights = arrays[1]
    assert weights is not None
    assert op.flops(signature) == 2 * signature.output.elements * math.prod(weights.shape[1:])
    assert op.mapping_type(signature) is MappingType.MANY_TO_MANY


@hypothesis.settings(max_examples=60, deadline=None)
@hypothesis.given(matrix_products())
def test_flops_of_matrix_products(drawn: DrawnNode) -> None:
    op, signature, arrays = imported(drawn)
    a = arrays[0]
    assert a is not None
    assert op.flops(signature) == 2 * math.prod(signature.output.shape) * a.shape[-1]


@hypothesis.settings(max_examples=60, deadline=None)
@hypothesis.given(broadcasts(), st.booleans())
def test_mapping_of_broadcasts(drawn: DrawnNode, constant: bool) -> None:
    """One-to-Many exactly where an operand computed at run time feeds several output elements."""
    op, signature, arrays = imported(drawn)
    constants = frozenset({len(arrays) - 1}) if constant and len(arrays) > 1 else frozenset()
    elements = [array.size for i, array in enumerate(arrays) if array is not None and i not in constants]
    repeated = any(size != signature.output.elements for size in elements)
    mapping = op.mapping_type(Signature(signature.inputs, signature.outputs, signature.attributes, constants))
    assert mapping is (MappingType.ONE_TO_MANY if repeated else MappingType.ONE_TO_ONE)


@hypothesis.settings(max_examples=60, deadline=None)
@hypothesis.given(slices())
def test_mapping_of_slices(drawn: DrawnNode) -> None:
    op, signature, _ = imported(drawn)
    steps = set(signature.attributes["steps"])
    assert op.mapping_type(signature) is (MappingType.ONE_TO_ONE if steps == {1} else MappingType.SHUFFLE)
