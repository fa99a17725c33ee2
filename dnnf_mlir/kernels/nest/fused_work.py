"""What is fused around an anchor: element-wise work on its input and its result, a pool, the layouts of the results."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.kernels.nest.layout import Layout

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
