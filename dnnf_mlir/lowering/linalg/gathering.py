"""Operators that read an operand at positions which are data: ``tensor.extract`` in the composed body."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from dnnf_mlir.bindings.iree import arith, ir, tensor
from dnnf_mlir.dialect_defs.one_to_many.gather import Gather, GatherElements
from dnnf_mlir.emit.scalar import Scalar, select
from dnnf_mlir.emit.types import is_unsigned
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.lowering.api import Composition, composed
from dnnf_mlir.lowering.linalg.index_maps import Apply, Expression

from .index_maps import Access


def extract(composition: Composition, x: Value, positions: Sequence[Expression]) -> Expression:
    """The element of ``x`` at positions of type ``index``; what computes ``x`` becomes a dispatch of its own."""
    source = composition.region.materialize_before(x)
    return Apply(element_at(source, x.type.dtype), tuple(positions))


def element_at(source: ir.Value, dtype: str) -> Callable[..., Scalar]:
    """The function from positions of type ``index``, one for each dimension of ``source``, to the element there."""

    def read(*positions: Scalar) -> Scalar:
        return Scalar(tensor.ExtractOp(source, [position.value for position in positions]).result, dtype)

    return read


def position_of(number: Scalar) -> Scalar:
    """An integer as ``index``."""
    operation = arith.IndexCastUIOp if is_unsigned(number.dtype) else arith.IndexCastOp
    return Scalar(operation(ir.IndexType.get(), number.value).result, "index")


Table: TypeAlias = np.ndarray | ir.Value | None
"""Positions: known ones, a tensor of i32 from outside, or each index itself."""


def indexed(composition: Composition, x: Value, access: Access, tables: Sequence[Table]) -> Expression:
    """``x[tables[0][i], tables[1][j], ...]``, one table per dimension."""
    positions: list[Expression] = []
    for dim, table, extent in zip(access, tables, x.type.shape, strict=True):
        if isinstance(table, ir.Value):
            positions.append(Apply(position_of, (composition.read_tensor(table, (dim,), "i32"),)))
        elif table is None or (len(table) == extent and np.array_equal(table, np.arange(extent))):
            positions.append(composition.position(dim))
        else:
            array = table.astype(np.int32)
            entry = composition.read(Value(TensorType.of(array), constant=array), (dim,))
            positions.append(Apply(position_of, (entry,)))
    return extract(composition, x, positions)


@composed(Gather)
def _gather(composition: Composition, node: Node, result: int, access: Access) -> Expression:
    x, indices, axis = node.input(0), node.input(1), node.attributes["axis"]
    rank = indices.type.rank
    index = composition.read(indices, access[axis : axis + rank])
    positions = [composition.position(dim) for dim in (*access[:axis], *access[axis + rank :])]
    return extract(composition, x, [*positions[:axis], _wrapped(index, indices, x.type.shape[axis]), *positions[axis:]])


@composed(GatherElements)
def _gather_elements(composition: Composition, node: Node, result: int, access: Access) -> Expression:
    x, indices, axis = node.input(0), node.input(1), node.attributes["axis"]
    positions: list[Expression] = [composition.position(dim) for dim in access]
    positions[axis] = _wrapped(composition.read(indices, access), indices, x.type.shape[axis])
    return extract(composition, x, positions)


def _wrapped(index: Expression, indices: Value, extent: int) -> Expression:
    """The index as a position: negative ones count from the end.

    An index outside, which ONNX leaves undefined, takes the nearest element: memory outside is never touched.
    """

    def position(number: Scalar) -> Scalar:
        if indices.constant is None or (indices.constant < 0).any():
            from_end = number + extent
            number = select(number < 0, from_end, number)
        if indices.constant is None:
            number = number.min(extent - 1).max(0)
        return position_of(number)

    return Apply(position, (index,))
