"""Which blocks the softmax kernel computes."""

from dataclasses import dataclass
from typing import ClassVar

from dnnf_mlir.graph.ecg import Value
from dnnf_mlir.kernels.families import SOFTMAXES
from dnnf_mlir.kernels.kernel import NOT_MINE, Candidate, Kernel, Problem, Refusal
from dnnf_mlir.kernels.nest.problem import ConvProblem, matmul_problem
from dnnf_mlir.kernels.surroundings import dtype_refusal, prologue_refusal, prologue_root


@dataclass(frozen=True)
class SoftmaxProblem(Problem):
    """A softmax over the last dimension of ``x``; ``safe``: rows of -infinity get zeros instead of NaN."""

    recomputes: ClassVar[bool] = True

    window: ConvProblem
    x: Value
    safe: bool


class Softmax(Kernel):
    """ONNX Softmax over the last of two to five dimensions; element-wise operators before it are its prologue."""

    def match(self, block: Candidate) -> SoftmaxProblem | Refusal:
        anchor = block.sole_anchor(SOFTMAXES)
        if anchor is None:
            return NOT_MINE
        refusal = dtype_refusal(anchor)
        if refusal is not None:
            return refusal
        x, before = anchor.input(0), block.before(anchor)
        if anchor.attributes["axis"] != x.type.rank - 1 or not 2 <= x.type.rank <= 5:
            return Refusal("a softmax that is not over the last of two to five dimensions")
        if before and prologue_root(before, x) is x:
            return Refusal(f"nothing of the shape of the {anchor.kind}'s operand is read")
        columns = x.type.shape[-1]
        window = matmul_problem(x.type.shape[:-1], columns, columns)
        return prologue_refusal(before, x, ()) or SoftmaxProblem(block, window, x, anchor.kind == "safe_softmax")
