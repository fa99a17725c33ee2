"""Sizes from text, and sizes of which some dimensions are given numbers."""

import ast
import operator
from collections.abc import Iterable, Mapping
from typing import Any, cast

from dnnf_mlir.graph.size import Minimum, Quotient, Size, minimum, symbols_of


def parse_size(text: str) -> int:
    """The inverse of ``str`` of a size; ValueError for another text."""
    try:
        return cast("int", _evaluated(ast.parse(text, mode="eval").body))
    except (SyntaxError, KeyError, TypeError) as error:
        raise ValueError(f"'{text}' is no size") from error


def partly_at(size: int, dims: Mapping[str, int]) -> int:
    """The size for these free dimensions, an expression of those that are not given."""
    if not isinstance(size, Size):
        return size
    total: Any = 0
    for monomial, factor in size.terms.items():
        product: Any = factor
        for atom in monomial:
            match atom:
                case str():
                    product = product * dims.get(atom, Size.free(atom))
                case Quotient(numerator, denominator):
                    product = product * (partly_at(cast("int", numerator), dims) // denominator)
                case Minimum(first, second):
                    parts = (partly_at(cast("int", part), dims) for part in (first, second))
                    product = product * minimum(*parts)
        total = total + product
    return cast("int", total)


def solved(pattern: Iterable[int], shape: Iterable[int], dims: dict[str, int]) -> None:
    """Adds to ``dims`` the symbols that a dimension of the pattern consists of, from the sizes in the shape."""
    for size, number in zip(pattern, shape, strict=True):
        symbols = symbols_of(size)
        if len(symbols) == 1 and size == Size.free(next(iter(symbols))):
            dims.setdefault(next(iter(symbols)), number)


_OPERATORS = {ast.Add: operator.add, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv, ast.Sub: operator.sub}


def _evaluated(node: ast.expr) -> Any:
    match node:
        case ast.Name(name):
            return Size.free(name)
        case ast.Constant(int(value)):
            return value
        case ast.Call(ast.Name("min"), [a, b]):
            return minimum(_evaluated(a), _evaluated(b))
        case ast.UnaryOp(ast.USub(), operand):
            return -_evaluated(operand)
        case ast.BinOp(left, operation, right):
            return _OPERATORS[type(operation)](_evaluated(left), _evaluated(right))
    raise TypeError(ast.dump(node))
