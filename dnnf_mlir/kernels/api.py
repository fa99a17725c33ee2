"""What a kernel accepts, asked by the planner and by the lowering alike.

A kernel is added in two steps:

1. A folder ``kernels/<anchor>/``:

   - ``pattern.py``: a subclass of :class:`Kernel`. ``match`` says which blocks it computes, as a subclass of
     :class:`Problem` with all that the emission needs, or returns a :class:`Refusal` with the reason (or ``NOT_MINE``
     for a block with other dominant operators). Pure Python: it imports no MLIR bindings, neither do the modules that
     it uses (``kernel``, ``families``, ``surroundings``, ``nest.problem``, ``nest.layout``).
     A kernel of several anchors also has ``join`` and ``groups``; ``cost``, ``variants``, ``reads_through`` where the
     general answers do not hold.
   - ``schedule.py``: the analytic choice of tiles, the variants that are worth measuring, what they cost.
   - ``emit.py``: ``emit(problem, around, vector) -> Dispatch``. ``around``
     (:class:`~dnnf_mlir.kernels.nest.around.Around`) gives the operands' tensors, packed constants, and what is fused.

2. One line in :data:`KERNELS`, before more general kernels for the same anchors.

What stands behind an anchor (element-wise operators, then reshapes and transposes) is the same for all kernels:
:func:`match` checks it, :meth:`~dnnf_mlir.kernels.nest.around.Around.fused` emits it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dnnf_mlir.kernels.attention.pattern import Attention
from dnnf_mlir.kernels.convolution.pattern import Convolution
from dnnf_mlir.kernels.integer.pattern import IntegerProduct
from dnnf_mlir.kernels.kernel import NOT_MINE, Candidate, Kernel, Problem, Refusal
from dnnf_mlir.kernels.matrix_product.pattern import ActivationProduct, MatrixProduct
from dnnf_mlir.kernels.nest.problem import LINALG, Variant
from dnnf_mlir.kernels.normalization.pattern import Normalization
from dnnf_mlir.kernels.pooled_convolution.pattern import PooledConvolution
from dnnf_mlir.kernels.pooling.pattern import Pooling
from dnnf_mlir.kernels.quantization.pattern import Quantization
from dnnf_mlir.kernels.recurrent.pattern import Recurrent
from dnnf_mlir.kernels.resize.pattern import Resize
from dnnf_mlir.kernels.separable.pattern import Separable
from dnnf_mlir.kernels.softmax.pattern import Softmax
from dnnf_mlir.kernels.surroundings import epilogue_refusal
from dnnf_mlir.kernels.transposed.pattern import TransposedConvolution
from dnnf_mlir.kernels.transposed_patches.pattern import TransposedPatches
from dnnf_mlir.kernels.vector_products.pattern import VectorProducts
from dnnf_mlir.targets import VectorUnit

__all__ = ["KERNELS", "Candidate", "Kernel", "Match", "Problem", "Refusal", "match", "match_with"]

KERNELS: tuple[Kernel, ...] = (
    Attention(),
    VectorProducts(),
    Quantization(),
    PooledConvolution(),
    Separable(),
    Convolution(),
    TransposedPatches(),
    TransposedConvolution(),
    MatrixProduct(),
    ActivationProduct(),
    IntegerProduct(),
    Pooling(),
    Resize(),
    Softmax(),
    Normalization(),
    Recurrent(),
)
"""All kernels, the most specific first: the order in which a block is offered, and in which blocks are joined."""


@dataclass(frozen=True)
class Match:
    """A block, as ``problem``, and the kernel that computes it."""

    kernel: Kernel
    problem: Problem

    def variants(self, vector: VectorUnit, *, alone: bool) -> list[Variant]:
        """What is worth measuring, the analytic choice first.

        ``alone``: the block may take the linalg form: it has no siblings and stores its results as whole tensors.
        """
        schedules = self.kernel.variants(self.problem, vector)
        return [*schedules, LINALG] if alone and self.kernel.suits_linalg(self.problem) else schedules


def match(block: Candidate, kernels: Sequence[Kernel] = KERNELS) -> Match | Refusal:
    """The first kernel that computes the block; else the reason of the first one that is for such operators."""
    refusals: list[Refusal] = []
    for kernel in kernels:
        matched = match_with(kernel, block)
        if isinstance(matched, Match):
            return matched
        refusals.append(matched)
    anchors = ", ".join(node.kind for node in block.anchors)
    return next((each for each in refusals if each is not NOT_MINE), Refusal(f"no kernel for {anchors}"))


def match_with(kernel: Kernel, block: Candidate) -> Match | Refusal:
    """The block as this kernel computes it, with all that is fused, or why it does not."""
    problem = block.refusal or kernel.match(block)
    if isinstance(problem, Refusal):
        return problem
    return epilogue_refusal(problem) or Match(kernel, problem)
