"""The kinds of facts that an operator's class states beside its fields; they are plain Python and live in the graph."""

from dnnf_mlir.graph.facts import (
    ANYTHING,
    NONNEGATIVE,
    CostClass,
    Interval,
    OperandIntervals,
    ResultShape,
    one_of,
)

__all__ = ["ANYTHING", "NONNEGATIVE", "CostClass", "Interval", "OperandIntervals", "ResultShape", "one_of"]
