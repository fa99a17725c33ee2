"""One operator through onnx.reference."""

import functools
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from onnx import IR_VERSION, AttributeProto, ModelProto, NodeProto, defs, helper
from onnx.reference import ReferenceEvaluator

from dnnf_mlir.graph.operator import OnnxCall, Signature
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.graph.tensor_type import TensorType

from .corrections import CORRECTIONS


def call_onnx(call: OnnxCall, signature: Signature, inputs: Sequence[np.ndarray | None]) -> list[np.ndarray]:
    """Results of the call; ``inputs`` are the operands that its integers stand for.

    Raises ValueError for operands that the reference implementation does not take.
    """
    arrays = [inputs[value] if isinstance(value, int) else value for value in call.inputs]
    while arrays and arrays[-1] is None:
        arrays.pop()
    names = ["" if array is None else f"x{index}" for index, array in enumerate(arrays)]
    given = {name: array for name, array in zip(names, arrays, strict=True) if array is not None}
    model = _model(call, names, {name: TensorType.of(array) for name, array in given.items()}, signature.outputs)
    try:
        results = _run(_evaluator(model.SerializeToString(deterministic=True)), given)
    except ValueError as error:
        raise ValueError(f"{call.op_type}: {error}") from error
    return [np.asarray(result) for result in results]


def call_node(node: NodeProto, feeds: Mapping[str, np.ndarray]) -> list[Any]:
    """Results of a node of the newest opset; ``feeds`` are its inputs by name.

    The results may be sequences, optionals or numpy scalars. Raises ValueError as :func:`call_onnx` does.
    """
    try:
        evaluator = ReferenceEvaluator(node, new_ops=list(CORRECTIONS))
    except Exception as error:  # an operator or a form that it does not have
        raise ValueError(str(error)) from error
    return _run(evaluator, feeds)


def _run(evaluator: ReferenceEvaluator, feeds: Mapping[str, np.ndarray]) -> list[Any]:
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return list(evaluator.run(None, dict(feeds)))
    except Exception as error:  # the reference implementation checks nothing: whatever it trips over
        raise ValueError(str(error)) from error


def _model(
    call: OnnxCall, names: Sequence[str], types: dict[str, TensorType], outputs: Sequence[TensorType]
) -> ModelProto:
    results = [f"y{index}" for index in range(len(outputs))]
    plain = {name: value for name, value in call.attributes.items() if not isinstance(value, AttributeProto)}
    given = iter(results)
    outputs_of_node = [next(given) if present else "" for present in call.present or (True,) * len(results)]
    node = helper.make_node(call.op_type, names, outputs_of_node, domain=call.domain, **plain)
    node.attribute.extend(value for value in call.attributes.values() if isinstance(value, AttributeProto))
    graph = helper.make_graph(
        [node],
        "call",
        [helper.make_tensor_value_info(name, type_.onnx_element_type, type_.shape) for name, type_ in types.items()],
        [
            helper.make_tensor_value_info(
                name, type_.onnx_element_type, [None if is_dynamic(size) else size for size in type_.shape]
            )
            for name, type_ in zip(results, outputs, strict=True)
        ],
    )
    opset = helper.make_opsetid(call.domain, defs.onnx_opset_version() if not call.domain else 1)
    return helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)


@functools.lru_cache(maxsize=512)
def _evaluator(model: bytes) -> ReferenceEvaluator:
    return ReferenceEvaluator(ModelProto.FromString(model), new_ops=list(CORRECTIONS))
