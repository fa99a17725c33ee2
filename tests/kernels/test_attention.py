"""Softmax and whole attention against numpy and ONNX Runtime."""

from dataclasses import replace

import numpy as np
from kernel_cases import Case, check, onnx_run, random

from dnnf_mlir.bindings.iree import arith, ir
from dnnf_mlir.emit.vectors import filled
from dnnf_mlir.kernels.attention.emit import attention_dispatch
from dnnf_mlir.kernels.attention.pattern import AttentionShape
from dnnf_mlir.kernels.nest.fused_work import IDENTITY, ElementWise, Fusion, Operand
from dnnf_mlir.kernels.nest.layout import Layout
from dnnf_mlir.kernels.nest.problem import matmul_problem
from dnnf_mlir.kernels.softmax.emit import softmax_dispatch
from dnnf_mlir.targets import get_target

UNIT = get_target("host").vector


def scale_and_mask(values: list[ir.Value]) -> list[ir.Value]:
    scaled = arith.MulFOp(values[0], filled(values[0].type, 0.5)).result
    return [arith.AddFOp(scaled, values[1]).result]


def softmax(x: np.ndarray) -> np.ndarray:
    return onnx_run("Softmax", [x], axis=-1)[0]


def softmax_case(shape: tuple[int, ...], masked: bool = False) -> Case:
    """softmax(x), or 2 * softmax(x * 0.5 + mask[batch, 1, columns])."""
    x, mask = random(shape) * 5, random((shape[0], *(1 for _ in shape[1:-1]), shape[-1]), 1)
    problem = matmul_problem(shape[:-1], shape[-1], shape[-1])

    def double(values: list[ir.Value]) -> list[ir.Value]:
        return [arith.AddFOp(values[0], values[0]).result]

    def emit(v: list[ir.Value]) -> list[ir.Value]:
        if not masked:
            return softmax_dispatch(problem, v[0], UNIT).emit()
        prologue = ElementWise(scale_and_mask, (Operand(v[1], tuple(range(len(shape)))),))
        return softmax_dispatch(problem, v[0], UNIT, Fusion(ElementWise(double), prologue)).emit()

    expected = 2 * softmax(x * np.float32(0.5) + mask) if masked else softmax(x)
    return Case(f"softmax {shape} {masked=}", [x, mask] if masked else [x], emit, [expected])


def safe_softmax(x: np.ndarray) -> np.ndarray:
    """As exporters define it: zeros where ONNX's softmax of a row of -infinity is NaN."""
    found = softmax(x)
    return np.where(np.isnan(found), np.float32(0), found)


def empty_rows(shape: tuple[int, ...]) -> np.ndarray:
    """0, or -infinity in about half of the places and in the whole of every third row."""
    mask = np.where(random(shape, 4) < 0, np.float32(-np.inf), np.float32(0))
    mask.reshape(-1, shape[-1])[::3] = -np.inf
    return mask


def safe_softmax_case(shape: tuple[int, ...]) -> Case:
    x = random(shape) + empty_rows(shape)
    problem = matmul_problem(shape[:-1], shape[-1], shape[-1])
    return Case(
        f"safe softmax {shape}",
        [x],
        lambda v: softmax_dispatch(problem, v[0], UNIT, safe=True).emit(),
        [safe_softmax(x)],
    )


def test_softmax() -> None:
    check(
        [
            safe_softmax_case((7, 77)),
            safe_softmax_case((2, 4, 1)),
            softmax_case((1, 3, 40, 128), masked=True),
            softmax_case((4, 1000)),
            softmax_case((2, 5, 77), masked=True),
            softmax_case((3, 7)),
            softmax_case((2, 1)),
        ]
    )


def attention_case(leading: tuple[int, ...], rows: int, depth: int, keys: int, columns: int, masked: bool) -> Case:
    q, k = random((*leading, rows, depth)), random((*leading, depth, keys), 1)
    v, mask = random((*leading, keys, columns), 2), random((leading[0], *(1 for _ in leading[1:]), 1, keys), 3)
    problem = AttentionShape(leading, rows, depth, keys, columns)

    def emit(values: list[ir.Value]) -> list[ir.Value]:
        dims = tuple(range(len(leading) + 2))
        scoring = ElementWise(scale_and_mask, (Operand(values[3], dims),)) if masked else IDENTITY
        return attention_dispatch(problem, *values[:3], UNIT, scoring).emit()

    scores = q @ k
    expected = softmax(scores * np.float32(0.5) + mask if masked else scores) @ v
    name = f"attention {leading} {rows} {depth} {keys} {columns} {masked=}"
    return Case(name, [q, k, v, mask][: 3 + masked], emit, [expected])


def safe_attention_case() -> Case:
    """A mask for each query; some may look at no key."""
    q, k, v = random((2, 3, 20, 8)), random((2, 3, 8, 37), 1), random((2, 3, 37, 16), 2)
    mask = empty_rows((2, 1, 20, 37))
    problem = AttentionShape((2, 3), 20, 8, 37, 16, safe=True)

    def emit(values: list[ir.Value]) -> list[ir.Value]:
        scoring = ElementWise(scale_and_mask, (Operand(values[3], (0, None, 2, 3)),))
        return attention_dispatch(problem, *values[:3], UNIT, scoring).emit()

    expected = safe_softmax((q @ k) * np.float32(0.5) + mask) @ v
    return Case("safe attention", [q, k, v, mask], emit, [expected])


def merged_heads_case() -> Case:
    """The heads of the result stored beside each other: [2, 3, 20, 16] -> [2, 20, 48]."""
    base = attention_case((2, 3), 20, 8, 20, 16, False)
    layout = Layout(((2,), (3,), (20,), (16,)), (0, 2, 1, 3), (2, 20, 48))
    problem = AttentionShape((2, 3), 20, 8, 20, 16)
    expected = np.ascontiguousarray(base.expected[0].transpose(0, 2, 1, 3)).reshape(2, 20, 48)
    return replace(
        base,
        emit=lambda v: attention_dispatch(problem, *v, UNIT, fusion=Fusion(layouts=(layout,))).emit(),
        expected=[expected],
    )


def test_attention() -> None:
    check(
        [
            attention_case((1, 4), 30, 64, 128, 64, True),
            attention_case((2, 3), 17, 10, 30, 20, True),
            attention_case((3,), 1, 16, 77, 8, False),
            attention_case((1, 2, 2), 40, 8, 5, 100, True),
            merged_heads_case(),
            safe_attention_case(),
        ]
    )
