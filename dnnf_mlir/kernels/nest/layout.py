"""Where a kernel's results go: what follows becomes the address of the store.

A Reshape + Transpose + Reshape permutes the elements; a Concat makes them a part of a larger tensor.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any


@dataclass(frozen=True)
class Place:
    """A part of a larger tensor: from ``start`` on along dimension ``axis``, the other dimensions are the same.

    ``whole`` is the larger tensor (an MLIR value) of ``shape``, with what other kernels have written so far.
    """

    whole: Any
    shape: tuple[int, ...]
    axis: int
    start: int


@dataclass(frozen=True)
class Layout:
    """A permutation of refined output dimensions.

    ``factors[d]`` splits dimension d of the kernel's output (batch, spatial..., channels) row-major into extents; all
    factors in order are permuted by ``permutation`` (as ONNX Transpose's ``perm``) and the result seen as ``shape``.
    The heads of an attention, [1, 128, 768] -> [1, 12, 128, 64], are
    ``Layout(((1,), (128,), (12, 64)), (0, 2, 1, 3), (1, 12, 128, 64))``. With a ``place``, ``shape`` is a part of its
    tensor.
    """

    factors: tuple[tuple[int, ...], ...]
    permutation: tuple[int, ...]
    shape: tuple[int, ...]
    place: Place | None = None

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
    """One dimension of the stored tensor: ``start`` + (coordinate of ``dim`` // ``divisor``) % ``extent``.

    ``outermost``: no other factor of the same dimension lies above, the remainder is not needed. ``room`` is the
    dimension's extent where the result is a part of a larger tensor.
    """

    dim: int
    divisor: int
    extent: int
    outermost: bool
    start: int = 0
    room: int | None = None

    @property
    def stored_extent(self) -> int:
        """The dimension's extent in the tensor that is written to."""
        return self.extent if self.room is None else self.room


def is_part(layout: Layout, axis: int, extent: int, start: int) -> bool:
    """Whether a result so laid out can be written into a tensor of ``extent`` along ``axis``, from ``start`` on.

    The outermost factor of the axis takes the offset: it must be a multiple of the inner ones, and so must the extent.
    """
    inner = layout.shape[axis] // _outermost_of_axis(layout, axis)
    return extent % inner == 0 and start % inner == 0


def _outermost_of_axis(layout: Layout, axis: int) -> int:
    """The extent of the axis' outermost factor."""
    extents = [extent for split in layout.factors for extent in split]
    before, part, passed = prod(layout.shape[:axis]), layout.shape[axis], 1
    for index in layout.permutation:
        if passed == before and extents[index] != 1:
            return extents[index] if part % extents[index] == 0 else 1
        passed *= extents[index]
    return 1


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
    outer: list[int] = []  # of each stored factor the number of its outermost part
    place = layout.place
    before = None if place is None else prod(layout.shape[: place.axis])
    divided: int | None = None  # the position of the factor that the place's axis begins with
    passed = 1
    for index in layout.permutation:
        factor = factors[index]
        if factor.extent == 1:
            continue
        if passed == before:
            divided = len(stored)
        passed *= factor.extent
        last = stored[-1] if stored and divided != len(stored) else None
        if last is not None and last.dim == factor.dim and last.divisor == factor.divisor * factor.extent:
            stored[-1] = Factor(factor.dim, factor.divisor, last.extent * factor.extent, False)
        else:
            stored.append(factor)
            outer.append(index)
    outermost = [min(i for g, i in zip(stored, outer, strict=True) if g.dim == f.dim) for f in stored]
    stored = [replace(f, outermost=i == first) for f, i, first in zip(stored, outer, outermost, strict=True)]
    return tuple(stored) if place is None else _placed(stored, divided, place, layout.shape[place.axis])


def _placed(stored: list[Factor], position: int | None, place: Place, part: int) -> tuple[Factor, ...]:
    """The factors in the larger tensor, where the one at ``position`` begins the axis, None where nothing does."""
    whole = place.shape[place.axis]
    if position is None:
        return (*stored, Factor(-1, 1, 1, True, place.start, whole))
    axis = stored[position]
    room, start = axis.extent * whole, axis.extent * place.start
    if room % part or start % part:
        raise ValueError(f"a part of {part} cannot be stored from {place.start} on in {place.shape}")
    return (*stored[:position], replace(axis, start=start // part, room=room // part), *stored[position + 1 :])
