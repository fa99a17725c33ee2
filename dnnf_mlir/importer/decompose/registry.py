"""Operator -> its decomposition, for operators whose ONNX function body is missing or not suitable."""

from collections.abc import Callable, Mapping

import numpy as np
from onnx import NodeProto

from dnnf_mlir.importer.shapes.value_type import ValueType

from . import grouped, hardmax, known_positions, one_element, quantized, recurrent, statistics, unpooling, windows
from . import narrow_types as in_wider_types
from . import sequences as on_sequences
from .builder import Decomposition
from .containers import Container

_DECOMPOSITIONS: dict[str, Callable[[Decomposition], bool]] = {
    "GatherND": known_positions.gather_nd,
    "GroupNormalization": grouped.group_normalization,
    "BatchNormalization": statistics.batch_normalization,
    "LayerNormalization": statistics.layer_normalization,
    "LRN": statistics.local_response,
    "MeanVarianceNormalization": in_wider_types.mean_variance_normalization,
    **dict.fromkeys(["IsNaN", "IsInf"], in_wider_types.of_narrow_floats),
    **dict.fromkeys(["Conv", "MaxPool", "AveragePool", "LpPool"], windows.windows),
    "Hardmax": hardmax.hardmax,
    "MaxUnpool": unpooling.max_unpool,
    "Range": one_element.range_of_scalars,
    "QuantizeLinear": quantized.quantize,
    "DequantizeLinear": quantized.dequantize,
    "MatMulInteger": quantized.matmul_integer,
    "QLinearConv": quantized.qlinear_conv,
    "QLinearMatMul": quantized.qlinear_matmul,
    "SequenceInsert": on_sequences.insert,
    "SequenceErase": on_sequences.erase,
    "SequenceAt": on_sequences.at,
    "SequenceLength": on_sequences.length,
    "SplitToSequence": on_sequences.split,
    "ConcatFromSequence": on_sequences.concat,
    **dict.fromkeys(["Optional", "OptionalGetElement"], on_sequences.content),
    "OptionalHasElement": on_sequences.has_element,
    **dict.fromkeys(recurrent.RECURRENT, recurrent.recurrent),
}

DECOMPOSED_OPERATORS = frozenset(_DECOMPOSITIONS)
"""The operators of ONNX's default domain with a decomposition."""


def decompose(
    node: NodeProto,
    types: Mapping[str, ValueType],
    known: Mapping[str, np.ndarray],
    containers: Mapping[str, Container],
    producers: Mapping[str, NodeProto],
) -> Decomposition | None:
    """The decomposition of a node; None for other operators and for forms that are not covered.

    ``known`` are the constants of the graph, ``containers`` its values that are no tensors, ``producers`` the
    nodes before. Raises IndexError for
    positions that a sequence does not have.
    """
    made_by = None if node.domain else _DECOMPOSITIONS.get(node.op_type)
    decomposition = Decomposition(node, types, known, containers, producers)
    return decomposition if made_by is not None and made_by(decomposition) else None
