"""ONNX's own node tests, through from_onnx, check and the reference evaluation of the operator classes."""

import numpy as np
import pytest
from backend_cases import CLASSES, BackendCase, cases_by_operator

from dnnf_mlir.dialect_defs.dialect import NotStatic
from dnnf_mlir.dialect_defs.spatial import SpatialOperator
from dnnf_mlir.graph.operator import MappingType, Signature
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.verify.reference import evaluate

NOT_STATIC = {
    "AveragePool": {"its ceil_mode windows leave the padded operand, whose padding counts"},
    "BatchNormalization": {"it is in training mode"},
    "Cast": {"it converts a type that nothing computes in"},
    "LayerNormalization": {"it returns its statistics too"},
    "MaxPool": {"it returns its indices too"},
    "ReduceSum": {"it reduces nothing"},
    "Resize": {"it resizes a region of its operand", "its sizes are rounded to keep the aspect ratio"},
}
"""Forms among the cases that no class covers."""


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_onnx_node_cases(name: str) -> None:
    reasons = set()
    cases = cases_by_operator()[name]
    assert cases
    for case in cases:
        try:
            signature, arrays = case.operation(CLASSES[name])
        except NotStatic as reason:
            reasons.add(str(reason))
            continue
        assert set(signature.attributes) == set(CLASSES[name].attribute_names())
        assert CLASSES[name].check(signature) is None, case.name
        assert isinstance(CLASSES[name].mapping_type(signature), MappingType)
        assert CLASSES[name].flops(signature) >= 0
        check_results(case, evaluate(CLASSES[name], signature, arrays))
    assert reasons == NOT_STATIC.get(name, set())


SPATIAL = sorted(name for name, op in CLASSES.items() if issubclass(op, SpatialOperator))


@pytest.mark.parametrize("name", SPATIAL)
def test_channels_last(name: str) -> None:
    """The same results, transposed, of transposed operands."""
    op = CLASSES[name]
    assert issubclass(op, SpatialOperator)
    for case in cases_by_operator()[name]:
        try:
            first, arrays = case.operation(op)
        except NotStatic:
            continue
        rank = first.input(0).rank
        last = [
            np.moveaxis(array, 1, -1) if array is not None and index in op.layout_operands else array
            for index, array in enumerate(arrays)
        ]
        attributes = {**first.attributes, "layout": "channels_last"}
        if "scales" in attributes:
            scales = list(first.attributes["scales"])
            attributes["scales"] = (scales[0], *scales[2:], scales[1])
        signature = Signature(
            tuple(None if array is None else TensorType.of(array) for array in last),
            tuple(TensorType.of(np.moveaxis(array, 1, -1)) for array in case.outputs),
            attributes,
        )
        assert op.channel_axis(signature) == rank - 1
        assert op.check(signature) is None, case.name
        results = evaluate(op, signature, last)
        check_results(case, [np.moveaxis(result, -1, 1) for result in results])


def check_results(case: BackendCase, results: list[np.ndarray]) -> None:
    for result, expected in zip(results, case.outputs, strict=True):
        assert result.dtype == expected.dtype, case.name
        found, wanted = (np.asarray(array).astype(np.float64) for array in (result, expected))
        np.testing.assert_allclose(found, wanted, rtol=1e-3, atol=1e-5, err_msg=case.name)
