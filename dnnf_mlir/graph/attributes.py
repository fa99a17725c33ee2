"""The kinds of attributes that an operator's class may declare, and building attributes of each kind."""

from collections.abc import Callable
from typing import Any, TypeAlias

from dnnf_mlir.bindings.mlir import ir


class Ints(ir.DenseI64ArrayAttr):
    """``array<i64: ...>``; the bindings' class lacks the name that IRDL needs."""

    attr_name = "builtin.dense_array"


class Floats(ir.DenseF64ArrayAttr):
    """``array<f64: ...>``."""

    attr_name = "builtin.dense_array"


Int: TypeAlias = ir.IntegerAttr
Float: TypeAlias = ir.FloatAttr
String: TypeAlias = ir.StringAttr

_BUILD: dict[Any, Callable[[Any], ir.Attribute]] = {
    Int: lambda value: ir.IntegerAttr.get(ir.IntegerType.get_signless(64), int(value)),
    Float: lambda value: ir.FloatAttr.get(ir.F64Type.get(), float(value)),
    String: ir.StringAttr.get,
    Ints: lambda value: ir.DenseI64ArrayAttr.get(list(map(int, value))),
    Floats: lambda value: ir.DenseF64ArrayAttr.get(list(map(float, value))),
}


def build_attribute(kind: Any, value: Any) -> ir.Attribute:
    """The attribute of one of the kinds above (i64, f64, string, array<i64>, array<f64>) that holds ``value``."""
    return _BUILD[kind](value)
