"""Operators that read an operand at positions which are data: ``tensor.extract`` in the composed body."""

from collections.abc import Sequence

import numpy as np

from dnnf_mlir.bindings.iree import arith, ir, tensor
from dnnf_mlir.dialect_defs.one_to_many.gather import Gather, GatherElements
from dnnf_mlir.emit.casts import to_index
from dnnf_mlir.emit.element_wise import compare, maximum, minimum, present, select
from dnnf_mlir.emit.types import constant_like
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.lowering.registry import composed

from .composition import Apply, Composition, Expression
from .index_maps import Access


def extract(composition: Composition, x: Value, positions: Sequence[Expression]) -> Expression:
    """The element of ``x`` at positions of type ``index``; what computes ``x`` becomes a dispatch of its own."""
    source = composition.region.materialize_before(x)
    return Apply(lambda v: tensor.ExtractOp(source, [present(i) for i in v]).result, tuple(positions))


def indexed(composition: Composition, x: Value, access: Access, tables: Sequence[np.ndarray]) -> Expression:
    """``x[tables[0][i], tables[1][j], ...]`` with constant tables, one per dimension."""
    positions: list[Expression] = []
    for dim, table, extent in zip(access, tables, x.type.shape, strict=True):
        if len(table) == extent and np.array_equal(table, np.arange(extent)):
            positions.append(composition.position(dim))
        else:
            array = table.astype(np.int32)
            entry = composition.read(Value(TensorType.of(array), constant=array), (dim,))
            positions.append(Apply(lambda v: to_index(present(v[0]), "i32"), (entry,)))
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
    dtype = indices.type.dtype

    def position(values: list[ir.Value | None]) -> ir.Value:
        number = present(values[0])
        if indices.constant is None or (indices.constant < 0).any():
            from_end = arith.AddIOp(number, constant_like(number, extent)).result
            number = select(compare(dtype, "lt", number, constant_like(number, 0)), from_end, number)
        if indices.constant is None:
            number = minimum(dtype, number, constant_like(number, extent - 1))
            number = maximum(dtype, number, constant_like(number, 0))
        return to_index(number, dtype)

    return Apply(position, (index,))
