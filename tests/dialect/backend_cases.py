"""ONNX's own single-node tests as operations of the dialect."""

import functools
import warnings
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper
from onnx.backend.test.loader import load_model_tests

from dnnf_mlir.dialect_defs import operators_by_onnx_name
from dnnf_mlir.dialect_defs.dialect import OnnxNode, Operator
from dnnf_mlir.graph.operator import Signature
from dnnf_mlir.graph.tensor_type import NUMPY_DTYPES, TensorType

CLASSES = operators_by_onnx_name()
DTYPES = frozenset(NUMPY_DTYPES.values())


@dataclass(frozen=True)
class BackendCase:
    """One ONNX node test: the node as the importer describes it (all inputs known), and its expected results."""

    name: str
    node: OnnxNode
    outputs: list[np.ndarray]

    def operation(self, op: type[Operator]) -> tuple[Signature, list[np.ndarray | None]]:
        """Signature and operands of the imported node; raises NotStatic."""
        imported = op.from_onnx(self.node)
        operands = list(imported.operands)
        if not op.several_operands:
            operands += [None] * (len(op.operand_fields()) - len(operands))
        arrays = [None if position is None else self.node.constants.get(position) for position in operands]
        types = tuple(None if array is None else TensorType.of(array) for array in arrays)
        return Signature(types, self.node.output_types, imported.attributes), arrays


@functools.cache
def cases_by_operator() -> dict[str, list[BackendCase]]:
    """The cases on tensors that the dialect has, grouped by the node's operator."""
    grouped = defaultdict(list)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tests = load_model_tests(kind="node")
    for test in tests:
        nodes = test.model.graph.node
        if len(nodes) != 1 or nodes[0].op_type not in CLASSES or nodes[0].domain:
            continue
        for values in test.data_sets:
            inputs, outputs = ([_array(value) for value in side] for side in values)
            if all(array.dtype in DTYPES for array in [*inputs, *outputs]):
                forms = [outputs]
                if len(outputs) > 1 and not CLASSES[nodes[0].op_type].several_results:
                    forms.append(outputs[:1])  # the same node without its optional outputs
                grouped[nodes[0].op_type].extend(
                    BackendCase(test.name, _described(nodes[0], inputs, form), form) for form in forms
                )
    return grouped


def _array(value: object) -> np.ndarray:
    return numpy_helper.to_array(value) if isinstance(value, TensorProto) else np.asarray(value)


def _described(node: NodeProto, inputs: Sequence[np.ndarray], outputs: Sequence[np.ndarray]) -> OnnxNode:
    given = iter(inputs)
    arrays = [next(given) if name else None for name in node.input]
    return OnnxNode(
        node.op_type,
        node.name,
        tuple(node.input),
        tuple(None if array is None else TensorType.of(array) for array in arrays),
        tuple(TensorType.of(array) for array in outputs),
        {attribute.name: _python(helper.get_attribute_value(attribute)) for attribute in node.attribute},
        {index: array for index, array in enumerate(arrays) if array is not None},
    )


def _python(value: object) -> object:
    return value.decode() if isinstance(value, bytes) else value
