"""Fields of operations with any number of operands or results.

IRDL binds every type constraint to one type, so that the operands of a *variadic* field all must have the same type
(a constraint is a variable, unified over the whole group). Operands of different types are therefore written as a fixed
number of optional fields, each with a constraint of its own; ``operandSegmentSizes`` tells how many are present.
"""

from typing import Any

from dnnf_mlir.bindings.mlir import ext

from .dialect import Operator, Tensor

OPERAND_LIMIT = 32
RESULT_LIMIT = 16


def several_operands(base: type = Operator) -> Any:
    """A base class with the operands ``x0``, ``x1``, ... up to OPERAND_LIMIT, present from the first on."""
    return _with_fields(
        base, "SeveralOperands", "x", ext.Operand[Tensor] | None, OPERAND_LIMIT, {"several_operands": True}
    )


def several_results(base: type = Operator) -> Any:
    """A base class with the results ``y0``, ``y1``, ... up to RESULT_LIMIT, present from the first on."""
    return _with_fields(base, "SeveralResults", "y", ext.Result[Tensor] | None, RESULT_LIMIT, {"several_results": True})


def _with_fields(base: type, name: str, prefix: str, field: Any, limit: int, facts: dict[str, bool]) -> Any:
    annotations = {f"{prefix}{i}": field for i in range(limit)}
    return type(name, (base,), {"__annotations__": annotations, "__module__": __name__, **facts})
