"""Products: named operations where the operands are stored that way, else a contraction with index maps."""

from collections.abc import Sequence
from functools import reduce
from math import prod
from operator import mul

from dnnf_mlir.bindings.iree import ir, linalg
from dnnf_mlir.dialect_defs.many_to_many.einsum_notation import Equation
from dnnf_mlir.dialect_defs.many_to_many.matrix import Einsum, Gemm, MatMul
from dnnf_mlir.emit.scalar import Scalar
from dnnf_mlir.emit.shapes import filled
from dnnf_mlir.emit.sizes import shape_of
from dnnf_mlir.emit.types import element_of
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.views import is_reshape, is_strided_view
from dnnf_mlir.lowering.api import Composition, Region, composed, structured
from dnnf_mlir.lowering.linalg.gathering import extract
from dnnf_mlir.lowering.linalg.index_maps import Access, Apply, Dim, Expression, Loop, Output, broadcast, iterate


def _is_view(region: Region, value: Value) -> bool:
    """Whether the value is another view of a tensor from outside the block, so that index maps can read it in place."""
    while value.producer is not None and region.computes(value):
        if not is_strided_view(value.producer) or value in region.required:
            return False
        value = value.producer.input(0)
    return True


@structured(MatMul)
def matmul(region: Region, node: Node) -> list[ir.Value]:
    """The product, of any element type."""
    a, b = node.input(0), node.input(1)
    shape_a = a.type.shape if a.type.rank > 1 else (1, *a.type.shape)
    shape_b = b.type.shape if b.type.rank > 1 else (*b.type.shape, 1)
    if not (_is_shuffled(region, a) or _is_shuffled(region, b)):
        product = _named(region, a, shape_a, b, shape_b)
        if product is not None:
            return [product]
    return [_contract(region, a, shape_a, b, shape_b, node.output.type.dtype)]


def _is_shuffled(region: Region, value: Value) -> bool:
    """Whether the value is a transposed or expanded view, which a reshape alone cannot give."""
    if value.constant is not None or not region.computes(value) or not _is_view(region, value):
        return False
    while value.producer is not None and region.computes(value):
        if not is_reshape(value.producer):
            return True
        value = value.producer.input(0)
    return False


def _named(region: Region, a: Value, shape_a: Sequence[int], b: Value, shape_b: Sequence[int]) -> ir.Value | None:
    """The product as a named operation on collapsed batch dimensions; None where they broadcast against each other."""
    *batch_a, rows, depth = shape_a
    *batch_b, _, columns = shape_b
    if depth == 0:
        return None
    if prod(batch_b) == 1:
        return matrix_product(*region.all_shaped((a, left_shape(prod(batch_a) * rows, depth)), (b, (depth, columns))))
    if list(batch_a) != list(batch_b):
        return None
    batch = prod(batch_a)
    left, right = region.all_shaped((a, (batch, rows, depth)), (b, (batch, depth, columns)))
    accumulator = filled((batch, rows, columns), element_of(left.type), 0)
    return linalg.batch_matmul(left, right, outs=[accumulator])


def left_shape(rows: int, depth: int) -> tuple[int, ...]:
    """The shape that :func:`matrix_product` wants its left factor in: see quirks.ROW_PRODUCT."""
    return (depth,) if rows == 1 else (rows, depth)


def matrix_product(left: ir.Value, right: ir.Value) -> ir.Value:
    """[rows, depth] or [depth] times [depth, columns]."""
    *rows, _ = shape_of(left)
    accumulator = filled((*rows, shape_of(right)[1]), element_of(left.type), 0)
    return (linalg.matmul if rows else linalg.vecmat)(left, right, outs=[accumulator])


def _contract(
    region: Region, a: Value, shape_a: Sequence[int], b: Value, shape_b: Sequence[int], dtype: str
) -> ir.Value:
    rank = max(len(shape_a), len(shape_b)) - 2
    batch_shape = [max(_from_end(shape_a, rank + 2, i), _from_end(shape_b, rank + 2, i)) for i in range(rank)]
    batch = iterate(batch_shape)
    rows, columns, depth = (Dim((Loop(extent),)) for extent in (shape_a[-2], shape_b[-1], shape_a[-1]))
    composition = region.composition()
    left = _element(composition, a, (*broadcast(batch, batch_shape, shape_a[:-2]), rows, depth))
    right = _element(composition, b, (*broadcast(batch, batch_shape, shape_b[:-2]), depth, columns))
    return contracted(composition, (*batch, rows, columns), dtype, [left, right], [depth])


def contracted(
    composition: Composition,
    access: Access,
    dtype: str,
    factors: Sequence[Expression],
    reduced: Sequence[Dim],
    fixed: tuple[int, ...] | None = None,
) -> ir.Value:
    """The product of the factors, summed over the reduced dimensions; the tensor may have a ``fixed`` shape."""
    return composition.emit(
        [Output(access, dtype, initial=0, fixed=fixed)],
        factors,
        reduced=reduced,
        combine=lambda values, sums: [sums[0] + reduce(mul, values)],
    )[0]


def _element(composition: Composition, value: Value, access: Access) -> Expression:
    if value.type.rank == 1:
        access = tuple(dim for dim in access if dim.iterations == value.type.shape[0])[-1:]
    if _is_view(composition.region, value):
        return composition.read(value, access)
    return composition.load(value, access)


def _from_end(shape: Sequence[int], rank: int, position: int) -> int:
    missing = rank - len(shape)
    return 1 if position < missing else shape[position - missing]


@composed(Gemm)
def _gemm(composition: Composition, node: Node, result: int, access: Access) -> Expression:
    """alpha * A' * B' + beta * C: the product is structured, the rest goes where the result is read."""
    alpha, beta = node.attributes.get("alpha", 1.0), node.attributes.get("beta", 1.0)
    product: Expression = composition.read_tensor(
        composition.region.partial(node)[0], access, node.output.type.dtype, node.output.type.shape
    )
    product = _scaled(product, alpha)
    c = node.inputs[2] if len(node.inputs) > 2 else None
    if c is None or beta == 0:
        return product
    addend = composition.read(c, broadcast(access, node.output.type.shape, c.type.shape))
    return Apply(Scalar.__add__, (product, _scaled(addend, beta)))


def _scaled(expression: Expression, factor: float) -> Expression:
    if factor == 1:
        return expression
    return Apply(lambda x: x * factor, (expression,))


@structured(Gemm)
def _gemm_product(region: Region, node: Node) -> list[ir.Value]:
    a, b = node.input(0), node.input(1)
    rows, columns = node.output.type.shape
    transpose_a, transpose_b = node.attributes.get("transA", 0), node.attributes.get("transB", 0)
    depth = a.type.shape[0 if transpose_a else 1]
    if depth and not transpose_a and not _is_shuffled(region, a) and (b.constant is not None or not transpose_b):
        if b.constant is not None and transpose_b:
            right = region.lowering.pool.derive(b.constant, "transposed", lambda array: array.T)
            return [matrix_product(region.shaped(a, left_shape(rows, depth)), right)]
        return [matrix_product(*region.all_shaped((a, left_shape(rows, depth)), (b, b.type.shape)))]
    m, n, k = (Dim((Loop(extent),)) for extent in (rows, columns, depth))
    composition = region.composition()
    left = _element(composition, a, (k, m) if transpose_a else (m, k))
    right = _element(composition, b, (n, k) if transpose_b else (k, n))
    return [contracted(composition, (m, n), node.output.type.dtype, [left, right], [k])]


@structured(Einsum)
def _einsum(region: Region, node: Node) -> list[ir.Value]:
    """One contraction, with a loop per letter."""
    equation = Equation.of(node.signature)
    dims = {letter: Dim((Loop(extent),)) for letter, extent in equation.sizes.items()}
    composition = region.composition()
    factors = []
    for term, value in zip(equation.terms, node.operands, strict=True):
        access = tuple(
            dims[letter] if extent == equation.sizes[letter] else Dim()
            for letter, extent in zip(term, value.type.shape, strict=True)
        )
        factors.append(_einsum_factor(composition, value, term, access))
    access = tuple(dims[letter] for letter in equation.result)
    summed = [dim for letter, dim in dims.items() if letter not in equation.result]
    return [contracted(composition, access, node.output.type.dtype, factors, summed)]


def _einsum_factor(composition: Composition, value: Value, term: tuple[str, ...], access: Access) -> Expression:
    """An element of an operand; one that repeats a letter is read along its diagonal."""
    if len(set(term)) == len(term):
        return composition.read(value, access)
    return extract(composition, value, [composition.position(dim) for dim in access])
