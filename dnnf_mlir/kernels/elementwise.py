"""Element-wise work fused into a kernel: on its result before the store (epilogue) or on its input (prologue)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dnnf_mlir.iree_ir import ir

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
    """

    body: Body
    operands: tuple[Operand, ...] = ()
    results: int = 1


IDENTITY = ElementWise(lambda values: values[:1])
