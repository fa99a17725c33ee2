"""Normalization, with what is added before it."""

from .operator import Call, ints, number, operator


def _layer_normalization(call: Call, x: str = "x", axis: int = -1) -> str:
    """Of ``x`` with gamma and maybe beta, and the statistics that are wanted."""
    operands = ", ".join([x, "gamma", *(["beta"] if call.has("beta") else [])])
    normal = f"y = LayerNormalization <axis = {axis}, epsilon: float = @epsilon> ({operands})"
    if not call.wants("mean") and not call.wants("inv_std"):
        return normal
    mean = "mean = ReduceMean <keepdims = 1> (number, normalized)  centred = Sub(number, mean)"
    return f"{normal}  {_deviation(call, x, axis, mean, 'centred')}"


def _simplified(call: Call, x: str = "x", axis: int = -1) -> str:
    """The root mean square in place of the standard deviation, without a mean."""
    normal = f"y = RMSNormalization <axis = {axis}, epsilon: float = @epsilon> ({x}, gamma)"
    return f"{normal}  {_deviation(call, x, axis, '', 'number')}" if call.wants("inv_std") else normal


def _deviation(call: Call, x: str, axis: int, mean: str, centred: str) -> str:
    """``inv_std``, one over the deviation of ``centred``, in single precision, as is what ``mean`` reads."""
    rank = call.rank("x")
    return f"""
        number = Cast <to = 1> ({x})
        {ints("normalized", *range(axis % rank, rank))}
        {mean}
        squares = Mul({centred}, {centred})
        variance = ReduceMean <keepdims = 1> (squares, normalized)
        {number("least", call.attribute("epsilon"), "number")}
        positive = Add(variance, least)
        deviation = Sqrt(positive)
        inv_std = Reciprocal(deviation)"""


def _total(call: Call) -> str:
    return "partial = Add(x, skip)  sum = Add(partial, bias)" if call.has("bias") else "sum = Add(x, skip)"


def _skip_simplified(call: Call) -> str:
    if call.wants("mean"):
        call.refuse("its mean is read")
    return f"{_total(call)}  {_simplified(call, 'sum')}"


def _group_norm(call: Call, x: str = "x") -> str:
    """GroupNormalization of images, channels last or first, and SiLU; where types differ, in single precision."""
    rank, last = call.rank("x"), call.attribute("channels_last")
    first = [0, rank - 1, *range(1, rank - 1)]
    back = [0, *range(2, rank), 1]
    wide = call.type("x").elem_type != call.type("gamma").elem_type
    return f"""
        image = {f"Transpose <perm = {first}> ({x})" if last else f"Identity({x})"}
        operand = {"Cast <to = 1> (image)" if wide else "Identity(image)"}
        scale = CastLike(gamma, operand)
        shift = CastLike(beta, operand)
        normal = GroupNormalization <num_groups: int = @groups, epsilon: float = @epsilon> (operand, scale, shift)
        active = {"Swish(normal)" if call.attribute("activation") else "Identity(normal)"}
        narrow = CastLike(active, x)
        y = {f"Transpose <perm = {back}> (narrow)" if last else "Identity(narrow)"}"""


def _skip_group_norm(call: Call) -> str:
    """The skip may have the channels of each image alone, and so has the bias."""
    last, behind = call.attribute("channels_last"), call.rank("x") - 2
    positions = (1, 2) if last else (2, 3)
    aligned = "Unsqueeze(skip, positions)" if call.rank("skip") == 2 else "Identity(skip)"
    bias = "Identity(bias)" if last else "Unsqueeze(bias, behind)"
    return f"""
        {ints("positions", *positions)}
        {ints("behind", *range(1, behind + 1))}
        other = {aligned}
        partial = Add(x, other)
        {f"channels = {bias}  sum = Add(partial, channels)" if call.has("bias") else "sum = Identity(partial)"}
        {_group_norm(call, "sum")}"""


_GROUPS = "activation: int = 0, channels_last: int = 1, epsilon: float = 1e-5"

OPERATORS = (
    operator(
        "LayerNormalization <axis: int = -1, epsilon: float = 1e-5, stash_type: int = 1> "
        "(x, gamma, beta?) => (y, mean, inv_std)",
        lambda call: _layer_normalization(call, axis=call.attribute("axis")),
    ),
    operator(
        "SimplifiedLayerNormalization <axis: int = -1, epsilon: float = 1e-5, stash_type: int = 1> "
        "(x, gamma) => (y, inv_std)",
        lambda call: _simplified(call, axis=call.attribute("axis")),
    ),
    operator(
        "SkipLayerNormalization <epsilon: float = 1e-12> (x, skip, gamma, beta?, bias?) => (y, mean, inv_std, sum)",
        lambda call: f"{_total(call)}  {_layer_normalization(call, 'sum')}",
    ),
    operator(
        "SkipSimplifiedLayerNormalization <epsilon: float = 1e-12> (x, skip, gamma, bias?) => (y, mean, inv_std, sum)",
        _skip_simplified,
    ),
    operator(f"GroupNorm <groups, {_GROUPS}> (x, gamma, beta) => (y)", _group_norm),
    operator(f"SkipGroupNorm <groups, {_GROUPS}> (x, gamma, beta, skip, bias?) => (y, sum)", _skip_group_norm),
)
