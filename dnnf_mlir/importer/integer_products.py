"""Products of dequantised tensors as products of the integers themselves, scaled once.

A scale is a factor of the sum that a product is::

    Conv(s * (x - z), t * (w - v)) = s * t * ConvInteger(x, w, z, v)        # MatMul, Gemm: MatMulInteger

so that a model in QDQ form (DequantizeLinear before, QuantizeLinear behind every operator) computes on 8-bit integers
where its author meant it to: in the products with constant weights. Convolutions with one channel in a group stay as
they are: there is little to multiply, and nothing to sum over neighbouring channels.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper

_BYTES = (np.dtype(np.int8), np.dtype(np.uint8))


@dataclass(frozen=True)
class _Dequantized:
    """The operands of a DequantizeLinear."""

    source: str
    scale: np.ndarray
    zero_point: str
    axis: int


def with_integer_products(
    nodes: Iterable[NodeProto], constants: Mapping[str, np.ndarray]
) -> tuple[list[NodeProto], dict[str, np.ndarray]]:
    """The nodes with the equation applied wherever it holds, and the constants that they read beside ``constants``.

    The nodes are topologically sorted, with unique names; what is no longer read stays among them.
    """
    found: list[NodeProto] = []
    added: dict[str, np.ndarray] = {}
    dequantized: dict[str, _Dequantized] = {}
    for node in nodes:
        if node.op_type == "DequantizeLinear" and not node.domain:
            values = _dequantized(node, constants)
            if values is not None:
                dequantized[node.output[0]] = values
        product = _product(node, dequantized, constants)
        if product is None:
            found.append(node)
        else:
            found += product.nodes
            added |= product.constants
    return found, added


@dataclass
class _Product:
    """What takes the place of one product."""

    node: NodeProto
    nodes: list[NodeProto] = field(default_factory=list)
    constants: dict[str, np.ndarray] = field(default_factory=dict)

    def op(self, op_type: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        name = f"{self.node.name}/{op_type}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op_type, list(inputs), [output or name], name, **attributes))
        return output or name

    def constant(self, array: np.ndarray) -> str:
        name = f"{self.node.name}/integer_constant_{len(self.constants)}"
        self.constants[name] = array
        return name

    def scaled(self, product: str, scale: np.ndarray, bias: str) -> None:
        """``product * scale + bias`` in single precision."""
        single = self.op("Cast", product, to=TensorProto.FLOAT)
        output = self.node.output[0]
        result = self.op("Mul", single, self.constant(scale), output="" if bias else output)
        if bias:
            self.op("Add", result, bias, output=output)


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
    return _Dequantized(source, known, zero_point, attributes.get("axis", 1))


def _product(
    node: NodeProto, dequantized: Mapping[str, _Dequantized], constants: Mapping[str, np.ndarray]
) -> _Product | None:
    if node.domain or node.op_type not in ("Conv", "MatMul", "Gemm") or len(node.input) < 2:
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
    product = _Product(node)
    right = product.op("Transpose", w.source, perm=[1, 0]) if columns == 0 else w.source
    integers = product.op("MatMulInteger", x.source, right, x.zero_point, w.zero_point)
    product.scaled(integers, factor.reshape(-1) if factor.size > 1 else factor.reshape(()), bias)
    return product


def _convolution(
    node: NodeProto,
    x: _Dequantized,
    w: _Dequantized,
    weights: np.ndarray,
    factor: np.ndarray,
    bias: str,
    attributes: dict[str, Any],
) -> _Product | None:
    if weights.ndim < 3 or weights.shape[1] == 1 or not _follows(w, weights, 0):
        return None
    spatial = weights.ndim - 2
    product = _Product(node)
    integers = product.op("ConvInteger", x.source, w.source, x.zero_point, w.zero_point, **attributes)
    if bias:
        axes = product.constant(np.arange(1, spatial + 1))
        bias = product.op("Unsqueeze", bias, axes)
    per_filter = factor.reshape(-1, *(1,) * spatial) if factor.size > 1 else factor.reshape(())
    product.scaled(integers, per_filter, bias)
    return product


def _follows(w: _Dequantized, weights: np.ndarray, axis: int) -> bool:
    """Whether the scale is one number, or one for each entry of the axis that the result has too."""
    return w.scale.size == 1 or (w.axis % weights.ndim == axis and w.scale.size == weights.shape[axis])
