"""Every operator of the dialect has a lowering, and a numeric test in one of the tables of cases."""

import pytest
import test_blocks
import test_elementwise
import test_movement
import test_recurrence
import test_structured
from cases import Builder

from dnnf_mlir.dialect_defs import operators
from dnnf_mlir.errors import UnsupportedModelError
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.lowering import check_supported
from dnnf_mlir.lowering.api import is_supported

TABLES = tuple(each.CASES for each in (test_blocks, test_elementwise, test_movement, test_recurrence, test_structured))


def _kinds_tested() -> set[str]:
    kinds = set()
    for table in TABLES:
        for name, case in table.items():
            builder = Builder(name)
            case(builder)
            kinds |= {node.kind for node in builder.nodes}
    return kinds


def test_every_operator_is_tested() -> None:
    """Opaque nodes and loops are tested with the models that hold them."""
    kinds = {op.OPERATION_NAME.removeprefix("dnnf.") for op in operators() if not op.is_opaque}
    assert kinds - _kinds_tested() == set()


def test_operators_without_a_lowering_are_all_named() -> None:
    class Strange:
        OPERATION_NAME = "dnnf.strange"
        onnx_name = "Strange"

    value = Value(TensorType((1,), "f32"))
    nodes = [Node(Strange, [value], [Value(value.type)], name=name) for name in ("first", "second")]  # type: ignore[arg-type]
    assert not is_supported(nodes[0])
    with pytest.raises(UnsupportedModelError, match=r"'first' \(Strange\)\n.*'second' \(Strange\)"):
        check_supported(nodes)
