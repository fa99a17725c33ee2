"""Equations written as mathematics: the rules that algebra's notation states in full.

::

    sqrt(A) * sqrt(B) = sqrt(A * B)     ->     op.Mul(op.Sqrt(a), op.Sqrt(b)), op.Sqrt(op.Mul(a, b))

Called names are operators, others variables; all reductions of an equation have the same ``axes`` and ``keepdims``.
``|A|`` is Abs, ``A ^ B`` is Pow. Booleans have ``and``, ``or``, ``not``, ``true`` and ``false``. What follows
``, where`` or ``, to`` is for people.
"""

import ast
import math
import re
from collections.abc import Callable, Mapping

from .terms import Equation, Term, Variable, op

_OPERATORS: Mapping[type[ast.AST], str] = {
    ast.Add: "Add",
    ast.Sub: "Sub",
    ast.Mult: "Mul",
    ast.Div: "Div",
    ast.Pow: "Pow",
    ast.And: "And",
    ast.Or: "Or",
    ast.Not: "Not",
    ast.USub: "Neg",
}
_REDUCTIONS = {"Sum": "ReduceSum", "Mean": "ReduceMean", "Prod": "ReduceProd", "Max": "ReduceMax", "Min": "ReduceMin"}
_NUMBERS = {"inf": math.inf, "true": 1.0, "false": 0.0}


def parse(text: str, variable: Callable[[str], Variable]) -> Equation:
    """Both sides of an equation; ``variable`` makes the variable of a letter. ValueError for what is no equation."""
    sides = re.split(r", (?:where|to|into) ", text)[0].split(" = ")
    if len(sides) != 2:
        raise ValueError(f"{text!r} is no equation")
    return _side(sides[0], variable), _side(sides[1], variable)


def _side(text: str, variable: Callable[[str], Variable]) -> Term:
    text = text.replace("^", "**")
    while "|" in text:
        text = re.sub(r"\|([^|]+)\|", r"Abs(\1)", text)
    return _term(ast.parse(text, mode="eval").body, variable)


def _term(tree: ast.expr, variable: Callable[[str], Variable]) -> Term:
    def call(operator: str, *operands: ast.expr) -> Term:
        terms = [_term(operand, variable) for operand in operands]
        if operator == "Neg" and isinstance(terms[0], float):
            return -terms[0]
        if len(terms) == 1:
            operator = _REDUCTIONS.get(operator, operator)
        reduced = ("axes", "keepdims") if operator.startswith("Reduce") else ()
        applied: Term = getattr(op, operator)(*terms, **{name: variable(name) for name in reduced})
        return applied

    match tree:
        case ast.Constant(int() | float() as number):
            return float(number)
        case ast.Name(name):
            return _NUMBERS[name] if name in _NUMBERS else variable(name)
        case ast.UnaryOp(operator, operand):
            return call(_OPERATORS[type(operator)], operand)
        case ast.BinOp(first, operator, second):
            return call(_OPERATORS[type(operator)], first, second)
        case ast.BoolOp(operator, operands):
            return call(_OPERATORS[type(operator)], *operands)
        case ast.Call(ast.Name(name), operands):
            return call("Reciprocal" if name == "Recip" else f"{name[0].upper()}{name[1:]}", *operands)
    raise ValueError(f"{ast.unparse(tree)} has no notation")
