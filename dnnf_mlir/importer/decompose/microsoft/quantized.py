"""Operators on 8-bit integers with scales and zero points.

Those that multiply do so on the integers. The others compute in single precision, between a DequantizeLinear and a
QuantizeLinear, as their description says: where a number is beside a half, an engine with tables or integer arithmetic
may round it to the neighbour.
"""

from .operator import Call, ints, number, operator
from .products import channels_first, channels_last


def _real(name: str, x: str) -> str:
    """Text of ``name``, the numbers that the integers ``x`` with ``x_scale`` and ``x_zero`` stand for."""
    return f"{name} = DequantizeLinear({x}, {x}_scale, {x}_zero)"


def _rounded(call: Call, y: str, real: str, like: str) -> str:
    """Text of ``y``, integers of the type of the operand ``like``, with ``y_scale`` and ``y_zero``."""
    return f"{y} = QuantizeLinear <output_dtype = {call.type(like).elem_type}> ({real}, {y}_scale, {y}_zero)"


def _between(call: Call, nodes: str) -> str:
    """Nodes that give ``result`` from ``number``, on the numbers that the integers stand for."""
    return f"{_real('number', 'x')}  {nodes}  {_rounded(call, 'y', 'result', 'x')}"


def _softmax(call: Call) -> str:
    """Before opset 13 of all dimensions from ``axis`` on."""
    if call.attribute("opset") >= 13:
        return _between(call, "result = Softmax <axis: int = @axis> (number)")
    rank = call.rank("x")
    flat = f"rows = Flatten <axis = {call.attribute('axis') % rank}> (number)"
    return _between(call, f"{flat}  p = Softmax <axis = -1> (rows)  shape = Shape(x)  result = Reshape(p, shape)")


def _pool(call: Call, pool: str) -> str:
    if not call.attribute("channels_last"):
        return _between(call, f"result = {pool} (number)")
    first, last = channels_first(call, "x"), channels_last(call, "x", "result")
    return _between(call, f"{first.replace('(x)', '(number)')}  Y = {pool} (X)  {last}")


_AVERAGE = """AveragePool <auto_pad: string = @auto_pad, ceil_mode: int = @ceil_mode,
    count_include_pad: int = @count_include_pad, kernel_shape: ints = @kernel_shape, pads: ints = @pads,
    strides: ints = @strides>"""


def _binary(op_type: str) -> str:
    return f"{_real('left', 'a')}  {_real('right', 'b')}  result = {op_type}(left, right)"


def _concat(call: Call) -> str:
    parts = call.operator.further_inputs(call.node)
    triples = list(zip(parts[::3], parts[1::3], parts[2::3], strict=True))
    reals = "  ".join(f"r_{x} = DequantizeLinear({x}, {scale}, {zero})" for x, scale, zero in triples)
    joined = f"result = Concat <axis: int = @axis> ({', '.join(f'r_{x}' for x, _, _ in triples)})"
    return f"{reals}  {joined}  {_rounded(call, 'y', 'result', 'y_zero')}"


def _where(call: Call) -> str:
    return f"""
        {_real("left", "x")}
        {_real("right", "y")}
        result = Where(condition, left, right)
        {_rounded(call, "z", "result", "x")}"""


def _integer_product(call: Call) -> str:
    """``y``: the product of integers, as a number; scales and zero points of b may be those of its columns."""
    zeros = [name if call.has(name) else '""' for name in ("a_zero", "b_zero")]
    if call.has("a_zero") and call.rank("a_zero") and call.shape("a_zero") != (1,):
        call.refuse("several zero points of its first operand")
    return f"""
        product = MatMulInteger(a, b, {", ".join(zeros)})
        {_without_single_dimension(call, "left_scale", "a_scale")}
        {_without_single_dimension(call, "right_scale", "b_scale")}
        scale = Mul(left_scale, right_scale)
        number = CastLike(product, scale)
        scaled = Mul(number, scale)
        y = {"Add(scaled, bias)" if call.has("bias") else "Identity(scaled)"}"""


def _without_single_dimension(call: Call, name: str, scale: str) -> str:
    """A scale, as a scalar where it is a list of one number."""
    return f"{name} = {'Squeeze' if call.shape(scale) == (1,) else 'Identity'}({scale})"


def _gemm(call: Call) -> str:
    """``alpha * a_scale * b_scale * (A B + C)``, quantised again where there is a scale for it."""
    left = "Transpose(a)" if call.attribute("transA") else "Identity(a)"
    right = "Transpose(b)" if call.attribute("transB") else "Identity(b)"
    result = _rounded(call, "y", "result", "y_zero") if call.has("y_scale") else "y = Identity(result)"
    return f"""
        left = {left}
        right = {right}
        product = MatMulInteger(left, right, a_zero, b_zero)
        total = {"Add(product, c)" if call.has("c") else "Identity(product)"}
        {_without_single_dimension(call, "left_scale", "a_scale")}
        {_without_single_dimension(call, "right_scale", "b_scale")}
        {number("alpha", call.attribute("alpha"), "left_scale")}
        scales = Mul(left_scale, right_scale)
        factor = Mul(scales, alpha)
        number = Cast <to = 1> (total)
        result = Mul(number, factor)
        {result}"""


_DYNAMIC_PRODUCT = """
    A, a_scale, a_zero = DynamicQuantizeLinear(a)
    y = com.microsoft.MatMulIntegerToFloat(A, b, a_scale, b_scale, a_zero, b_zero, bias)
"""


def _conv(call: Call) -> str:
    """The weights have the same layout wherever the channels of the image are."""
    bias = ", bias" if call.has("bias") else ""
    conv = """QLinearConv <auto_pad: string = @auto_pad, dilations: ints = @dilations, group: int = @group,
        kernel_shape: ints = @kernel_shape, pads: ints = @pads, strides: ints = @strides>"""
    operands = f"x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero{bias}"
    if not call.attribute("channels_last"):
        return f"y = {conv} (x, {operands})"
    return f"{channels_first(call, 'x')}  Y = {conv} (X, {operands})  {channels_last(call, 'x', 'y')}"


def _mean(call: Call) -> str:
    return _between(
        call, f"{ints('axes', *call.attribute('axes'))}  result = ReduceMean <keepdims: int = @keepdims> (number, axes)"
    )


def _integer_sum(call: Call) -> str:
    return f"""
        wide = Cast <to = 6> (x)
        {ints("axes", *call.attribute("axes"))}
        y = ReduceSum <keepdims: int = @keepdims> (wide, axes)"""


_UNARY = "(x, x_scale, x_zero?, y_scale, y_zero?) => (y)"
_BINARY = "(a, a_scale, a_zero?, b, b_scale, b_zero?, y_scale, y_zero?) => (y)"

OPERATORS = (
    operator(
        "QuantizeLinear <axis> (x, y_scale, y_zero?) => (y)",
        "y = QuantizeLinear <axis: int = @axis> (x, y_scale, y_zero)",
    ),
    operator(
        "DequantizeLinear <axis> (x, x_scale, x_zero?) => (y)",
        "y = DequantizeLinear <axis: int = @axis> (x, x_scale, x_zero)",
    ),
    operator(f"QLinearAdd {_BINARY}", lambda call: f"{_binary('Add')}  {_rounded(call, 'y', 'result', 'a')}"),
    operator(f"QLinearMul {_BINARY}", lambda call: f"{_binary('Mul')}  {_rounded(call, 'y', 'result', 'a')}"),
    operator(f"QLinearSigmoid {_UNARY}", lambda call: _between(call, "result = Sigmoid(number)")),
    operator(
        f"QLinearLeakyRelu <alpha: float = 0.01> {_UNARY}",
        lambda call: _between(call, "result = LeakyRelu <alpha: float = @alpha> (number)"),
    ),
    operator(f"QLinearSoftmax <axis: int = -1, opset: int = 13> {_UNARY}", _softmax),
    operator(
        "QLinearAveragePool <auto_pad, ceil_mode, channels_last: int = 0, count_include_pad, kernel_shape, pads, "
        f"strides> {_UNARY}",
        lambda call: _pool(call, _AVERAGE),
    ),
    operator(
        f"QLinearGlobalAveragePool <channels_last: int = 0> {_UNARY}", lambda call: _pool(call, "GlobalAveragePool")
    ),
    operator(f"QLinearReduceMean <axes, keepdims: int = 1> {_UNARY}", _mean),
    operator("QLinearConcat <axis> (y_scale, y_zero, part...) => (y)", _concat),
    operator(
        "QLinearWhere (condition, x, x_scale, x_zero, y, y_scale, y_zero, z_scale, z_zero) => (z)",
        _where,
    ),
    operator(
        "QLinearConv <auto_pad, channels_last: int = 0, dilations, group: int = 1, kernel_shape, pads, strides> "
        "(x, x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero, bias?) => (y)",
        _conv,
    ),
    operator(
        "QGemm <alpha: float = 1.0, transA: int = 0, transB: int = 0> "
        "(a, a_scale, a_zero, b, b_scale, b_zero, c?, y_scale?, y_zero?) => (y)",
        _gemm,
    ),
    operator("MatMulIntegerToFloat (a, b, a_scale, b_scale, a_zero?, b_zero?, bias?) => (y)", _integer_product),
    operator("DynamicQuantizeMatMul (a, b, b_scale, b_zero?, bias?) => (y)", _DYNAMIC_PRODUCT),
    operator("ReduceSumInteger <axes, keepdims: int = 1> (x) => (y)", _integer_sum),
)
