"""Activations, alone or after a bias."""

from .operator import Call, ints, number, operator


def _fast_gelu(call: Call) -> str:
    biased = "Add(x, bias)" if call.has("bias") else "Identity(x)"
    return f's = {biased}  y = Gelu <approximate = "tanh"> (s)'


def _bias_softmax(call: Call) -> str:
    """Over all dimensions from ``axis`` on; the bias has ones where it is broadcast."""
    rank, axis = call.rank("x"), call.attribute("axis")
    if axis % rank == rank - 1:
        return "s = Add(x, bias)  y = Softmax <axis = -1> (s)"
    return "s = Add(x, bias)  rows = Flatten <axis: int = @axis> (s)  p = Softmax <axis = -1> (rows)  " + (
        "shape = Shape(x)  y = Reshape(p, shape)"
    )


def _bias_dropout(call: Call) -> str:
    """Nothing is dropped in inference."""
    training = call.value("training_mode")
    if call.has("training_mode") and (training is None or training.any()):
        call.refuse("it trains")
    if call.wants("mask"):
        call.refuse("its mask is read")
    return f"s = Add(x, bias)  y = {'Add(s, residual)' if call.has('residual') else 'Identity(s)'}"


def _image_scaler(call: Call) -> str:
    bias = call.attribute("bias", [])
    values = f"float[{len(bias)}] {{{', '.join(map(str, bias))}}}"
    return f"""
        {number("factor", call.attribute("scale"), "x")}
        {ints("behind", 1, 2)}
        offsets = Constant <value = {values}> ()
        bias = CastLike(offsets, x)
        aligned = Unsqueeze(bias, behind)
        scaled = Mul(x, factor)
        y = Add(scaled, aligned)"""


def _scaled(call: Call, text: str) -> str:
    return f"{number('a', call.attribute('alpha'), 'x')}  {number('b', call.attribute('beta'), 'x')}  {text}"


OPERATORS = (
    operator("Gelu (x) => (y)", "y = Gelu(x)"),
    operator("BiasGelu (x, bias) => (y)", "s = Add(x, bias)  y = Gelu(s)"),
    operator("FastGelu (x, bias?) => (y)", _fast_gelu),
    operator("QuickGelu <alpha: float = 1.702> (x) => (y)", "y = Swish <alpha: float = @alpha> (x)"),
    operator("BiasAdd (x, bias, skip) => (y)", "s = Add(x, bias)  y = Add(s, skip)"),
    operator(
        "BiasSplitGelu (x, bias) => (y)",
        """
        s = Add(x, bias)
        value, gate = Split <axis = -1, num_outputs = 2> (s)
        g = Gelu(gate)
        y = Mul(value, g)""",
    ),
    operator("BiasSoftmax <axis: int = 1, is_inner_broadcast: int = 1> (x, bias) => (y)", _bias_softmax),
    operator("BiasDropout <seed> (x, bias, residual?, ratio?, training_mode?) => (y, mask)", _bias_dropout),
)

EXPERIMENTAL = (
    operator(
        "Affine <alpha: float = 1.0, beta: float = 0.0> (x) => (y)",
        lambda call: _scaled(call, "s = Mul(x, a)  y = Add(s, b)"),
    ),
    operator(
        "ParametricSoftplus <alpha: float = 1.0, beta: float = 1.0> (x) => (y)",
        lambda call: _scaled(call, "s = Mul(x, b)  p = Softplus(s)  y = Mul(p, a)"),
    ),
    operator(
        "ScaledTanh <alpha: float = 1.0, beta: float = 1.0> (x) => (y)",
        lambda call: _scaled(call, "s = Mul(x, b)  t = Tanh(s)  y = Mul(t, a)"),
    ),
    operator("ThresholdedRelu <alpha: float = 1.0> (x) => (y)", "y = ThresholdedRelu <alpha: float = @alpha> (x)"),
    operator(
        "Scale <scale: float = 1.0> (x) => (y)",
        lambda call: f"{number('factor', call.attribute('scale'), 'x')}  y = Mul(x, factor)",
    ),
    operator("ImageScaler <scale: float = 1.0, bias> (x) => (y)", _image_scaler),
)
"""Operators that ONNX's own domain had for a trial."""
