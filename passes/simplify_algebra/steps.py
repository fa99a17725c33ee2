"""A layer applied to each step of a sequence by itself as the layer applied to all of them.

Keras writes ``TimeDistributed(Dense(...))`` so: a Slice, a product and an addition for each step, and a Concat.
"""

from dnnf_mlir.dialect_defs.one_to_one.movement import Slice
from dnnf_mlir.graph.ecg import Value
from dnnf_mlir.rewriting import Family, Match, condition
from dnnf_mlir.rewriting.terms import Attribute, Constant, Each, Equation, Found, Tensor, op

rule = Family("steps")


def _sequence(match: Match) -> Value:
    """What the steps are slices of."""
    producer = match.values("y")[0].producer
    if producer is None:
        raise LookupError("the steps are no slices")
    return producer.input(0)


def _is_step(value: Value, number: int, axis: int, sequence: Value) -> bool:
    """Whether the value is all of the sequence at one position along the axis."""
    node = value.producer
    if node is None or node.op is not Slice or node.input(0) is not sequence:
        return False
    starts, steps = node.attributes["starts"], node.attributes["steps"]
    shape = sequence.type.shape
    return all(
        start == (number if place == axis else 0) and step == 1 and size == (1 if place == axis else shape[place])
        for place, (start, step, size) in enumerate(zip(starts, steps, value.type.shape, strict=True))
    )


@condition
def steps_in_order(match: Match) -> str | None:
    """each step of one sequence is read, in order, and its result has its place"""
    axis, steps = match.attribute("axis"), match.values("y")
    node = steps[0].producer
    if node is None or node.op is not Slice:
        return "the operands are no slices"
    sequence, result = node.input(0), match.result
    if sequence.type.shape[:-1] != result.shape[:-1] or len(result.shape) < 3 or axis == len(result.shape) - 1:
        return "the results have other dimensions than the sequence"
    if len(steps) != result.shape[axis]:
        return "a step is missing"
    if not all(_is_step(step, number, axis, sequence) for number, step in enumerate(steps)):
        return "the operands are not the steps in order"
    return None if match.type("w").rank == 2 else "W is no matrix"


@condition
def bias_is_a_row(match: Match) -> str | None:
    """B has one number for each column"""
    return None if match.type("b").rank <= 1 else "B varies within a column"


@rule(when=steps_in_order)
def product_of_steps(y: Tensor, w: Constant, axis: Attribute) -> Equation:
    """Concat(X1 W, X2 W, ...) = X W, where Xi are the steps of X"""
    left = op.Concat(Each(op.Unsqueeze(op.MatMul(op.Squeeze(y), w)), (y,)), axis=axis)
    return left, op.MatMul(Found(_sequence), w)


@rule(when=(steps_in_order, bias_is_a_row))
def layer_of_steps(y: Tensor, w: Constant, b: Constant, axis: Attribute) -> Equation:
    """Concat(X1 W + B, X2 W + B, ...) = X W + B, where Xi are the steps of X"""
    left = op.Concat(Each(op.Unsqueeze(op.Add(op.MatMul(op.Squeeze(y), w), b)), (y,)), axis=axis)
    return left, op.Add(op.MatMul(Found(_sequence), w), b)
