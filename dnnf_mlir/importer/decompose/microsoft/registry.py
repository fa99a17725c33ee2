"""All operators of the domain com.microsoft that can be compiled, and what takes a node's place."""

from collections.abc import Iterable, Mapping

import numpy as np
from onnx import NodeProto

from dnnf_mlir.importer.decompose.functions import instantiate
from dnnf_mlir.importer.shapes.value_type import ValueType

from . import (
    activations,
    attention,
    embedding,
    grouped_attention,
    normalization,
    others,
    products,
    quantized,
    recurrent,
    weights,
)
from .operator import DOMAIN, Call, Operator

EXPERIMENTAL = (*activations.EXPERIMENTAL, *others.EXPERIMENTAL)

FAMILIES: Mapping[str, tuple[Operator, ...]] = {
    "activations": activations.OPERATORS,
    "normalization": normalization.OPERATORS,
    "products and convolutions": products.OPERATORS,
    "quantised operators": quantized.OPERATORS,
    "attention": (*attention.OPERATORS, *grouped_attention.OPERATORS),
    "recurrent layers": recurrent.OPERATORS,
    "embeddings": embedding.OPERATORS,
    "weights of few bits": weights.OPERATORS,
    "others": others.OPERATORS,
    "operators that ONNX's own domain had for a trial": EXPERIMENTAL,
}
"""Family -> its operators."""

OPERATORS: Mapping[str, Operator] = {each.name: each for family in FAMILIES.values() for each in family}
"""By name."""

ADOPTED = frozenset({"LayerNormalization", "SimplifiedLayerNormalization", *(op.name for op in EXPERIMENTAL)})
"""Those that files also have in ONNX's own domain, in versions that do not define them."""


def rename(nodes: Iterable[NodeProto]) -> None:
    """Gives nodes of the domain, in place, ONNX's own operator of the same name where it does the same."""
    for node in nodes:
        if node.domain == DOMAIN and node.op_type in _SAME:
            node.domain = ""


_SAME = frozenset({"DequantizeLinear", "QuantizeLinear"})
"""What the steps between reading and interpreting know as ONNX's own."""


def expanded(
    node: NodeProto, types: Mapping[str, ValueType], known: Mapping[str, np.ndarray]
) -> tuple[list[NodeProto], dict[str, np.ndarray]]:
    """The nodes that take the place of a node of the domain, and the constants that they read.

    ``known`` are the constants of the graph. Raises NotCovered.
    """
    call = Call(OPERATORS[node.op_type], node, types, known)
    function = call.operator.function(call)
    named = {f"{node.name}/{name}": array for name, array in call.constants.items()}
    given = [*node.input, *[""] * (len(function.input) - len(named) - len(node.input)), *named]
    whole = NodeProto()
    whole.CopyFrom(node)
    whole.input[:] = given
    return instantiate(function, whole), named
