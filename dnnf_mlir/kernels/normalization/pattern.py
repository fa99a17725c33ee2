"""Which blocks the kernel of normalizations by statistics of the operand computes."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import ClassVar, Literal

from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.kernels.kernel import NOT_MINE, Candidate, Dimensions, Kernel, Problem, Refusal, read_outside
from dnnf_mlir.kernels.nest.problem import ConvProblem, matmul_problem
from dnnf_mlir.kernels.surroundings import dtype_refusal, prologue_refusal, prologue_root

_OF_ROWS = ("layer_normalization", "rms_normalization")


@dataclass(frozen=True)
class NormalizationShape:
    """``(x - mean) / sqrt(variance + epsilon)`` for x of ``shape``, two to five dimensions.

    ``over``: "columns", each row of the last dimension by itself, or "positions", each channel (last dimension) of each
    batch item (first) over all other dimensions. Without ``centred`` the mean counts as zero, as in a root mean square.
    """

    shape: tuple[int, ...]
    epsilon: float
    over: Literal["columns", "positions"] = "columns"
    centred: bool = True

    @property
    def window(self) -> ConvProblem:
        """The problem whose input and result have the same dimensions."""
        return matmul_problem(self.shape[:-1], self.shape[-1], self.shape[-1])


@dataclass(frozen=True)
class NormalizationProblem(Problem):
    """A normalization of ``x``; ``shape`` merges the dimensions of x from ``merged_from`` on.

    ``parameters`` are scale and bias where they are present, ``aligned_to`` the dimension of x that their last one is.
    """

    recomputes: ClassVar[bool] = True
    stores_parts: ClassVar[bool] = False

    shape: NormalizationShape
    x: Value
    parameters: tuple[Value | None, Value | None]
    aligned_to: int

    @property
    def merged_from(self) -> int:
        return len(self.shape.shape) - 1

    @property
    def dimensions(self) -> Dimensions:
        """How the kernel sees x and all that is fused."""
        return Dimensions(self.x.type.shape, self.merged_from)


class Normalization(Kernel):
    """ONNX LayerNormalization, RMSNormalization and InstanceNormalization; element-wise prologues are kept."""

    def match(self, block: Candidate) -> NormalizationProblem | Refusal:
        anchor = block.sole_anchor((*_OF_ROWS, "instance_normalization"))
        if anchor is None:
            return NOT_MINE
        refusal = dtype_refusal(anchor)
        if refusal is not None:
            return refusal
        problem = _describe(block, anchor)
        shape = problem.shape.shape
        if not 2 <= len(shape) <= 5:
            return Refusal("a normalization that is not of two to five dimensions")
        if problem.shape.over == "positions" and is_dynamic(shape[-1]):
            return Refusal("a free number of channels")
        before = block.before(anchor)
        if before and prologue_root(before, problem.x) is problem.x:
            return Refusal(f"nothing of the shape of the {anchor.kind}'s operand is read")
        if not _follows(problem, [*before, *block.after(anchor)]):
            return Refusal("an operand follows a part of the normalized dimensions")
        return prologue_refusal(before, problem.x, ()) or problem


def _describe(block: Candidate, anchor: Node) -> NormalizationProblem:
    x, attributes = anchor.input(0), anchor.attributes
    extents = x.type.shape
    over: Literal["columns", "positions"] = "columns"
    parameters = (anchor.inputs[1], anchor.inputs[2] if len(anchor.inputs) > 2 else None)
    aligned_to = x.type.rank - 1
    if anchor.kind in _OF_ROWS:
        axis = attributes["axis"]
        extents = (*extents[:axis], prod(extents[axis:]))
    elif attributes["layout"] == "channels_last":
        over = "positions"
    else:
        extents, aligned_to = (*extents[:2], prod(extents[2:])), 1
    shape = NormalizationShape(extents, attributes["epsilon"], over, anchor.kind != "rms_normalization")
    return NormalizationProblem(block, shape, x, parameters, aligned_to)


def _follows(problem: NormalizationProblem, nodes: Sequence[Node]) -> bool:
    """Whether all operands of what is fused, and scale and bias, can be read along the merged dimensions."""
    operands = [v for v in read_outside(nodes, problem.x) if v.constant is None or v.type.elements > 1]
    parameters = [value for value in problem.parameters if value is not None]
    return all(problem.dimensions.seen(value.type.shape) is not None for value in operands) and all(
        problem.dimensions.seen(value.type.shape, problem.aligned_to) is not None for value in parameters
    )
