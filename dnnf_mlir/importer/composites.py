"""Which operators are written with simpler ones here, rather than by ONNX's own function bodies."""

from collections.abc import Callable, Mapping

import numpy as np
from onnx import NodeProto

from . import grouped, known_positions, on_sequences, quantized, recurrent
from .composite import Composite
from .containers import Container
from .value_type import ValueType

_COMPOSITES: dict[str, Callable[[Composite], bool]] = {
    "GatherND": known_positions.gather_nd,
    "GroupNormalization": grouped.group_normalization,
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
    **dict.fromkeys(recurrent.GATES, recurrent.recurrent),
}

COMPOSITE_OPERATORS = frozenset(_COMPOSITES)
"""The ONNX operators with a composite."""


def compose(
    node: NodeProto,
    types: Mapping[str, ValueType],
    known: Mapping[str, np.ndarray],
    containers: Mapping[str, Container],
) -> Composite | None:
    """What takes the node's place; None for other operators and for forms that are not covered.

    ``known`` are the constants of the graph, ``containers`` its values that are no tensors. Raises IndexError for
    positions that a sequence does not have.
    """
    if node.domain or node.op_type not in _COMPOSITES:
        return None
    composite = Composite(node, types, known, containers)
    return composite if _COMPOSITES[node.op_type](composite) else None
