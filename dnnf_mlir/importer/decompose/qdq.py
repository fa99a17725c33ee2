"""What follows a DequantizeLinear, done on the integers instead: models in QDQ form compute as they were meant to.

With ``DQ(x) = s * (x - z)``, applied wherever scale and zero point are known and the equation holds::

    Conv(s * (x - z), t * (w - v)) = s * t * ConvInteger(x, w, z, v)     # MatMul, Gemm: MatMulInteger
    Transpose(DQ(x)) = DQ(Transpose(x))                                  # and whatever else only moves elements
    Q(DQ(x)) = x                                                         # with the same s and z

Convolutions with one channel in a group stay as they are: there is little to multiply, and nothing to sum over
neighbouring channels. So do products of two activations, whose kernels keep the dequantised values in registers.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper

from dnnf_mlir.dialect_defs import MappingType, operators_by_onnx_name
from dnnf_mlir.graph.operator import CostClass
from dnnf_mlir.importer.decompose.builder import Decomposition
from dnnf_mlir.importer.graphs import live_nodes, rename_values, used_values

_BYTES = (np.dtype(np.int8), np.dtype(np.uint8))

_PRODUCTS = frozenset({"Conv", "Gemm", "MatMul"})
_MOVES = {
    name: op
    for name, op in operators_by_onnx_name().items()
    if op.cost_class is CostClass.MOVE and not op.several_operands and not op.several_results
}
"""Operators whose results are elements of their first operand, and which read nothing else of it."""
_VIEWS = frozenset(
    name for name, op in _MOVES.items() if op.default_mapping in (MappingType.REORGANIZE, MappingType.SHUFFLE)
)
"""Those of them that give every element once."""


@dataclass(frozen=True)
class _Dequantized:
    """The operands of a DequantizeLinear; ``scale_name`` and ``zero_point`` are names of constants."""

    source: str
    scale: np.ndarray
    scale_name: str
    zero_point: str
    axis: int


def on_integers(
    nodes: Iterable[NodeProto], constants: Mapping[str, np.ndarray], outputs: Sequence[str]
) -> tuple[list[NodeProto], dict[str, np.ndarray]]:
    """The nodes with the equations applied, and the constants that they read beside ``constants``.

    The nodes are topologically sorted, with unique names; ``outputs`` are the graph's. Without a DequantizeLinear the
    nodes are given back as they are.
    """
    nodes = list(nodes)
    if all(node.op_type != "DequantizeLinear" for node in nodes):
        return nodes, {}
    wanted = _wanted_as_integers(nodes)
    found: list[NodeProto] = []
    added: dict[str, np.ndarray] = {}
    dequantized: dict[str, _Dequantized] = {}
    aliases: dict[str, str] = {}
    for original in nodes:
        node = NodeProto()
        node.CopyFrom(original)
        rename_values(node, aliases)
        if node.op_type == "DequantizeLinear" and not node.domain:
            values = _dequantized(node, constants)
            if values is not None:
                dequantized[node.output[0]] = values
        x = dequantized.get(node.input[0]) if node.input and not node.domain else None
        product = _product(node, dequantized, constants)
        if product is not None:
            found += product.nodes
            added |= product.constants
        elif x is not None and x.scale.size == 1 and _is_moved(node, x, wanted, constants):
            found += _moved(node, x)
            dequantized[node.output[0]] = replace(x, source=found[-1].input[0])
        elif x is not None and node.op_type == "QuantizeLinear" and _undoes(node, x, constants):
            aliases[node.output[0]] = x.source
            if node.output[0] in outputs:
                found.append(helper.make_node("Identity", [x.source], list(node.output), node.name))
        else:
            found.append(node)
    return _converted_early(live_nodes(found, outputs), dequantized), added


def _wanted_as_integers(nodes: Sequence[NodeProto]) -> set[str]:
    """The values that are only quantised again, or multiplied by dequantised weights, maybe after they were moved."""
    readers: dict[str, list[NodeProto]] = {}
    wanted: set[str] = set()
    weights = {node.output[0] for node in nodes if node.op_type == "DequantizeLinear"}
    for node in reversed(nodes):
        for output in node.output:
            users = readers.get(output, [])
            if users and all(
                user.op_type == "QuantizeLinear"
                or (user.op_type in _PRODUCTS and user.input[0] == output and user.input[1] in weights)
                or (user.op_type in _MOVES and user.output[0] in wanted)
                for user in users
            ):
                wanted.add(output)
        for name in used_values(node):
            readers.setdefault(name, []).append(node)
    return wanted


def _is_moved(node: NodeProto, x: _Dequantized, wanted: set[str], constants: Mapping[str, np.ndarray]) -> bool:
    """Whether a move is better done on the integers: these are wanted, or it reads a part of a table.

    Elsewhere the conversion is best done where the integers come from.
    """
    return node.op_type in _MOVES and (node.output[0] in wanted or x.source in constants)


def _moved(node: NodeProto, x: _Dequantized) -> list[NodeProto]:
    """The node on the integers, and the conversion of its result."""
    inner = NodeProto()
    inner.CopyFrom(node)
    inner.name, inner.input[0], inner.output[0] = f"{node.name}/integers", x.source, f"{node.output[0]}/integers"
    operands = [inner.output[0], x.scale_name, x.zero_point]
    return [inner, helper.make_node("DequantizeLinear", operands, [node.output[0]], node.name)]


def _converted_early(nodes: Sequence[NodeProto], dequantized: Mapping[str, _Dequantized]) -> list[NodeProto]:
    """The nodes with ``DQ(Transpose(x))`` as ``Transpose(DQ(x))`` where nothing else reads the integers.

    The kernel that makes the integers can then convert them too, and store them as they are wanted.
    """
    readers = Counter(name for node in nodes for name in used_values(node))
    found: dict[str, NodeProto] = {}
    for node in nodes:
        chain: list[NodeProto] = []
        values = dequantized.get(node.output[0]) if node.op_type == "DequantizeLinear" else None
        while values is not None and values.scale.size == 1:
            view = found.get(node.input[0])
            if view is None or view.op_type not in _VIEWS or readers[node.input[0]] != 1:
                break
            chain.append(found.pop(node.input[0]))
            node.input[0] = view.input[0]
        result = node.output[0]
        if chain:
            node.output[0] = f"{result}/early"
        found[node.output[0]] = node
        previous = node.output[0]
        for number, view in enumerate(reversed(chain)):
            view.input[0] = previous
            previous = view.output[0] = result if number == len(chain) - 1 else f"{result}/view_{number}"
            found[previous] = view
    return list(found.values())


def _undoes(node: NodeProto, x: _Dequantized, constants: Mapping[str, np.ndarray]) -> bool:
    """Whether a QuantizeLinear gives the integers back: ``round(s * (x - z) / s) + z`` is x."""
    if len(node.input) < 3 or x.scale.size != 1 or any(a.name == "block_size" and a.i for a in node.attribute):
        return False
    scale, zero_point = constants.get(node.input[1]), constants.get(node.input[2])
    if scale is None or zero_point is None:
        return False
    own = constants[x.zero_point]
    return scale.size == 1 and own.dtype == zero_point.dtype and _same(scale, x.scale) and _same(zero_point, own)


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.array_equal(a.reshape(-1), b.reshape(-1)))


def _scaled(product: Decomposition, integers: str, scale: np.ndarray, bias: str) -> None:
    """``integers * scale + bias`` in single precision, as the result of the product's node."""
    single = product.op("Cast", integers, to=TensorProto.FLOAT)
    output = product.node.output[0]
    result = product.op("Mul", single, product.constant(scale), output=None if bias else output)
    if bias:
        product.op("Add", result, bias, output=output)


def _dequantized(node: NodeProto, constants: Mapping[str, np.ndarray]) -> _Dequantized | None:
    """None unless the scale is a known number, or one for each entry of an axis, and the zero point is of 8 bits."""
    attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    if len(node.input) < 3 or attributes.get("block_size") or attributes.get("output_dtype", 1) != TensorProto.FLOAT:
        return None
    source, scale, zero_point = node.input
    if scale not in constants or zero_point not in constants:
        return None
    known = constants[scale]
    if known.dtype != np.float32 or known.ndim > 1 or constants[zero_point].dtype not in _BYTES:
        return None
    return _Dequantized(source, known, scale, zero_point, attributes.get("axis", 1))


def _product(
    node: NodeProto, dequantized: Mapping[str, _Dequantized], constants: Mapping[str, np.ndarray]
) -> Decomposition | None:
    if node.domain or node.op_type not in _PRODUCTS or len(node.input) < 2:
        return None
    x, w = (dequantized.get(name) for name in node.input[:2])
    if x is None or w is None or x.source in constants or w.source not in constants or x.scale.size != 1:
        return None
    attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    weights = constants[w.source]
    factor = x.scale.reshape(()) * w.scale
    bias = node.input[2] if len(node.input) > 2 else ""
    if node.op_type == "Conv":
        return _convolution(node, x, w, weights, factor, bias, attributes)
    unscaled = attributes.get("alpha", 1.0) == 1 and attributes.get("beta", 1.0) == 1
    columns = 0 if attributes.get("transB") else 1
    if weights.ndim != 2 or not unscaled or attributes.get("transA") or not _follows(w, weights, columns):
        return None
    product = Decomposition(node, {})
    right = product.op("Transpose", w.source, perm=[1, 0]) if columns == 0 else w.source
    integers = product.op("MatMulInteger", x.source, right, x.zero_point, w.zero_point)
    _scaled(product, integers, factor.reshape(-1) if factor.size > 1 else factor.reshape(()), bias)
    return product


def _convolution(
    node: NodeProto,
    x: _Dequantized,
    w: _Dequantized,
    weights: np.ndarray,
    factor: np.ndarray,
    bias: str,
    attributes: dict[str, Any],
) -> Decomposition | None:
    if weights.ndim < 3 or weights.shape[1] == 1 or not _follows(w, weights, 0):
        return None
    spatial = weights.ndim - 2
    product = Decomposition(node, {})
    integers = product.op("ConvInteger", x.source, w.source, x.zero_point, w.zero_point, **attributes)
    if bias:
        bias = product.op("Unsqueeze", bias, product.ints(*range(1, spatial + 1)))
    per_filter = factor.reshape(-1, *(1,) * spatial) if factor.size > 1 else factor.reshape(())
    _scaled(product, integers, per_filter, bias)
    return product


def _follows(w: _Dequantized, weights: np.ndarray, axis: int) -> bool:
    """Whether the scale is one number, or one for each entry of the axis that the result has too."""
    return w.scale.size == 1 or (w.axis % weights.ndim == axis and w.scale.size == weights.shape[axis])
