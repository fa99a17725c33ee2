"""Brings a tensor into the shape in which an index map can follow the dimensions of an operation."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.emit.constants import ConstantPool
from dnnf_mlir.emit.shapes import extract_slice
from dnnf_mlir.emit.shapes import reshape as reshape_inside
from dnnf_mlir.emit.sizes import shape_of

from .index_maps import Access
from .iteration import Iteration


@dataclass(frozen=True)
class Placed:
    """An operand of a ``linalg.generic``."""

    tensor: ir.Value
    map: ir.AffineMap


Reshape = Callable[[ir.Value, Sequence[int]], ir.Value]


def is_sliced(access: Access, shape: Sequence[int]) -> bool:
    """Whether the access leaves elements of the shape out."""
    return any(not dim.covers(extent) for dim, extent in zip(access, shape, strict=True))


def is_direct(tensor: ir.Value, shape: Sequence[int], access: Access, iteration: Iteration) -> bool:
    """Whether a tensor made in the same dispatch can be read as it is, by an index map alone."""
    if is_sliced(access, shape):
        return False
    return _direct(tensor, access, _dimensions(access, iteration), iteration, inside=True) is not None


def place(
    tensor: ir.Value, shape: Sequence[int], access: Access, iteration: Iteration, reshape: Reshape, inside: bool
) -> Placed:
    """The operand that reads ``tensor`` (elements in the order of ``shape``) at ``access``.

    A tensor from outside the dispatch is reshaped there by ``reshape``, which is free. One made ``inside`` keeps its
    unit dimensions: see quirks.RESHAPE_INSIDE.
    """
    if is_sliced(access, shape):
        sizes = [dim.iterations for dim in access]
        steps = [dim.step if size > 1 else 1 for dim, size in zip(access, sizes, strict=True)]
        tensor = extract_slice(reshape(tensor, shape), [dim.offset for dim in access], sizes, steps)
        inside, reshape = True, reshape_inside
    dimensions = _dimensions(access, iteration)
    direct = _direct(tensor, access, dimensions, iteration, inside)
    if direct is not None:
        return direct
    return Placed(reshape(tensor, [iteration.extent(i) for i in dimensions]), iteration.map(dimensions))


def _dimensions(access: Access, iteration: Iteration) -> list[int]:
    return iteration.dimensions([loop for dim in access for loop in dim.leaves if loop.extent > 1])


def place_constant(pool: ConstantPool, array: np.ndarray, access: Access, iteration: Iteration) -> Placed:
    """The operand that reads a constant: sliced, and with its dimensions in the order of the loops, at compile time."""
    slices = tuple(slice(dim.offset, dim.offset + dim.step * (dim.iterations - 1) + 1, dim.step) for dim in access)
    dimensions = _dimensions(access, iteration)
    extents = [iteration.extent(i) for i in dimensions]
    order = sorted(range(len(dimensions)), key=dimensions.__getitem__)
    form = ("placed", tuple((s.start, s.stop, s.step) for s in slices), tuple(extents), tuple(order))
    constant = pool.derive(array, form, lambda a: a[slices].reshape(extents).transpose(order))
    return Placed(constant, iteration.map(sorted(dimensions)))


def _direct(
    tensor: ir.Value, access: Access, dimensions: Sequence[int], iteration: Iteration, inside: bool
) -> Placed | None:
    """The operand without a reshape, where each dimension of the tensor is one of the operation or of extent 1."""
    remaining = list(dimensions)
    units = _unit_dimensions(tensor, access, iteration)
    indices: list[int | None] = []
    for position, extent in enumerate(shape_of(tensor)):
        if extent == 1:
            if position not in units and not inside:
                return None
            indices.append(units.get(position))
        elif remaining and iteration.extent(remaining[0]) == extent:
            indices.append(remaining.pop(0))
        else:
            return None
    return None if remaining else Placed(tensor, iteration.map(indices))


def _unit_dimensions(tensor: ir.Value, access: Access, iteration: Iteration) -> dict[int, int]:
    """Dimension of the tensor -> the operation's dimension of extent 1, where the tensor is shaped as the access."""
    if len(shape_of(tensor)) != len(access):
        return {}
    found = {}
    for position, dim in enumerate(access):
        loop = next((loop for loop in dim.leaves if loop in iteration), None)
        if dim.iterations == 1 and loop is not None and iteration.extent(iteration.dimension(loop)) == 1:
            found[position] = iteration.dimension(loop)
    return found
