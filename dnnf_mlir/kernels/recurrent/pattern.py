"""Which blocks the kernel of recurrent layers computes."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.kernels.families import KERNEL_DTYPES
from dnnf_mlir.kernels.kernel import NOT_MINE, Candidate, Kernel, Problem, Refusal, Stage

_SCALES = 7
"""Number of the operand."""


@dataclass(frozen=True)
class RecurrentProblem(Problem):
    """A ``dnnf.recurrence``, ``node``, with constant ``weights`` [directions, gates * hidden, hidden].

    ``scales`` [directions, gates * hidden] belong to weights of 8 bits, by which a rounded state is multiplied.
    """

    stores_parts: ClassVar[bool] = False

    node: Node
    weights: np.ndarray
    scales: np.ndarray | None = None

    @property
    def stages(self) -> tuple[Stage, ...]:
        """None: nothing is fused."""
        return ()

    def in_order(self) -> list[Value]:
        return list(self.block.stored)


class Recurrent(Kernel):
    """RNN, GRU and LSTM of any length and batch; in one or both directions."""

    def match(self, block: Candidate) -> RecurrentProblem | Refusal:
        anchor = block.sole_anchor({"recurrence"})
        if anchor is None:
            return NOT_MINE
        weights, scales = anchor.input(1).constant, anchor.inputs[_SCALES]
        if weights is None or (scales is not None and scales.constant is None):
            return Refusal("weights are computed at run time")
        if len(block.nodes) > 1:
            return Refusal("operators beside the recurrent layer")
        dtype = anchor.output.type.dtype
        if dtype not in KERNEL_DTYPES:
            return Refusal(f"kernels compute in {' or '.join(sorted(KERNEL_DTYPES))} only")
        return RecurrentProblem(block, anchor, weights, None if scales is None else scales.constant)
