"""What is fused around an anchor: element-wise work on its input and its result, a pool, the layouts of the results.

A problem is brought to its canonical form with it: operands are regrouped, tensors reshaped.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Literal

from dnnf_mlir.bindings.iree import flow, ir
from dnnf_mlir.emit.sizes import Shaped, dynamic, shape_of
from dnnf_mlir.kernels.nest.layout import Layout, stored_factors
from dnnf_mlir.kernels.nest.problem import Canonical, ConvProblem, Grouping, PoolProblem, groupings, spatial

Body = Callable[[list[ir.Value]], Sequence[ir.Value]]


@dataclass(frozen=True)
class Operand:
    """A further tensor of the element-wise expression.

    ``dims[i]`` is the dimension of the kernel's output (prologue: input), in the order batch, spatial..., channels,
    that dimension i of the tensor follows; None for a dimension of extent 1. Extents of 1 broadcast.
    """

    value: ir.Value
    dims: tuple[int | None, ...]


@dataclass(frozen=True)
class ElementWise:
    """``body`` gets [kernel value, *one value per operand], all of one shape, and returns ``results`` values.

    It may emit any op of ``arith`` or ``math`` that works on scalars and on vectors alike; constants must take the
    type of the value they meet (:func:`constant_like`).

    ``scales``: the body multiplies the kernel value by its only operand, which is the same at every position of an
    image. A prologue of this kind can multiply a convolution's weights instead of its many inputs.

    ``elements`` are the element types that the results are stored in; without them, they are of the operand's.
    ``single_precision``: values of f16 are widened before the body, which holds functions that f16 is too coarse for.
    """

    body: Body
    operands: tuple[Operand, ...] = ()
    results: int = 1
    scales: bool = False
    elements: tuple[ir.Type, ...] = ()
    single_precision: bool = False


IDENTITY = ElementWise(lambda values: values[:1])


@dataclass(frozen=True)
class Pooling:
    """A pool behind an anchor (ONNX MaxPool, AveragePool): windows side by side, none in padding.

    ``window`` holds an extent per spatial axis; positions that fill no window are left out. Pooled is the first of the
    results of the anchor's epilogue; the others are stored beside. ``epilogue`` works on the pooled values, ``layouts``
    are those of its results.
    """

    window: tuple[int, ...]
    kind: Literal["max", "average"]
    epilogue: ElementWise = IDENTITY
    layouts: tuple[Layout, ...] = ()

    def output_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        """[batch, spatial..., channels] after pooling."""
        batch, *spatial, channels = shape
        return (batch, *(extent // width for extent, width in zip(spatial, self.window, strict=True)), channels)


@dataclass(frozen=True)
class Fusion:
    """All that is fused around an anchor; ``layouts`` is empty (results as they are) or holds one per stored result."""

    epilogue: ElementWise = IDENTITY
    prologue: ElementWise | None = None
    layouts: tuple[Layout, ...] = ()
    pooling: Pooling | None = None

    @property
    def window(self) -> tuple[int, ...] | None:
        """The extents of the pool's windows, if there is one."""
        return None if self.pooling is None else self.pooling.window

    def stored_layouts(self, extents: Sequence[int]) -> list[Layout]:
        """The layout of every stored result of an anchor with results of ``extents``, the pooled ones last."""
        if self.pooling is None:
            return list(self.layouts) or [Layout.plain(extents)] * self.epilogue.results
        pooling = self.pooling
        beside = list(self.layouts) or [Layout.plain(extents)] * (self.epilogue.results - 1)
        plain = [Layout.plain(pooling.output_shape(extents))] * pooling.epilogue.results
        return beside + (list(pooling.layouts) or plain)


NO_FUSION = Fusion()


_WIDTH = 3


def canonical(
    problem: ConvProblem | PoolProblem, fusion: Fusion | None = None, *, keep_batch: bool = False
) -> Canonical:
    """Chooses the grouping: the longest width that the fused operands and the results' layouts can follow.

    ``keep_batch``: the batch stays a dimension of its own. The windows of a pool need the axes as they are.
    """
    if fusion is not None and fusion.pooling is not None:
        return spatial(problem, merge=False)
    *candidates, last = groupings(problem, keep_batch=keep_batch)
    return next((each for each in candidates if fusion is None or _follows(fusion, problem, each.grouping)), last)


def _follows(fusion: Fusion, problem: ConvProblem | PoolProblem, grouping: Grouping) -> bool:
    """Whether every operand goes through whole dimensions, and every result stores the width as one."""
    parts = [(fusion.epilogue, problem.output_shape)]
    parts += [] if fusion.prologue is None else [(fusion.prologue, problem.input_extents)]
    operands = [(operand, extents) for part, extents in parts for operand in part.operands]
    widths = [sum(f.dim == _WIDTH for f in stored_factors(layout, grouping)) for layout in fusion.layouts]
    return max(widths, default=1) <= 1 and all(
        regroup(operand, grouping, extents) is not None for operand, extents in operands
    )


def regroup(
    operand: Operand, grouping: Grouping, extents: Sequence[int]
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Shape of the operand without its extents of 1, and the canonical dimension that each follows.

    None when the operand follows a part of a canonical dimension only, or follows it in another order.
    """
    shape = shape_of(operand.value)
    kept = [(extent, dim) for extent, dim in zip(shape, operand.dims, strict=True) if extent != 1]
    for extent, dim in kept:
        if dim is None or extents[dim] != extent:
            raise ValueError(f"operand of shape {shape} does not follow dimensions {operand.dims} of {extents}")
    new_shape: list[int] = []
    new_dims: list[int] = []
    while kept:
        index, group = next((i, g) for i, g in enumerate(grouping) if kept[0][1] in g)
        wanted = [dim for dim in group if extents[dim] != 1]
        if [dim for _, dim in kept[: len(wanted)]] != wanted:
            return None
        new_shape.append(prod(extents[dim] for dim in wanted))
        new_dims.append(index)
        kept = kept[len(wanted) :]
    return tuple(new_shape), tuple(new_dims)


def canonical_elementwise(part: ElementWise, form: Canonical, extents: Sequence[int]) -> ElementWise:
    """The same expression over canonical dimensions, its operands without extents of 1."""
    operands = []
    for operand in part.operands:
        regrouped = regroup(operand, form.grouping, extents)
        if regrouped is None:
            raise ValueError(f"operand {operand.dims} does not follow the dimensions {form.grouping}")
        shape, dims = regrouped
        operands.append(Operand(reshape(operand.value, shape), dims))
    return replace(part, operands=tuple(operands))


def reshape(tensor: ir.Value, shape: Sequence[int]) -> ir.Value:
    """The same elements in another shape, outside any kernel."""
    old = Shaped.of(tensor)
    if old.shape == tuple(shape):
        return tensor
    new = Shaped(tuple(shape), old.element)
    return flow.TensorReshapeOp(new.type, tensor, dynamic(old.shape), dynamic(new.shape)).result
