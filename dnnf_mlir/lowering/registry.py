"""What each operator contributes to the lowering; the operator files register themselves here.

An operator is *composed* when one element of its result is an expression of elements of its operands, so that it can
be part of another kernel's body, or *structured* when it becomes operations of its own.
"""

from collections.abc import Callable
from typing import TypeAlias

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.emit.element_wise import has_body
from dnnf_mlir.graph.ecg import Node
from dnnf_mlir.graph.operator import Operator

from .api import Composition, Region
from .linalg.expression import Expression
from .linalg.index_maps import Access

Composer: TypeAlias = Callable[[Composition, Node, int, Access], Expression | None]
"""(composition, node, number of the result, its access) -> the element; None where this node's has no expression."""

Structured: TypeAlias = Callable[[Region, Node], list[ir.Value]]
"""(region, node) -> one tensor per result, of any shape with the result's row-major order of elements."""

Outside: TypeAlias = Callable[[Region, Node], ir.Value | list[ir.Value] | None]
"""(region, node) -> the result or all results, made before the dispatch; None where this node's are not."""

Checked: TypeAlias = Callable[[Region, Node], None]
"""(region, node) -> emits the checks of a node's run-time values, made before the dispatch."""

COMPOSED: dict[type[Operator], Composer] = {}
STRUCTURED: dict[type[Operator], Structured] = {}
OUTSIDE: dict[type[Operator], Outside] = {}
CHECKED: dict[type[Operator], Checked] = {}
"""Of operators that demand something of run-time values, whether or not anything reads their results."""
FOLDS: set[type[Operator]] = set()


def composed(*operators: type[Operator]) -> Callable[[Composer], Composer]:
    """Registers the expression of an element of the operators' results."""

    def register(function: Composer) -> Composer:
        COMPOSED.update(dict.fromkeys(operators, function))
        return function

    return register


def structured(*operators: type[Operator], folds: bool = False) -> Callable[[Structured], Structured]:
    """``folds``: the operations are reductions, which IREE tiles together with reductions of their results."""

    def register(function: Structured) -> Structured:
        STRUCTURED.update(dict.fromkeys(operators, function))
        if folds:
            FOLDS.update(operators)
        return function

    return register


def outside(op: type[Operator]) -> Callable[[Outside], Outside]:
    """Registers what computes an operator before the dispatch."""

    def register(function: Outside) -> Outside:
        OUTSIDE[op] = function
        return function

    return register


def checked(op: type[Operator]) -> Callable[[Checked], Checked]:
    """Registers the checks of an operator's run-time values."""

    def register(function: Checked) -> Checked:
        CHECKED[op] = function
        return function

    return register


def is_composed(node: Node) -> bool:
    """Whether an element of a result can be an expression of elements of the operands."""
    return has_body(node) or node.op in COMPOSED


def is_supported(node: Node) -> bool:
    """Whether the lowering knows the node's operator."""
    return is_composed(node) or node.op in STRUCTURED or node.op in OUTSIDE
