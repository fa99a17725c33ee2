"""Parts of a Concat taken directly from its operands, and a Concat of parts as what the parts were taken from."""

from dnnf_mlir.dialect_defs.one_to_one.movement import Slice, Split
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.rewriting import Family, Match, condition
from dnnf_mlir.rewriting.terms import Attribute, Each, EachPart, Equation, Found, Tensor, op

rule = Family("concatenation", exact=True)

_ANY = "fiub"


def _covered(match: Match) -> tuple[int, int] | None:
    """The operand of the Concat that all elements come from, and the position of its first element."""
    axis, operands = match.attribute("axis"), match.values("x")
    start, step = match.attribute("starts")[axis], match.attribute("steps")[axis]
    last = start + step * (match.result.shape[axis] - 1)
    begin = 0
    for number, operand in enumerate(operands):
        end = begin + operand.type.shape[axis]
        if begin <= min(start, last) and max(start, last) < end:
            return number, begin
        begin = end
    return None


@condition
def within_one_operand(match: Match) -> str | None:
    """all elements come from one operand"""
    return None if 0 not in match.result.shape and _covered(match) else "several operands are read"


def _covering(match: Match) -> Value:
    covered = _covered(match)
    if covered is None:
        raise LookupError("several operands are read")
    return match.values("x")[covered[0]]


def _starts_inside(match: Match) -> tuple[int, ...]:
    covered, axis = _covered(match), match.attribute("axis")
    begin = 0 if covered is None else covered[1]
    return tuple(start - begin if place == axis else start for place, start in enumerate(match.attribute("starts")))


@rule(when=within_one_operand, dtypes=_ANY)
def slice_of_concat(x: Tensor, axis: Attribute, starts: Attribute, steps: Attribute) -> Equation:
    """Slice(Concat(X1, X2, ...)) = Slice(Xi), where only elements of Xi are taken"""
    left = op.Slice(op.Concat(Each(x, (x,)), axis=axis), starts=starts, steps=steps)
    return left, op.Slice(Found(_covering), starts=_starts_inside, steps=steps, shape=lambda match: match.result.shape)


@condition
def same_parts(match: Match) -> str | None:
    """the parts are the operands"""
    types = [value.type for value in match.root.outputs]
    return None if types == [value.type for value in match.values("x")] else "the parts are others than the operands"


@rule(when=same_parts, dtypes=_ANY)
def split_of_concat(x: Tensor, axis: Attribute) -> Equation:
    """Split(Concat(X1, X2, ...)) = (X1, X2, ...)"""
    left = op.Split(op.Concat(Each(x, (x,)), axis=axis), axis=axis)
    return left, EachPart(Found(lambda match: match.values("x")[match.part]))


def _one_producer(match: Match) -> Node | None:
    """The Split of which the operands are all results, in order."""
    operands = match.values("x")
    node = operands[0].producer
    whole = node is not None and node.op is Split and list(operands) == node.outputs
    return node if whole and node is not None and node.attributes["axis"] == match.attribute("axis") else None


@condition
def parts_in_order(match: Match) -> str | None:
    """the operands are all parts of one Split along the same dimension, in order"""
    return None if _one_producer(match) else "the operands are not the parts of one Split"


def _whole(match: Match) -> Value:
    node = _one_producer(match)
    if node is None:
        raise LookupError("the operands are not the parts of one Split")
    return node.input(0)


@rule(when=parts_in_order, dtypes=_ANY)
def concat_of_split(x: Tensor, axis: Attribute) -> Equation:
    """Concat(Split(X)) = X"""
    return op.Concat(Each(x, (x,)), axis=axis), Found(_whole)


def _sliced(match: Match) -> list[Node]:
    """The Slices of one tensor that the operands are, each beginning where the one before ends; none otherwise."""
    axis = match.attribute("axis")
    nodes = [value.producer for value in match.values("x")]
    slices = [node for node in nodes if node is not None and node.op is Slice]
    if len(slices) != len(nodes) or any(node.input(0) is not slices[0].input(0) for node in slices):
        return []
    first, position = slices[0].attributes["starts"], slices[0].attributes["starts"][axis]
    for node in slices:
        starts = node.attributes["starts"]
        if any(step != 1 for step in node.attributes["steps"]) or starts != (
            *first[:axis],
            position,
            *first[axis + 1 :],
        ):
            return []
        position += node.output.type.shape[axis]
    return slices


@condition
def adjacent(match: Match) -> str | None:
    """the operands are slices of one tensor, each beginning where the one before ends"""
    return None if _sliced(match) else "the operands are not adjacent slices of one tensor"


def _sliced_tensor(match: Match) -> Value:
    return _sliced(match)[0].input(0)


@rule(when=adjacent, dtypes=_ANY)
def concat_of_slices(x: Tensor, axis: Attribute) -> Equation:
    """Concat(Slice(X, A, B), Slice(X, B, C), ...) = Slice(X, A, C)"""
    right = op.Slice(
        Found(_sliced_tensor),
        starts=lambda match: _sliced(match)[0].attributes["starts"],
        steps=lambda match: (1,) * match.result.rank,
        shape=lambda match: match.result.shape,
    )
    return op.Concat(Each(x, (x,)), axis=axis), right
