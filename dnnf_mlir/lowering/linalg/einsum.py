"""Einsum: one contraction, with a loop per letter."""

from functools import reduce
from operator import mul

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.dialect_defs.many_to_many.einsum_notation import Equation
from dnnf_mlir.dialect_defs.many_to_many.matrix import Einsum
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.lowering.api import Composition, Region
from dnnf_mlir.lowering.registry import structured

from .expression import Expression, Output
from .gathering import extract
from .index_maps import Access, Dim, Loop


@structured(Einsum)
def _einsum(region: Region, node: Node) -> list[ir.Value]:
    equation = Equation.of(node.signature)
    dtype = node.output.type.dtype
    dims = {letter: Dim((Loop(extent),)) for letter, extent in equation.sizes.items()}
    composition = region.composition()
    factors = []
    for term, value in zip(equation.terms, node.operands, strict=True):
        access = tuple(
            dims[letter] if extent == equation.sizes[letter] else Dim()
            for letter, extent in zip(term, value.type.shape, strict=True)
        )
        factors.append(_element(composition, value, term, access))
    summed = [dim for letter, dim in dims.items() if letter not in equation.result]
    return composition.emit(
        [Output(tuple(dims[letter] for letter in equation.result), dtype, initial=0)],
        factors,
        reduced=summed,
        combine=lambda values, sums: [sums[0] + reduce(mul, values)],
    )


def _element(composition: Composition, value: Value, term: tuple[str, ...], access: Access) -> Expression:
    """An element of an operand; one that repeats a letter is read along its diagonal."""
    if len(set(term)) == len(term):
        return composition.read(value, access)
    return extract(composition, value, [composition.position(dim) for dim in access])
