"""One step of RNN, GRU and LSTM as ONNX functions.

Operands: ``x*`` a gate's product with the input and its bias, ``h`` the hidden state, ``c`` the cell state, all
[batch, hidden]; ``R*`` the recurrence weights by gate, transposed, [hidden, hidden]; ``b*`` the biases of the
recurrence and ``p*`` the peepholes, [hidden]; ``low`` and ``high`` the limits of the attribute ``clip``. The functions
called depend on attributes and on which operands there are.
"""

from collections.abc import Mapping

from onnx import FunctionProto, helper

from .functions import parsed

RNN = parsed("""
rnn (x, h, R, low, high) => (H) {
    s = dnnf.gate(x, h, R)
    H = dnnf.f(s, low, high)
}""")

GRU = parsed("""
gru (xz, xr, xh, h, Rz, Rr, Rh, bz, br, bh, low, high) => (H) {
    rz = dnnf.recurrence(h, Rz, bz)    sz = Add(xz, rz)    z = dnnf.f(sz, low, high)
    rr = dnnf.recurrence(h, Rr, br)    sr = Add(xr, rr)    r = dnnf.f(sr, low, high)
    rh = dnnf.reset(r, h, Rh, bh)      sh = Add(xh, rh)    n = dnnf.g(sh, low, high)
    change = Sub(h, n)
    kept = Mul(z, change)
    H = Add(n, kept)
}""")

LSTM = parsed("""
lstm (xi, xo, xf, xc, h, c, Ri, Ro, Rf, Rc, pi, po, pf, low, high, one) => (H, C) {
    si = dnnf.peephole_gate(xi, h, Ri, pi, c)    i = dnnf.f(si, low, high)
    sf = dnnf.peephole_gate(xf, h, Rf, pf, c)    f = dnnf.forget(sf, i, low, high, one)
    sc = dnnf.gate(xc, h, Rc)                    n = dnnf.g(sc, low, high)
    kept = Mul(f, c)
    entering = Mul(i, n)
    C = Add(kept, entering)
    so = dnnf.peephole_gate(xo, h, Ro, po, C)    o = dnnf.f(so, low, high)
    shown = dnnf.h(C)
    H = Mul(o, shown)
}""")

_GATE = parsed("gate (x, h, R) => (s) { product = MatMul(h, R)  s = Add(x, product) }")
_PLAIN_PEEPHOLE_GATE = parsed("gate (x, h, R, p, c) => (s) { product = MatMul(h, R)  s = Add(x, product) }")
_PEEPHOLE_GATE = parsed("""
gate (x, h, R, p, c) => (s) {
    product = MatMul(h, R)
    total = Add(x, product)
    seen = Mul(p, c)
    s = Add(total, seen)
}""")
_FORGET = parsed("forget (s, i, low, high, one) => (f) { f = dnnf.f(s, low, high) }")
_COUPLED_FORGET = parsed("forget (s, i, low, high, one) => (f) { f = Sub(one, i) }")

_RECURRENCE = parsed("recurrence (h, R, b) => (r) { r = MatMul(h, R) }")
_BIASED_RECURRENCE = parsed("recurrence (h, R, b) => (r) { product = MatMul(h, R)  r = Add(product, b) }")
_RESET_STATE = parsed("reset (r, h, R, b) => (y) { state = Mul(r, h)  y = dnnf.recurrence(state, R, b) }")
_RESET_PRODUCT = parsed("reset (r, h, R, b) => (y) { product = dnnf.recurrence(h, R, b)  y = Mul(r, product) }")

_ALPHA, _BETA = "alpha: float = @alpha", "beta: float = @beta"
_SCALARS = """
a_float = Constant <value_float: float = @alpha> ()    a = CastLike(a_float, x)
b_float = Constant <value_float: float = @beta> ()     b = CastLike(b_float, x)
"""
_ACTIVATIONS: Mapping[str, tuple[Mapping[str, float], str]] = {
    "affine": ({"alpha": 1.0, "beta": 0.0}, f"{_SCALARS} scaled = Mul(x, a)  y = Add(scaled, b)"),
    "elu": ({"alpha": 1.0}, f"y = Elu <{_ALPHA}> (x)"),
    "hardsigmoid": ({"alpha": 0.2, "beta": 0.5}, f"y = HardSigmoid <{_ALPHA}, {_BETA}> (x)"),
    "leakyrelu": ({"alpha": 0.01}, f"y = LeakyRelu <{_ALPHA}> (x)"),
    "relu": ({}, "y = Relu(x)"),
    "scaledtanh": ({"alpha": 1.0, "beta": 1.0}, f"{_SCALARS} scaled = Mul(x, b)  t = Tanh(scaled)  y = Mul(t, a)"),
    "sigmoid": ({}, "y = Sigmoid(x)"),
    "softplus": ({}, "y = Softplus(x)"),
    "softsign": ({}, "y = Softsign(x)"),
    "tanh": ({}, "y = Tanh(x)"),
    "thresholdedrelu": ({"alpha": 1.0}, f"y = ThresholdedRelu <{_ALPHA}> (x)"),
}
"""Activation, whose case ONNX does not distinguish -> its parameters with ONNX's defaults, its nodes."""


def is_activation(name: str) -> bool:
    """Whether ONNX defines an activation of this name."""
    return name.lower() in _ACTIVATIONS


def activation(name: str, alphas: list[float], betas: list[float], *, clipped: bool) -> FunctionProto:
    """``activation (x, low, high) => (y)``; takes its parameters off the front of the lists, by default ONNX's."""
    defaults, nodes = _ACTIVATIONS[name.lower()]
    remaining = {"alpha": alphas, "beta": betas}
    operand, clip = ("s", "x = Clip(s, low, high)") if clipped else ("x", "")
    function = parsed(f"activation ({operand}, low, high) => (y) {{ {clip} {nodes} }}")
    for key, default in defaults.items():
        value = remaining[key].pop(0) if remaining[key] else default
        function.attribute_proto.append(helper.make_attribute(key, value))
    return function


def gate_functions(*, biased: bool, peepholes: bool, coupled: bool, resets_product: bool) -> dict[str, FunctionProto]:
    """The functions that the steps call beside the activations ``f``, ``g`` and ``h``.

    Args:
        biased: whether GRU's recurrence has a bias of its own.
        peepholes: whether LSTM's gates see the cell state.
        coupled: the attribute ``input_forget``.
        resets_product: the attribute ``linear_before_reset``.
    """
    return {
        "gate": _GATE,
        "peephole_gate": _PEEPHOLE_GATE if peepholes else _PLAIN_PEEPHOLE_GATE,
        "forget": _COUPLED_FORGET if coupled else _FORGET,
        "recurrence": _BIASED_RECURRENCE if biased else _RECURRENCE,
        "reset": _RESET_PRODUCT if resets_product else _RESET_STATE,
    }
