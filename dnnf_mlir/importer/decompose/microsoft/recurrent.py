"""LSTM with weights of 8 bits."""

import numpy as np

from .operator import Call, operator

_ACTIVATIONS = ("sigmoid", "tanh", "tanh")


def _dynamic_quantize_lstm(call: Call) -> str:
    """Products of integers and a recurrence with weights of 8 bits, where the weights are known; else ONNX's LSTM.

    ::

        integers, s_x, z_x = DynamicQuantizeLinear(x)          # of all steps
        gates = s_x * s_w * MatMulInteger(integers, w, z_x) + b_w + b_r
        y, y_h, y_c = dnnf.Recurrence(gates, r, .., s_r)       # rounds the state in each step
    """
    return _in_integers(call) or _in_floats(call)


def _in_integers(call: Call) -> str | None:
    """None for weights that are no signed bytes once their zero points are taken away, and for other activations."""
    of_input, of_state = _signed(call, "w"), _signed(call, "r")
    if of_input is None or of_state is None or call.attribute("activations") not in (None, []):
        return None
    (w, w_scales), (r, r_scales) = of_input, of_state
    directions, rows = w_scales.shape
    call.constants |= {
        "w_columns": np.ascontiguousarray(w.transpose(1, 0, 2).reshape(w.shape[1], -1)),
        "w_scales": w_scales.reshape(-1),
        "r_rows": np.ascontiguousarray(r.transpose(0, 2, 1)),
        "r_scales": r_scales,
    }
    bias = "gates = Identity(scaled)"
    if call.has("bias"):
        bias = f"""
        both_shape = Constant <value_ints: ints = [{directions}, 2, {rows}]> ()
        flat_shape = Constant <value_ints: ints = [{directions * rows}]> ()
        both_axis = Constant <value_ints: ints = [1]> ()
        both = Reshape(bias, both_shape)
        sum = ReduceSum <keepdims: int = 0> (both, both_axis)
        of_gates = Reshape(sum, flat_shape)
        gates = Add(scaled, of_gates)"""
    count = len(_ACTIVATIONS) * directions
    zeros = ", ".join(["0.0"] * count)
    clip = call.attribute("clip") or float("inf")
    given = [name if call.has(name) else "" for name in ("sequence_lens", "initial_h", "initial_c", "peepholes")]
    return f"""
        integers, x_scale, x_zero = DynamicQuantizeLinear(x)
        products = MatMulInteger(integers, w_columns, x_zero)
        numbers = Cast <to: int = 1> (products)
        steps = Mul(x_scale, w_scales)
        scaled = Mul(numbers, steps)
        {bias}
        y, y_h, y_c = dnnf.Recurrence <kind: string = "lstm", direction: string = @direction,
            activations: string = "{",".join(_ACTIVATIONS * directions)}", alphas: floats = [{zeros}],
            betas: floats = [{zeros}], clip: float = {clip}, input_forget: int = @input_forget,
            linear_before_reset: int = 0> (gates, r_rows, , {", ".join(given)}, r_scales)"""


def _signed(call: Call, name: str) -> tuple[np.ndarray, np.ndarray] | None:
    """Weights [directions, ..., 4 * hidden] as signed bytes, and the scales [directions, 4 * hidden] of the columns."""
    weights, scale, zero = (call.value(part) for part in (name, f"{name}_scale", f"{name}_zero"))
    if weights is None or scale is None or zero is None:
        return None
    directions, _, columns = weights.shape
    shifted = weights.astype(np.int32) - zero.reshape(directions, 1, -1).astype(np.int32)
    if shifted.min(initial=0) < -128 or shifted.max(initial=0) > 127:
        return None
    scales = np.broadcast_to(scale.reshape(directions, -1), (directions, columns))
    return shifted.astype(np.int8), np.ascontiguousarray(scales, np.float32)


def _in_floats(call: Call) -> str:
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
