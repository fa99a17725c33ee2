"""Matrix products and convolutions with transposed operands and an activation, channels first or last."""

from collections.abc import Sequence

from .operator import Call, number, operator

_PLAIN = frozenset({"Elu", "HardSwish", "Mish", "Relu", "Selu", "Sigmoid", "Softplus", "Softsign", "Tanh"})
_WITH_PARAMETERS = {
    "Elu": ("alpha",),
    "HardSigmoid": ("alpha", "beta"),
    "LeakyRelu": ("alpha",),
    "Selu": ("alpha", "gamma"),
    "ThresholdedRelu": ("alpha",),
}


def _activation(call: Call, parameters: Sequence[float]) -> str:
    """``y`` from ``s`` by the attribute ``activation``, whose own attributes are given in order."""
    name = call.attribute("activation", "")
    if not name:
        return "y = Identity(s)"
    if name == "Clip":
        low, high = parameters
        return f"{number('low', low, 's')}  {number('high', high, 's')}  y = Clip(s, low, high)"
    if name not in _PLAIN and name not in _WITH_PARAMETERS:
        call.refuse(f"its activation {name} is not known")
    given = zip(_WITH_PARAMETERS.get(name, ()), parameters, strict=False)
    attributes = ", ".join(f"{key}: float = {value!r}" for key, value in given)
    return f"y = {name} {f'<{attributes}>' if attributes else ''} (s)"


def _product_activation(call: Call) -> str:
    """The activation's attributes end at the first one that the node leaves out."""
    name = call.attribute("activation", "")
    given = [call.attribute(f"activation_{key}") for key in _WITH_PARAMETERS.get(name, ())]
    if name == "Clip" or (None in given and any(value is not None for value in given)):
        call.refuse(f"its activation {name} with these attributes is not known")
    return _activation(call, [value for value in given if value is not None])


def _transposed(call: Call, name: str) -> str:
    """A matrix operand in the order of MatMul; the batch dimensions may come between its rows and columns."""
    rank = call.rank(name)
    dimensions = list(range(rank))
    if call.attribute(f"transBatch{name}") and rank > 2:
        dimensions[:-1] = [*dimensions[1:-1], 0]
    if call.attribute(f"trans{name}") and rank > 1:
        dimensions[-2:] = dimensions[:-3:-1]
    return f"Transpose <perm = {dimensions}> ({name})" if dimensions != sorted(dimensions) else f"Identity({name})"


def _product(call: Call) -> str:
    """``s``: the product by alpha."""
    alpha = call.attribute("alpha")
    scaled = "s = Identity(product)" if alpha == 1 else f"{number('alpha', alpha, 'A')}  s = Mul(product, alpha)"
    return f"""
        left = {_transposed(call, "A")}
        right = {_transposed(call, "B")}
        product = MatMul(left, right)
        {scaled}"""


def _gemm_fast_gelu(call: Call) -> str:
    biased = "Add(product, bias)" if call.has("bias") else "Identity(product)"
    return f'product = MatMul(x, w)  s = {biased}  y = Gelu <approximate = "tanh"> (s)'


_WINDOW = (
    "auto_pad: string = @auto_pad, dilations: ints = @dilations, kernel_shape: ints = @kernel_shape, "
    "pads: ints = @pads, strides: ints = @strides"
)
_CONVOLUTION = f"Conv <group: int = @group, {_WINDOW}>"


def channels_first(call: Call, x: str) -> str:
    """``X`` of the text: the image ``x``, whose channels are last, with its channels first."""
    rank = call.rank(x)
    return f"X = Transpose <perm = {[0, rank - 1, *range(1, rank - 1)]}> ({x})"


def channels_last(call: Call, x: str, y: str) -> str:
    """``y`` of the text: ``Y`` with the channels last; ``x`` is an input of the same rank."""
    return f"{y} = Transpose <perm = {[0, *range(2, call.rank(x)), 1]}> (Y)"


def _fused_conv(call: Call) -> str:
    bias = "bias" if call.has("bias") else '""'
    total = "Add(product, z)" if call.has("z") else "Identity(product)"
    return f"product = {_CONVOLUTION} (x, w, {bias})  s = {total}  " + (
        _activation(call, call.attribute("activation_params", []))
    )


def _nhwc_fused_conv(call: Call) -> str:
    bias = "bias" if call.has("bias") else '""'
    return f"""
        {channels_first(call, "x")}
        Y = {_CONVOLUTION} (X, w, {bias})
        {channels_last(call, "x", "product")}
        s = {"Add(product, z)" if call.has("z") else "Identity(product)"}
        {_activation(call, call.attribute("activation_params", []))}"""


def _nhwc_conv(call: Call) -> str:
    bias = "bias" if call.has("bias") else '""'
    return f"{channels_first(call, 'x')}  Y = {_CONVOLUTION} (X, w, {bias})  {channels_last(call, 'x', 'y')}"


def _transposed_conv(call: Call) -> str:
    bias = "bias" if call.has("bias") else '""'
    pads = call.value("pads")
    if call.has("pads") and pads is None:
        call.refuse("its pads are computed at run time; make them constant")
    around = "" if pads is None else f"pads = {pads.reshape(-1).tolist()}, "
    return f"""
        y = ConvTranspose <{around}auto_pad: string = @auto_pad, dilations: ints = @dilations, group: int = @group,
            kernel_shape: ints = @kernel_shape, output_padding: ints = @output_padding, strides: ints = @strides>
            (x, w, {bias})"""


_MATRICES = "alpha: float = 1.0, transA: int = 0, transB: int = 0"
_BATCHES = f"{_MATRICES}, transBatchA: int = 0, transBatchB: int = 0"
_ACTIVATED = "activation, activation_alpha, activation_beta, activation_gamma"
_IMAGES = "auto_pad, dilations, group: int = 1, kernel_shape, pads, strides"

OPERATORS = (
    operator(f"FusedMatMul <{_BATCHES}> (A, B) => (y)", lambda call: f"{_product(call)}  y = Identity(s)"),
    *(
        operator(f"{name} <{_MATRICES}> (A, B) => (y)", lambda call: f"{_product(call)}  y = Identity(s)")
        for name in ("TransposeMatMul", "TransposedMatMul")
    ),
    operator(
        f"FusedMatMulActivation <{_BATCHES}, {_ACTIVATED}, activation_axis> (A, B) => (y)",
        lambda call: f"{_product(call)}  {_product_activation(call)}",
    ),
    operator(
        f"FusedGemm <{_MATRICES}, beta: float = 1.0, {_ACTIVATED}> (A, B, C?) => (y)",
        lambda call: (
            f"""
            s = Gemm <alpha: float = @alpha, beta: float = @beta, transA: int = @transA, transB: int = @transB>
                (A, B, {"C" if call.has("C") else '""'})
            {_product_activation(call)}"""
        ),
    ),
    operator("GemmFastGelu (x, w, bias?) => (y)", _gemm_fast_gelu),
    operator(f"FusedConv <{_IMAGES}, activation, activation_params> (x, w, bias?, z?) => (y)", _fused_conv),
    operator(f"NhwcFusedConv <{_IMAGES}, activation, activation_params> (x, w, bias?, z?) => (y)", _nhwc_fused_conv),
    operator(f"NhwcConv <{_IMAGES}> (x, w, bias?) => (y)", _nhwc_conv),
    operator(
        "NhwcMaxPool <auto_pad, ceil_mode, dilations, kernel_shape, pads, strides> (x) => (y)",
        lambda call: (
            f"""
            {channels_first(call, "x")}
            Y = MaxPool <ceil_mode: int = @ceil_mode, {_WINDOW}> (X)
            {channels_last(call, "x", "y")}"""
        ),
    ),
    operator(
        "ConvTransposeWithDynamicPads <auto_pad, dilations, group: int = 1, kernel_shape, output_padding, strides> "
        "(x, w, pads?, bias?) => (y)",
        _transposed_conv,
    ),
)
