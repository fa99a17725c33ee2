"""Shape arithmetic that several operator families share."""

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from dnnf_mlir.graph.extents import ceil_quotient, equal, negated, position
from dnnf_mlir.graph.operator import Signature
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.graph.size_relations import exact_maximum, require_at_least, require_equal
from dnnf_mlir.graph.tensor_type import TensorType

from .dialect import Mismatch, NotStatic, OnnxNode, ShapeOperands


def broadcast_shape(shapes: Iterable[Sequence[int]]) -> tuple[int, ...]:
    """numpy's broadcasting, for all sizes of free dimensions; Mismatch for shapes that do not broadcast."""
    shapes = [tuple(shape) for shape in shapes]
    result = []
    for column in itertools.zip_longest(*map(reversed, shapes), fillvalue=1):
        sizes = sorted({size for size in column if size != 1}, key=is_dynamic)
        if not all(require_equal(sizes[0], size) for size in sizes[1:]):
            raise Mismatch(f"operands do not broadcast: {', '.join(map(str, shapes))}")
        result.append(sizes[0] if sizes else 1)
    return tuple(reversed(result))


def require_broadcast(name: str, operand: TensorType | None, shape: tuple[int, ...]) -> None:
    """Mismatch when an operand does not broadcast to ``shape``, and only that way; absent operands do."""
    if operand is None:
        return
    pairs = zip(reversed(operand.shape), reversed(shape), strict=False)
    if operand.rank > len(shape) or not all(mine == 1 or require_equal(mine, wanted) for mine, wanted in pairs):
        raise Mismatch(f"{name} {operand} does not broadcast to shape {shape}")


def one_element_type(types: Iterable[TensorType]) -> str:
    """The element type that all operands have; Mismatch when they differ."""
    dtypes = list(dict.fromkeys(type_.dtype for type_ in types))
    if len(dtypes) != 1:
        raise Mismatch(f"operands must have one element type, got {' and '.join(dtypes)}")
    return dtypes[0]


def require_bytes(signature: Signature, names: Sequence[str]) -> None:
    """Mismatch unless the first operands, called ``names``, are 8-bit integers, and their zero points of their types.

    The zero points follow the operands in the same order; they may be absent.
    """
    for index, name in enumerate(names):
        operand, zero_point = signature.input(index), signature.inputs[len(names) + index]
        if operand.dtype not in ("i8", "ui8"):
            raise Mismatch(f"{name} must be of 8-bit integers, got {operand}")
        if zero_point is not None and (zero_point.dtype != operand.dtype or zero_point.rank > operand.rank):
            raise Mismatch(f"the zero point {zero_point} does not fit {name}, {operand}")


def axis_positions(operands: ShapeOperands, axes: Sequence[Any], rank: int) -> list[Any]:
    """ONNX's axes as positions; each must be a dimension, and all must be different."""
    places = [position(axis, rank) for axis in axes]
    for number, place in enumerate(places):
        operands.require(place >= 0, f"{axes[number]} is none of {rank} dimensions")
        operands.require(place < rank, f"{axes[number]} is none of {rank} dimensions")
        for other in places[:number]:
            operands.require(negated(equal(place, other)), f"axes {axes} are not different")
    return places


def along(shape: Sequence[Any], axis: int, size: Any) -> tuple[Any, ...]:
    """The shape with another size in one dimension; Mismatch where there is no such dimension."""
    if not -len(shape) <= axis < len(shape):
        raise Mismatch(f"there is no dimension {axis} in {len(shape)}")
    axis = position(axis, len(shape))
    return (*shape[:axis], size, *shape[axis + 1 :])


def axis_of(signature: Signature, name: str = "axis") -> int:
    """The axis attribute; Mismatch when the first operand has no such dimension."""
    axis: int = signature.attributes[name]
    rank = signature.input(0).rank
    if not 0 <= axis < rank:
        raise Mismatch(f"{name} {axis} is none of the {rank} dimensions of {signature.input(0)}")
    return axis


def require_inside(indices: np.ndarray, size: int) -> None:
    """Mismatch unless all indices are positions in a dimension of this size, where negative ones count from the end."""
    if is_dynamic(size) or not indices.size:
        return
    for index in (int(indices.min()), int(indices.max())):
        if not -size <= index < size:
            raise Mismatch(f"index {index} is outside of a dimension of size {size}")


def require_length(name: str, values: Sequence[object], length: int) -> None:
    """Mismatch unless an array attribute has ``length`` entries."""
    if len(values) != length:
        raise Mismatch(f"{name} needs length {length}, got {len(values)}")


def require_positive(name: str, values: Sequence[int]) -> None:
    """Mismatch unless all entries of an array attribute are at least 1."""
    if min(values, default=1) < 1:
        raise Mismatch(f"{name} must be positive, got {tuple(values)}")


def window_extent(kernel: int, dilation: int) -> int:
    """Number of input positions between a window's first and last element, both included."""
    return (kernel - 1) * dilation + 1


def window_positions(
    sizes: Sequence[int],
    kernel: Sequence[int],
    strides: Sequence[int],
    pads: Sequence[int],
    dilations: Sequence[int],
) -> tuple[int, ...]:
    """Output sizes of a sliding window; ``pads`` is begin..., end...; Mismatch when a window does not fit."""
    rank = len(sizes)
    for name, values, length in (
        ("kernel_shape", kernel, rank),
        ("strides", strides, rank),
        ("pads", pads, 2 * rank),
        ("dilations", dilations, rank),
    ):
        require_length(name, values, length)
        if name != "pads":
            require_positive(name, values)
    result = []
    for i in range(rank):
        padded = sizes[i] + pads[i] + pads[rank + i]
        extent = window_extent(kernel[i], dilations[i])
        if not require_at_least(padded, extent):
            raise Mismatch(f"a window of {extent} does not fit in spatial dimension {i} of padded size {padded}")
        result.append((padded - extent) // strides[i] + 1)
    return tuple(result)


def resolved_pads(
    auto_pad: str,
    pads: Sequence[int] | None,
    sizes: Sequence[int],
    kernel: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
) -> tuple[int, ...]:
    """Explicit begin... end... paddings of a convolution or pool: ``auto_pad`` resolved by the input's sizes.

    For SAME: ``(ceil(size / stride) - 1) * stride + extent of the window - size`` in all, if that is positive.
    """
    rank = len(sizes)
    if auto_pad == "NOTSET":
        return tuple(pads or (0,) * (2 * rank))
    if auto_pad == "VALID":
        return (0,) * (2 * rank)
    totals = []
    for size, window, stride, dilation in zip(sizes, kernel, strides, dilations, strict=True):
        reached = (ceil_quotient(size, stride) - 1) * stride + window_extent(window, dilation)
        totals.append(exact_maximum(0, reached - size))
    return split_padding(totals, auto_pad)


def split_padding(totals: Sequence[int], auto_pad: str) -> tuple[int, ...]:
    """Paddings begin... end... of these sums: ONNX puts an odd element to the end for SAME_UPPER, else to the begin."""
    smaller, larger = [total // 2 for total in totals], [total - total // 2 for total in totals]
    return (*smaller, *larger) if auto_pad == "SAME_UPPER" else (*larger, *smaller)


def ints(node: OnnxNode, name: str, rank: int, default: int) -> tuple[int, ...]:
    """An ONNX integer list with one entry per spatial dimension, ``default`` everywhere when it is absent."""
    return tuple(node.attribute(name) or (default,) * rank)


def require_single_output(node: OnnxNode, what: str) -> None:
    """NotStatic when an ONNX node uses its optional outputs."""
    if len(node.output_types) > 1:
        raise NotStatic(f"it returns its {what} too")
