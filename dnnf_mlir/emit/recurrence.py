"""The cells of RNN, GRU and LSTM, on single hidden units or vectors of them.

::

    RNN   h' = f(x + h R)
    GRU   z, r = f(x_z + h R_z), f(x_r + h R_r)     n = g(x_h + (r * h) R_h)  or  g(x_h + r * (h R_h + b))
          h' = n + z * (h - n)
    LSTM  i, f = f(x_i + h R_i + p_i * c), f(x_f + h R_f + p_f * c)  or  1 - i     n = g(x_c + h R_c)
          c' = f * c + i * n     o = f(x_o + h R_o + p_o * c')     h' = o * h(c')
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, TypeAlias

from dnnf_mlir.dialect_defs.many_to_many.recurrence import FUNCTIONS
from dnnf_mlir.dialect_defs.one_to_one.elementary import Tanh
from dnnf_mlir.graph.ecg import Node

from . import activations  # noqa: F401  registers the bodies
from .element_wise import BODIES, compute
from .scalar import Scalar, fma

_OPERATORS = {op.__name__.lower(): op for op in BODIES}


@dataclass(frozen=True)
class Activation:
    """An activation of a recurrent layer, whose argument is bounded by ``limit``."""

    name: str
    alpha: float
    beta: float
    limit: float = inf

    def __call__(self, x: Scalar) -> Scalar:
        """Its value."""
        if self.limit != inf:
            x = x.max(-self.limit).min(self.limit)
        if self.name == "affine":
            return x * self.alpha + self.beta
        if self.name == "scaledtanh":
            return compute(Node(Tanh, [], []), [x * self.beta]) * self.alpha
        return compute(Node(_OPERATORS[self.name], [], [], {"alpha": self.alpha, "beta": self.beta}), [x])


Function: TypeAlias = Callable[[Scalar], Scalar]


def functions_of(attributes: Mapping[str, Any], direction: int) -> list[Activation]:
    """The activations f, g and h of a direction of ``dnnf.recurrence``."""
    count = FUNCTIONS[attributes["kind"]]
    limits = [attributes["clip"], attributes["clip"], inf][:count]
    part = slice(direction * count, (direction + 1) * count)
    names = attributes["activations"].split(",")[part]
    return list(map(Activation, names, attributes["alphas"][part], attributes["betas"][part], limits))


def gru(of: Sequence[Function], sum_z: Scalar, sum_h: Scalar, h: Scalar) -> Scalar:
    """The next h; ``sum_h`` holds all that g is applied to."""
    z, n = of[0](sum_z), of[1](sum_h)
    return fma(z, h - n, n)


def lstm(
    of: Sequence[Function],
    sums: Sequence[Scalar],
    c: Scalar,
    peepholes: Sequence[Scalar] | None,
    coupled: bool,
) -> tuple[Scalar, Scalar]:
    """The next h and c; ``sums`` are those of i, o, f and c, ``coupled`` is the attribute ``input_forget``."""
    sum_i, sum_o, sum_f, sum_c = sums

    def seen(total: Scalar, number: int, cell: Scalar) -> Scalar:
        return total if peepholes is None else fma(peepholes[number], cell, total)

    i = of[0](seen(sum_i, 0, c))
    forget = 1 - i if coupled else of[0](seen(sum_f, 2, c))
    cell = fma(forget, c, i * of[1](sum_c))
    return of[0](seen(sum_o, 1, cell)) * of[2](cell), cell
