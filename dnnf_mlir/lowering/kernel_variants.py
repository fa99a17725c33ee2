"""The variants of a block's code: those of its kernel's schedule, and the linalg form."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from dnnf_mlir.graph.ecg import Block, Value
from dnnf_mlir.kernels import ANALYTIC, LINALG, Variant, variants
from dnnf_mlir.targets import VectorUnit

from .kernel_problems import ActivationProduct, Product
from .kernel_stages import Kernel

_LINALG_INTENSITY = 16
"""Multiply-adds for each element read or stored up to which traffic decides, not the register tile. Above it IREE's own
tiling took 1.1 to 4 times as long as the kernel's on all layers of EfficientNet-B0."""

VariantChooser: TypeAlias = "Callable[[Block, Sequence[Value], Sequence[Variant]], Variant]"
"""Which of the variants a block takes, siblings one by one; the values are those that the function returns."""


def analytic(_: Block, __: Sequence[Value], ___: Sequence[Variant]) -> Variant:
    """Without measurements."""
    return ANALYTIC


def kernel_variants(found: Kernel, vector: VectorUnit, *, alone: bool) -> list[Variant]:
    """What is worth measuring, the analytic choice first.

    ``alone``: the block may take the linalg form: it has no siblings and stores its results as tensors of their own.
    """
    if not isinstance(found, Product | ActivationProduct):
        return [ANALYTIC]
    size = found.x.type.numpy_dtype.itemsize
    schedules = variants(found.problem, vector, size, packed=isinstance(found, Product))
    return [*schedules, LINALG] if alone and _suits_linalg(found) else schedules


def with_variant(found: Kernel, variant: Variant) -> Kernel:
    """The same problem, to be generated so."""
    if variant == ANALYTIC or not isinstance(found, Product | ActivationProduct):
        return found
    return replace(found, problem=replace(found.problem, variant=variant))


def _suits_linalg(found: Product | ActivationProduct) -> bool:
    """Whether IREE's code may be as fast: for a product that traffic bounds."""
    problem = found.problem
    if isinstance(found, Product) and (found.pool is not None or found.layout is not None):
        return False
    if problem.groups > 1 or problem.channels_first_input or not all(axis.is_identity for axis in problem.axes):
        return False
    return problem.channels * problem.filters <= _LINALG_INTENSITY * (problem.channels + problem.filters)
