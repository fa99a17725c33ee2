"""Activations, alone or after a bias."""

from .operator import Call, operator


def _fast_gelu(call: Call) -> str:
    biased = "Add(x, bias)" if call.has("bias") else "Identity(x)"
    return f's = {biased}  y = Gelu <approximate = "tanh"> (s)'


OPERATORS = (
    operator("Gelu (x) => (y)", "y = Gelu(x)"),
    operator("BiasGelu (x, bias) => (y)", "s = Add(x, bias)  y = Gelu(s)"),
    operator("FastGelu (x, bias?) => (y)", _fast_gelu),
)
