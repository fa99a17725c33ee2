"""LSTM with weights of 8 bits."""

import numpy as np

from .operator import Call, operator


def _dynamic_quantize_lstm(call: Call) -> str:
    """ONNX's LSTM on the numbers that weights and rounded inputs stand for; the hidden state is not rounded."""
    rest = "sequence_lens, initial_h, initial_c, peepholes"
    return f"""
        integers, x_scale, x_zero = DynamicQuantizeLinear(x)
        rounded = DequantizeLinear(integers, x_scale, x_zero)
        {_weights(call, "w")}
        {_weights(call, "r")}
        y, y_h, y_c = LSTM <activation_alpha: floats = @activation_alpha, activation_beta: floats = @activation_beta,
            activations: strings = @activations, clip: float = @clip, direction: string = @direction,
            hidden_size: int = @hidden_size, input_forget: int = @input_forget>
            (rounded, w_rows, r_rows, bias, {rest})"""


def _weights(call: Call, name: str) -> str:
    """``name_rows`` [directions, 4 * hidden, ...] in single precision, from 8-bit [directions, ..., 4 * hidden]."""
    parts = [call.value(part) for part in (name, f"{name}_scale", f"{name}_zero")]
    weights, scale, zero = parts
    if weights is not None and scale is not None and zero is not None:
        directions = len(weights)
        shifted = weights.astype(np.int32) - zero.reshape(directions, 1, -1).astype(np.int32)
        numbers = shifted.astype(np.float32) * scale.reshape(directions, 1, -1)
        call.constants[f"{name}_numbers"] = np.ascontiguousarray(numbers.transpose(0, 2, 1))
        return f"{name}_rows = Identity({name}_numbers)"
    return f"""
        {name}_shape = Constant <value_ints: ints = [{call.shape(name)[0]}, 1, -1]> ()
        {name}_scales = Reshape({name}_scale, {name}_shape)
        {name}_zeros = Reshape({name}_zero, {name}_shape)
        {name}_wide_zeros = Cast <to = 1> ({name}_zeros)
        {name}_wide = Cast <to = 1> ({name})
        {name}_shifted = Sub({name}_wide, {name}_wide_zeros)
        {name}_numbers = Mul({name}_shifted, {name}_scales)
        {name}_rows = Transpose <perm = [0, 2, 1]> ({name}_numbers)"""


OPERATORS = (
    operator(
        "DynamicQuantizeLSTM <activation_alpha, activation_beta, activations, clip, "
        'direction: string = "forward", hidden_size, input_forget: int = 0> '
        "(x, w, r, bias?, sequence_lens?, initial_h?, initial_c?, peepholes?, w_scale, w_zero, r_scale, r_zero) "
        "=> (y, y_h, y_c)",
        _dynamic_quantize_lstm,
    ),
)
