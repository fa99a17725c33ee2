"""Winograd's minimal filtering F(4x4, 3x3) and F(2x2, 3x3): 3x3 convolutions with a quarter or 4/9 of the products.

A tile of m x m outputs is A^T [(G g G^T) * (B^T d B)] A of the m + 2 x m + 2 input elements d under it; the products
are summed over the channels before A is applied, so they are (m + 2)^2 small matrix products. The matrices are Cook
and Toom's for the points 0, +-sqrt(1/2), +-sqrt(2) and infinity (m = 4) or 0, +-1 and infinity (m = 2). They
lose about six times what the direct sum does in f32: 1.5e-6 of the largest result.
Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2016.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dnnf_mlir.bindings.iree import arith, ir, vector
from dnnf_mlir.emit.vectors import filled, zero

Array = np.ndarray[Any, np.dtype[Any]]
Coefficients = Sequence[float]

_KERNEL = 3
_POINTS = {4: (0.0, 0.5**0.5, -(0.5**0.5), 2.0**0.5, -(2.0**0.5)), 2: (0.0, 1.0, -1.0)}
OUTPUT_TILES = tuple(_POINTS)


@dataclass(frozen=True, eq=False)
class Transforms:
    """The matrices for tiles of ``output_tile`` outputs: ``output`` A^T, ``weight`` G and ``input`` B^T."""

    output_tile: int
    output: Array
    weight: Array
    input: Array

    @property
    def input_tile(self) -> int:
        return self.output_tile + _KERNEL - 1

    @property
    def positions(self) -> int:
        """Products per tile and pair of channel and filter."""
        return self.input_tile**2

    def weights(self, weights: Array) -> Array:
        """[..., 3, 3] to [..., m + 2, m + 2] in double precision."""
        # G g G^T for all kernels g at once, as one matrix product.
        rows = weights.astype(np.float64).reshape(-1, _KERNEL * _KERNEL)
        transformed = rows @ np.kron(self.weight, self.weight).T
        return transformed.reshape(*weights.shape[:-2], self.input_tile, self.input_tile)


@functools.cache
def transforms(output_tile: int) -> Transforms:
    """Cook and Toom's construction."""
    points = np.array(_POINTS[output_tile])
    finite = len(points)
    a = np.zeros((output_tile, finite + 1))
    g = np.zeros((finite + 1, _KERNEL))
    b = np.zeros((finite + 1, finite + 1))
    for j, point in enumerate(points):
        others = np.delete(points, j)
        a[:, j] = point ** np.arange(output_tile)
        g[j] = point ** np.arange(_KERNEL) / np.prod(point - others)
        b[j, :finite] = np.poly(others)[::-1]
    a[-1, -1] = g[-1, -1] = 1
    b[-1] = np.poly(points)[::-1]
    # Rounding errors of exact zeros and powers of two would cost instructions.
    return Transforms(output_tile, np.round(a, 12), g, np.round(b, 12))


def apply(matrix: Array, values: Sequence[ir.Value]) -> list[ir.Value]:
    """The matrix times a column of vectors.

    Columns that are equal up to signs are added and subtracted first, rows that are equal up to signs share their
    terms: with points in pairs that halves the work.
    """
    rows, values = _fold_columns(matrix.tolist(), values)
    results: dict[int, ir.Value] = {}
    for i, row in enumerate(rows):
        if i in results:
            continue
        partner = next((k for k in range(i + 1, len(rows)) if _paired(row, rows[k])), None)
        if partner is None:
            results[i] = _combine(row, values)
            continue
        same, opposite = (_combine(part, values) for part in _split(row, rows[partner]))
        results[i] = arith.AddFOp(same, opposite).result
        results[partner] = arith.SubFOp(same, opposite).result
    return [results[i] for i in range(len(rows))]


def _paired(a: Coefficients, b: Coefficients) -> bool:
    """Whether the coefficients are equal up to signs, some of which differ and some do not."""
    if any(abs(x) != abs(y) for x, y in zip(a, b, strict=True)):
        return False
    return any(x != y for x, y in zip(a, b, strict=True)) and any(x != -y for x, y in zip(a, b, strict=True))


def _split(a: Coefficients, b: Coefficients) -> tuple[list[float], list[float]]:
    """The coefficients of ``a`` that are the same in ``b``, and those that are not, with zeros elsewhere."""
    pairs = list(zip(a, b, strict=True))
    return [x if x == y else 0.0 for x, y in pairs], [0.0 if x == y else x for x, y in pairs]


def _fold_columns(rows: list[list[float]], values: Sequence[ir.Value]) -> tuple[list[list[float]], list[ir.Value]]:
    """The same product over sums and differences of paired columns."""
    given = [list(column) for column in zip(*rows, strict=True)]
    columns: list[list[float]] = []
    folded: list[ir.Value] = []
    done: set[int] = set()
    for j, column in enumerate(given):
        if j in done:
            continue
        partner = next((k for k in range(j + 1, len(given)) if _paired(column, given[k])), None)
        if partner is None:
            columns.append(column)
            folded.append(values[j])
            continue
        done.add(partner)
        columns += _split(column, given[partner])
        folded.append(arith.AddFOp(values[j], values[partner]).result)
        folded.append(arith.SubFOp(values[j], values[partner]).result)
    return [list(row) for row in zip(*columns, strict=True)], folded


def _combine(row: Coefficients, values: Sequence[ir.Value]) -> ir.Value:
    """The sum of the values times the row's coefficients."""
    terms = sorted(((c, v) for c, v in zip(row, values, strict=True) if c != 0), key=lambda term: term[0] != 1)
    if not terms:
        return zero(values[0].type)
    first, total = terms[0]
    if first != 1:
        total = arith.MulFOp(total, filled(total.type, first)).result
    for coefficient, term in terms[1:]:
        if coefficient == 1:
            total = arith.AddFOp(total, term).result
        elif coefficient == -1:
            total = arith.SubFOp(total, term).result
        else:
            total = vector.FMAOp(term, filled(term.type, coefficient), total).result
    return total
