"""Where a kernel's results go: a following Reshape + Transpose + Reshape becomes the address of the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod


@dataclass(frozen=True)
class Layout:
    """A permutation of refined output dimensions.

    ``factors[d]`` splits dimension d of the kernel's output (batch, spatial..., channels) row-major into extents; all
    factors in order are permuted by ``permutation`` (as ONNX Transpose's ``perm``) and the result seen as ``shape``.
    The heads of an attention, [1, 128, 768] -> [1, 12, 128, 64], are
    ``Layout(((1,), (128,), (12, 64)), (0, 2, 1, 3), (1, 12, 128, 64))``.
    """

    factors: tuple[tuple[int, ...], ...]
    permutation: tuple[int, ...]
    shape: tuple[int, ...]

    @staticmethod
    def plain(extents: Sequence[int]) -> "Layout":
        """The output as it is."""
        return Layout(tuple((extent,) for extent in extents), tuple(range(len(extents))), tuple(extents))

    @staticmethod
    def channels_first(extents: Sequence[int]) -> "Layout":
        """[batch, spatial..., channels] stored as [batch, channels, spatial...]."""
        last = len(extents) - 1
        permutation = (0, last, *range(1, last))
        return Layout(tuple((extent,) for extent in extents), permutation, tuple(extents[i] for i in permutation))


@dataclass(frozen=True)
class Factor:
    """One dimension of the stored tensor: (coordinate of ``dim`` // ``divisor``) % ``extent``.

    ``outermost``: no other factor of the same dimension lies above, the remainder is not needed.
    """

    dim: int
    divisor: int
    extent: int
    outermost: bool


def stored_factors(layout: Layout, grouping: Sequence[Sequence[int]]) -> tuple[Factor, ...]:
    """The layout over grouped dimensions, as few factors as possible, in the order in which they are stored."""
    factors: list[Factor] = []
    group_of = {dim: index for index, group in enumerate(grouping) for dim in group}
    for dim, extents in enumerate(layout.factors):
        group = grouping[group_of[dim]]
        inner_dims = prod(prod(layout.factors[inner]) for inner in group[list(group).index(dim) + 1 :])
        for position, extent in enumerate(extents):
            divisor = prod(extents[position + 1 :]) * inner_dims
            factors.append(Factor(group_of[dim], divisor, extent, False))
    stored: list[Factor] = []
    for index in layout.permutation:
        factor = factors[index]
        if factor.extent == 1:
            continue
        last = stored[-1] if stored else None
        if last is not None and last.dim == factor.dim and last.divisor == factor.divisor * factor.extent:
            stored[-1] = Factor(factor.dim, factor.divisor, last.extent * factor.extent, False)
        else:
            stored.append(factor)
    return tuple(
        Factor(f.dim, f.divisor, f.extent, all(g.divisor <= f.divisor for g in stored if g.dim == f.dim))
        for f in stored
    )
