"""Which blocks the kernels of matrix products compute: by constant weights, and of two activations."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.kernels.convolution.pattern import ProductKernel, ProductProblem, product_refusal
from dnnf_mlir.kernels.convolution.schedule import traffic_bound, variants
from dnnf_mlir.kernels.kernel import NOT_MINE, Candidate, Kernel, Problem, Refusal
from dnnf_mlir.kernels.nest.problem import ANALYTIC, ConvProblem, Variant, matmul_problem
from dnnf_mlir.kernels.surroundings import dtype_refusal, is_scale, nothing_before
from dnnf_mlir.targets import VectorUnit


class MatrixProduct(ProductKernel):
    """ONNX MatMul and Gemm of an activation, [rows..., depth] of rank 2 to 4, with constant weights."""

    def match(self, block: Candidate) -> ProductProblem | Refusal:
        anchor = block.sole_anchor({"matmul", "gemm"})
        if anchor is None or _is_of_activations(anchor):
            return NOT_MINE
        return describe(block, anchor)

    def reads_through(self, block: Candidate, anchor: Node, node: Node) -> bool:
        """A factor for each element of the depth."""
        return anchor.kind in ("matmul", "gemm") and is_scale(block, anchor, node)

    def suits_linalg(self, problem: ProductProblem) -> bool:
        return traffic_bound(problem.window)


@dataclass(frozen=True)
class ActivationProblem(Problem):
    """The product of two activations, ``x`` [leading..., rows, depth] and ``b`` [leading..., depth, columns]."""

    window: ConvProblem
    x: Value
    b: Value

    def with_variant(self, variant: Variant) -> Self:
        return self if variant == ANALYTIC else replace(self, window=replace(self.window, variant=variant))


class ActivationProduct(Kernel):
    """ONNX MatMul of two activations, the second of which may be broadcast over leading dimensions."""

    def match(self, block: Candidate) -> ActivationProblem | Refusal:
        anchor = block.sole_anchor({"matmul"})
        if anchor is None or not _is_of_activations(anchor):
            return NOT_MINE
        refusal = dtype_refusal(anchor)
        if refusal is not None:
            return refusal
        a, b = anchor.input(0), anchor.input(1)
        if a.is_constant or not 2 <= a.type.rank <= 4 or b.type.rank < 2:
            return Refusal("no product of an activation with a matrix")
        if b.type.rank > a.type.rank or not _broadcasts(b.type.shape[:-2], a.type.shape[:-2]):
            return Refusal("the first factor is broadcast")
        window = _window(a, b.type.shape[-1])
        return product_refusal(window) or nothing_before(block, anchor) or ActivationProblem(block, window, a, b)

    def variants(self, problem: ActivationProblem, vector: VectorUnit) -> list[Variant]:
        return variants(problem.window, vector, problem.x.type.numpy_dtype.itemsize, packed=False)

    def suits_linalg(self, problem: ActivationProblem) -> bool:
        return traffic_bound(problem.window)


def describe(block: Candidate, anchor: Node) -> ProductProblem | Refusal:
    """The product of a block, with what stands before it there; what follows it is not looked at."""
    refusal = dtype_refusal(anchor)
    if refusal is not None:
        return refusal
    before = block.before(anchor)
    if len(before) > 1 or (before and not is_scale(block, anchor, before[0])):
        return Refusal(f"{before[0].kind} before the {anchor.kind}")
    return (_gemm if anchor.kind == "gemm" else _matmul)(block, anchor)


def _is_of_activations(anchor: Node) -> bool:
    """Whether the product needs more than packed weights: a second factor that is no constant matrix."""
    b = anchor.input(1)
    return anchor.kind == "matmul" and (b.constant is None or b.type.rank != 2)


def _window(a: Value, columns: int) -> ConvProblem:
    return matmul_problem(a.type.shape[:-1], a.type.shape[-1], columns)


def _matmul(block: Candidate, anchor: Node) -> ProductProblem | Refusal:
    a, weights = anchor.input(0), anchor.input(1).constant
    if weights is None or a.is_constant or not 2 <= a.type.rank <= 4 or weights.ndim != 2:
        return Refusal("no product of an activation with a matrix")
    window = _window(a, weights.shape[-1])
    return product_refusal(window) or ProductProblem(block, window, a, weights.T, None)


def _gemm(block: Candidate, anchor: Node) -> ProductProblem | Refusal:
    a, weights, addend = anchor.input(0), anchor.input(1).constant, anchor.inputs[2]
    if weights is None or a.is_constant or anchor.attributes["transA"]:
        return Refusal("no product of an activation with a weight matrix")
    if addend is not None and (addend.constant is None or addend.type.elements not in (1, anchor.output.type.shape[1])):
        return Refusal("the addend is no vector of constants")
    if addend is not None and addend.type.rank == 2 and addend.type.shape[0] != 1:
        return Refusal("the addend is no vector of constants")
    transposed = weights if anchor.attributes["transB"] else weights.T
    bias = None
    if addend is not None and addend.constant is not None:
        row = np.broadcast_to(addend.constant.reshape(-1), anchor.output.type.shape[1:])
        beta = np.float32(anchor.attributes["beta"])
        bias = np.ascontiguousarray(row if beta == 1 else (row * beta).astype(row.dtype))
    window = _window(a, transposed.shape[0])
    scale = float(np.float32(anchor.attributes["alpha"]))
    return product_refusal(window) or ProductProblem(block, window, a, transposed, bias, scale)


def _broadcasts(leading: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    """Whether leading dimensions broadcast to those of the first factor."""
    aligned = (1,) * (len(whole) - len(leading)) + leading
    return all(mine in (1, other) for mine, other in zip(aligned, whole, strict=True))
