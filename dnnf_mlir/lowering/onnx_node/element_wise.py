"""BitCast, Dropout and Clip with run-time bounds: one element from the same element."""

from dnnf_mlir.bindings.iree import arith, ir
from dnnf_mlir.emit.scalar import Scalar, number, select
from dnnf_mlir.emit.scalar_programs import each
from dnnf_mlir.emit.types import element_type

from .node import OpaqueNode
from .registry import opaque


@opaque("BitCast")
def _bit_cast(node: OpaqueNode) -> list[ir.Value]:
    x, target = node.array(0), node.result().dtype

    def body(positions: list[Scalar]) -> list[Scalar]:
        element = x.read(*positions)
        if x.dtype == "i1" or target == "i1":  # a byte outside, one bit inside
            return [element.to(target) if target == "i1" else Scalar(element.to("i8").value, target)]
        type_ = element_type(target)
        cast = element.value if element.value.type == type_ else arith.BitcastOp(type_, element.value).result
        return [Scalar(cast, target)]

    return each(x.shape, [target], body)


@opaque("Dropout")
def _dropout(node: OpaqueNode) -> list[ir.Value]:
    """Without training its operand and a mask of ones; in training elements are kept by a hash of their position."""
    x = node.array(0)
    ratio = node.array(1) if node.has_input(1) else None
    training = node.array(2) if node.has_input(2) else None
    seed = node.attributes.get("seed", 0)
    node.expect_scalar(1, 2)

    def body(positions: list[Scalar]) -> list[Scalar]:
        element = x.read(*positions)
        if training is None:
            return [element, number(True, "i1")]
        share = number(0.5, "f32") if ratio is None else ratio.read(*[0] * ratio.rank).to("f32")
        drops = training.read(*[0] * training.rank) & share.differs(0)
        keeps = ~drops | (uniform(positions, x.shape, seed) >= share)
        scaled = (element.to("f32") / (1 - share)).to(x.dtype)
        return [select(keeps, select(drops, scaled, element), 0), keeps]

    return each(x.shape, [x.dtype, "i1"], body)[: len(node.node.outputs)]


def uniform(positions: list[Scalar], shape: tuple[int, ...], seed: int) -> Scalar:
    """A number from 0 to 1 by a hash (splitmix64) of the element's number and the seed."""
    state = number(0, "index")
    for at, extent in zip(positions, shape, strict=True):
        state = state * extent + at
    mixed = Scalar(state.to("i64").value, "ui64") * -7046029254386353131 + (
        int(seed) * 2862933555777941757 + 1442695040888963407
    )
    mixed = (mixed ^ (mixed >> 30)) * -4658895280553007687
    mixed = (mixed ^ (mixed >> 27)) * -7723592293110705685
    return ((mixed ^ (mixed >> 31)) >> 40).to("f32") / float(1 << 24)


@opaque("Bernoulli")
def _bernoulli(node: OpaqueNode) -> list[ir.Value]:
    x, dtype = node.array(0), node.result().dtype
    seed = int(node.attributes.get("seed", 0))

    def body(positions: list[Scalar]) -> list[Scalar]:
        return [(uniform(positions, x.shape, seed) < x.read(*positions).to("f32")).to(dtype)]

    return each(x.shape, [dtype], body)


@opaque("RandomUniform", "RandomUniformLike")
def _random_uniform(node: OpaqueNode) -> list[ir.Value]:
    type_ = node.result()
    low, high = node.attributes["low"], node.attributes["high"]
    seed = int(node.attributes.get("seed", 0))

    def body(positions: list[Scalar]) -> list[Scalar]:
        return [(uniform(positions, type_.shape, seed) * (high - low) + low).to(type_.dtype)]

    return each(type_.shape, [type_.dtype], body)


@opaque("Clip")
def _clip(node: OpaqueNode) -> list[ir.Value]:
    x = node.array(0)
    low = node.array(1) if node.has_input(1) else None
    high = node.array(2) if node.has_input(2) else None
    node.expect_scalar(1, 2)

    def body(positions: list[Scalar]) -> list[Scalar]:
        element = x.read(*positions)
        if low is not None:
            element = element.max(low.read(*[0] * low.rank))
        if high is not None:
            element = element.min(high.read(*[0] * high.rank))
        return [element]

    return each(x.shape, [x.dtype], body)
