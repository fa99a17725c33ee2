"""What is fused around an anchor: element-wise work on its input and its result, and the layouts of the results."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dnnf_mlir.iree_ir import ir
from dnnf_mlir.kernels.layout import Layout

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
    """

    body: Body
    operands: tuple[Operand, ...] = ()
    results: int = 1
    scales: bool = False


IDENTITY = ElementWise(lambda values: values[:1])


@dataclass(frozen=True)
class Fusion:
    """All that is fused around an anchor; ``layouts`` is empty (results as they are) or holds one per result."""

    epilogue: ElementWise
    prologue: ElementWise | None
    layouts: tuple[Layout, ...]

    def layout(self, result: int, extents: Sequence[int]) -> Layout:
        return self.layouts[result] if self.layouts else Layout.plain(extents)
