"""Derivatives of operators: what each operand of a node gets of the gradient of its result, as nodes."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from onnx import NodeProto, helper

from .builder import Composite


@dataclass(frozen=True)
class Step:
    """One node of the way back: ``gradient`` is that of its first result."""

    c: Composite
    node: NodeProto
    gradient: str

    @property
    def x(self) -> str:
        return str(self.node.input[0])

    @property
    def y(self) -> str:
        return str(self.node.output[0])

    @property
    def attributes(self) -> dict[str, Any]:
        return {a.name: helper.get_attribute_value(a) for a in self.node.attribute}

    def shape(self, name: str) -> tuple[int, ...]:
        return self.c.types[name].shape

    def number(self, value: float) -> str:
        """A number of the type of the result."""
        return self.c.scalar(value, self.y)

    def times(self, factor: str) -> str:
        return self.c.op("Mul", self.gradient, factor)

    def reshaped(self, gradient: str, like: str) -> str:
        return self.c.op("Reshape", gradient, self.c.op("Shape", like, start=0), allowzero=0)

    def gathered(self, gradient: str, shape: Sequence[int], operand: str) -> str:
        """A gradient of this shape, added up along the dimensions in which the operand was broadcast."""
        own = self.shape(operand)
        padded = (1,) * (len(shape) - len(own)) + own
        axes = [i for i, (a, b) in enumerate(zip(shape, padded, strict=True)) if a != b]
        if axes:
            gradient = self.c.op("ReduceSum", gradient, self.c.ints(*axes), keepdims=1, noop_with_empty_axes=0)
        return self.reshaped(gradient, operand) if len(own) < len(shape) else gradient

    def spread(self, gradient: str) -> str:
        """The gradient of a reduced result at every element that was reduced."""
        if not self.attributes["keepdims"]:
            axes = self.c.known[self.node.input[1]] if len(self.node.input) > 1 and self.node.input[1] else ()
            rank = len(self.shape(self.x))
            reduced = {int(axis) % rank for axis in axes} or set(range(rank))
            ones = [1 if i in reduced else size for i, size in enumerate(self.shape(self.x))]
            gradient = self.c.op("Reshape", gradient, self.c.ints(*ones), allowzero=0)
        return self.c.op("Expand", gradient, self.c.op("Shape", self.x, start=0))


Derivative: TypeAlias = Callable[[Step], Sequence[str | None]]
"""step -> the gradient of each operand, of the operand's shape; None where there is none."""


def _of_one(factor: Callable[[Composite, str, str, Callable[[float], str]], str]) -> Derivative:
    """An element-wise function of one operand by its derivative, an expression of x and y."""
    return lambda s: [s.times(factor(s.c, s.x, s.y, s.number))]


def _broadcast(derivative: Derivative) -> Derivative:
    """Element-wise operators of several operands: ``derivative`` gives gradients of the result's shape."""

    def gathered(s: Step) -> list[str | None]:
        shape = s.shape(s.y)
        return [
            None if gradient is None else s.gathered(gradient, shape, operand)
            for gradient, operand in zip(derivative(s), s.node.input, strict=True)
        ]

    return gathered


def _div(s: Step) -> list[str | None]:
    by_b = s.c.op("Div", s.gradient, s.node.input[1])
    return [by_b, s.c.op("Neg", s.c.op("Mul", by_b, s.y))]


def _pow(s: Step) -> list[str | None]:
    base, exponent = s.node.input
    if s.c.types[base].elem_type != s.c.types[exponent].elem_type:
        exponent = s.c.op("Cast", exponent, to=s.c.types[base].elem_type, saturate=1)
    lower = s.c.op("Pow", base, s.c.op("Sub", exponent, s.number(1)))
    by_base = s.times(s.c.op("Mul", exponent, lower))
    if s.node.input[1] in s.c.known:
        return [by_base, None]
    return [by_base, s.times(s.c.op("Mul", s.y, s.c.op("Log", base)))]


def _where(s: Step) -> list[str | None]:
    condition, zero = s.x, s.number(0)
    return [None, s.c.op("Where", condition, s.gradient, zero), s.c.op("Where", condition, zero, s.gradient)]


def _matmul(s: Step) -> list[str | None]:
    a, b = s.node.input
    ranks = [len(s.shape(name)) for name in (a, b)]
    if min(ranks) < 2:
        raise NotImplementedError("a product with a vector")
    batch = s.shape(s.y)[:-2]
    by_a = s.c.op("MatMul", s.gradient, _transposed(s, b))
    by_b = s.c.op("MatMul", _transposed(s, a), s.gradient)
    return [s.gathered(by, (*batch, *s.shape(name)[-2:]), name) for by, name in ((by_a, a), (by_b, b))]


def _transposed(s: Step, name: str) -> str:
    rank = len(s.shape(name))
    return s.c.op("Transpose", name, perm=[*range(rank - 2), rank - 1, rank - 2])


def _gemm(s: Step) -> list[str | None]:
    """alpha A' B' + beta C."""
    a, b = s.node.input[:2]
    left, right = bool(s.attributes["transA"]), bool(s.attributes["transB"])
    scaled = s.times(s.number(s.attributes["alpha"]))
    by_a = s.c.op("MatMul", scaled, b if right else _transposed(s, b))
    by_b = s.c.op("MatMul", a if left else _transposed(s, a), scaled)
    found: list[str | None] = [
        s.c.op("Transpose", by_a, perm=[1, 0]) if left else by_a,
        s.c.op("Transpose", by_b, perm=[1, 0]) if right else by_b,
    ]
    if len(s.node.input) > 2:
        found.append(s.gathered(s.times(s.number(s.attributes["beta"])), s.shape(s.y), s.node.input[2]))
    return found


def _transpose(s: Step) -> list[str | None]:
    rank = len(s.shape(s.x))
    order = s.attributes.get("perm") or list(reversed(range(rank)))
    return [s.c.op("Transpose", s.gradient, perm=[order.index(i) for i in range(rank)])]


def _mean(s: Step) -> list[str | None]:
    """The share of each element: that of the result's in the operand's."""
    share = math.prod(s.shape(s.y)) / math.prod(s.shape(s.x))
    return [s.spread(s.times(s.number(share)))]


def _concat(s: Step) -> list[str | None]:
    axis = s.attributes["axis"]
    return list(s.c.parts(s.gradient, [s.shape(name)[axis] for name in s.node.input], axis))


def _softmax(s: Step) -> list[str | None]:
    """y (g - sum(g y))."""
    axis = s.c.ints(s.attributes["axis"])
    total = s.c.op("ReduceSum", s.times(s.y), axis, keepdims=1, noop_with_empty_axes=0)
    return [s.c.op("Mul", s.y, s.c.op("Sub", s.gradient, total))]


def _cast(s: Step) -> list[str | None]:
    return [s.c.op("Cast", s.gradient, to=s.c.types[s.x].elem_type, saturate=1)]


DERIVATIVES: Mapping[str, Derivative] = {
    "Identity": lambda s: [s.gradient],
    "Neg": lambda s: [s.c.op("Neg", s.gradient)],
    "Abs": _of_one(lambda c, x, y, number: c.op("Sign", x)),
    "Exp": _of_one(lambda c, x, y, number: y),
    "Log": lambda s: [s.c.op("Div", s.gradient, s.x)],
    "Sqrt": lambda s: [s.c.op("Div", s.gradient, s.c.op("Mul", s.number(2), s.y))],
    "Reciprocal": _of_one(lambda c, x, y, number: c.op("Neg", c.op("Mul", y, y))),
    "Sin": _of_one(lambda c, x, y, number: c.op("Cos", x)),
    "Cos": _of_one(lambda c, x, y, number: c.op("Neg", c.op("Sin", x))),
    "Tanh": _of_one(lambda c, x, y, number: c.op("Sub", number(1), c.op("Mul", y, y))),
    "Sigmoid": _of_one(lambda c, x, y, number: c.op("Mul", y, c.op("Sub", number(1), y))),
    "Softplus": _of_one(lambda c, x, y, number: c.op("Sigmoid", x)),
    "Relu": lambda s: [s.c.op("Where", s.c.op("Greater", s.x, s.number(0)), s.gradient, s.number(0))],
    "Erf": _of_one(
        lambda c, x, y, number: c.op("Mul", number(2 / math.sqrt(math.pi)), c.op("Exp", c.op("Neg", c.op("Mul", x, x))))
    ),
    "Add": _broadcast(lambda s: [s.gradient, s.gradient]),
    "Sub": _broadcast(lambda s: [s.gradient, s.c.op("Neg", s.gradient)]),
    "Mul": _broadcast(lambda s: [s.times(s.node.input[1]), s.times(s.node.input[0])]),
    "Div": _broadcast(_div),
    "Pow": _broadcast(_pow),
    "Sum": _broadcast(lambda s: [s.gradient] * len(s.node.input)),
    "Where": _broadcast(_where),
    "MatMul": _matmul,
    "Gemm": _gemm,
    "Transpose": _transpose,
    **dict.fromkeys(["Reshape", "Flatten", "Squeeze", "Unsqueeze"], lambda s: [s.reshaped(s.gradient, s.x)]),
    "Expand": lambda s: [s.gathered(s.gradient, s.shape(s.y), s.x)],
    "ReduceSum": lambda s: [s.spread(s.gradient)],
    "ReduceMean": _mean,
    "Concat": _concat,
    "Softmax": _softmax,
    "Cast": _cast,
    **dict.fromkeys(["Floor", "Ceil", "Round", "Sign"], lambda s: [None]),
}
"""Operator -> its derivative; operands that only tell a shape have none."""


def zero_like(c: Composite, name: str) -> str:
    """Zeros of a value's type."""
    dtype = helper.tensor_dtype_to_np_dtype(c.types[name].elem_type)
    return c.op("Expand", c.constant(np.zeros((), dtype)), c.op("Shape", name, start=0))
