"""Sizes of free dimensions: the algebra agrees with integers, and nothing becomes a number by itself."""

import operator
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnnf_mlir.errors import DynamicSizeError
from dnnf_mlir.graph.size import Size, assumptions, at, is_dynamic, quotient, representative
from dnnf_mlir.graph.size_text import parse_size

BATCH, LENGTH = Size.free("batch"), Size.free("length")
POSITIVE = st.integers(1, 9)


def divided(a: Any, b: int) -> Any:
    return a // b


OPERATIONS: list[tuple[Callable[[Any, Any], Any], st.SearchStrategy[int]]] = [
    (operator.add, st.integers(-9, 9)),
    (operator.sub, st.integers(-9, 9)),
    (operator.mul, st.integers(-3, 3)),
    (divided, st.integers(1, 5)),
    (operator.mod, st.integers(1, 5)),
]


@given(st.data(), POSITIVE, POSITIVE)
def test_calculates_as_integers_do(data: st.DataObject, batch: int, length: int) -> None:
    dims = {"batch": batch, "length": length}
    size: Any = data.draw(st.sampled_from([BATCH, LENGTH, BATCH * LENGTH, BATCH + 2 * LENGTH]))
    number = at(size, dims)
    for _ in range(data.draw(st.integers(1, 4))):
        function, operands = data.draw(st.sampled_from(OPERATIONS))
        operand = data.draw(operands)
        size, number = function(size, operand), function(number, operand)
        assert at(size, dims) == number
    assert parse_size(str(size)) == size


def test_canonical_form() -> None:
    assert (BATCH * LENGTH * 12 * 26) // (LENGTH * 12) == BATCH * 26
    assert ((LENGTH + 1) // 2 + 1) // 2 == (LENGTH + 3) // 4
    assert -(-LENGTH // 2) == (LENGTH + 1) // 2
    assert (LENGTH - 1) // 2 + 1 == (LENGTH + 1) // 2
    assert LENGTH - LENGTH == 0
    assert quotient(BATCH * 6, 4) is None
    assert BATCH * 12 % 4 == 0


def test_is_no_number() -> None:
    assert is_dynamic(BATCH)
    assert BATCH != 1
    with pytest.raises(TypeError):
        range(BATCH)
    with pytest.raises(TypeError):
        int(BATCH)


def test_undecided_comparisons() -> None:
    assert BATCH + 2 >= 3
    assert not BATCH < 1
    with pytest.raises(DynamicSizeError, match="length"):
        operator.le(LENGTH, 512)
    with assumptions() as assumed:
        assert LENGTH <= 512
        assert BATCH >= 1
    assert assumed == [512 - LENGTH]
    assert representative(assumed[0]) >= 0
