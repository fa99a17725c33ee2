"""Emits a Winograd transform: a constant matrix times a column of vectors, in few operations."""

from collections.abc import Sequence

from dnnf_mlir.bindings.iree import arith, ir, vector
from dnnf_mlir.emit.vectors import filled, zero
from dnnf_mlir.kernels.winograd.transforms import Array

Coefficients = Sequence[float]


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
