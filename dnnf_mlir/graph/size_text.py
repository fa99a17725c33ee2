"""Reading sizes from the text that ``str`` gives, as dnnf IR keeps them in the encodings of tensor types."""

import ast
import operator
from typing import Any, cast

from .size import Size
from .size_relations import exact_minimum


def parse_size(text: str) -> int:
    """The inverse of ``str`` for a size; ValueError for another text."""
    try:
        return cast("int", _evaluated(ast.parse(text, mode="eval").body))
    except (SyntaxError, KeyError, TypeError) as error:
        raise ValueError(f"'{text}' is no size") from error


_OPERATORS = {ast.Add: operator.add, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv, ast.Sub: operator.sub}


def _evaluated(node: ast.expr) -> Any:
    match node:
        case ast.Name(name):
            return Size.free(name)
        case ast.Constant(int(value)):
            return value
        case ast.Call(ast.Name("min"), [a, b]):
            return exact_minimum(_evaluated(a), _evaluated(b))
        case ast.UnaryOp(ast.USub(), operand):
            return -_evaluated(operand)
        case ast.BinOp(left, operation, right):
            return _OPERATORS[type(operation)](_evaluated(left), _evaluated(right))
    raise TypeError(ast.dump(node))
