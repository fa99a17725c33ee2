"""Normalization, with what is added before it."""

from .operator import Call, operator


def _skip_layer_normalization(call: Call) -> str:
    """The sum of both inputs and the bias is the last output, too."""
    total = "partial = Add(x, skip)  sum = Add(partial, bias)" if call.has("bias") else "sum = Add(x, skip)"
    beta = ", beta" if call.has("beta") else ""
    statistics = ", mean, inv_std" if call.wants("mean") or call.wants("inv_std") else ""
    return f"{total}  y{statistics} = LayerNormalization <axis = -1, epsilon: float = @epsilon> (sum, gamma{beta})"


OPERATORS = (
    operator(
        "SkipLayerNormalization <epsilon: float = 1e-12> (x, skip, gamma, beta?, bias?) => (y, mean, inv_std, sum)",
        _skip_layer_normalization,
    ),
)
