"""If, Loop and Scan with small bodies."""

import numpy as np
from onnx import GraphProto, parser

from tests.differential.case import Case
from tests.differential.drawing import Draw, draws


def _graph(text: str) -> GraphProto:
    return parser.parse_graph(text)


def _type(shape: tuple[int, ...]) -> str:
    return f"float[{','.join(map(str, shape))}]"


@draws("If")
def branches(draw: Draw) -> Case:
    """Branches of constants: those of one case cannot read another's values."""
    size = draw.integer(1, 4)
    values = [", ".join(str(draw.integer(-5, 5)) for _ in range(size)) for _ in range(2)]
    texts = [
        f"""branch () => (float[{size}] y) {{
          c = Constant <value = float[{size}] {{{values[i]}}}> ()  y = {operator} (c) }}"""
        for i, operator in enumerate((draw.choice(["Neg", "Abs"]), draw.choice(["Exp", "Identity"])))
    ]
    condition = np.asarray(draw.chance())
    return draw.case([condition], {"then_branch": _graph(texts[0]), "else_branch": _graph(texts[1])})


@draws("Loop")
def loop(draw: Draw) -> Case:
    """Sums with an exit; the values of each iteration are stacked."""
    shape, limit = draw.shape(1, 2, 2, 3), draw.integer(-3, 12)
    body = _graph(
        f"""body (int64 i, bool c, {_type(shape)} s) => (bool again, {_type(shape)} out, {_type(shape)} each) {{
          one = Constant <value = float {{1}}> ()  out = Add (s, one)  each = Mul (out, out)
          top = ReduceMax <keepdims = 0> (out)  most = Constant <value = float {{{limit}}}> ()
          again = Less (top, most) }}"""
        if draw.opset >= 9
        else f"""body (int64 i, bool c, {_type(shape)} s) => (bool again, {_type(shape)} out, {_type(shape)} each) {{
          one = Constant <value = float {{1}}> ()  out = Add (s, one)  each = Mul (out, out)
          yes = Not (c)  again = Not (yes) }}"""
    )
    trips = draw.sizes(draw.integer(0, 6)) if draw.chance(0.85) or draw.opset < 9 else None
    start = np.asarray(draw.chance(0.9)) if draw.chance(0.7) or trips is None else None
    operands = [trips, start, draw.array(shape)]
    return draw.case(operands, {"body": body}, constant=[0, 1], outputs=2)


@draws("Scan")
def scan(draw: Draw) -> Case:
    """A running sum along the first dimension, forwards or backwards."""
    length, width = draw.integer(1, 5), draw.integer(1, 4)
    one = _type((width,))
    body = _graph(f"body ({one} s, {one} x) => ({one} t, {one} y) {{ t = Add (s, x)  y = Neg (t) }}")
    if draw.opset < 9:  # a batch, and an optional operand before the states
        batch = draw.integer(1, 2)
        operands = [None, draw.array((batch, width)), draw.array((batch, length, width))]
        return draw.case(operands, {"body": body, "num_scan_inputs": 1}, outputs=2)
    attributes = {
        "body": body,
        "num_scan_inputs": 1,
        "scan_input_directions": draw.choice([None, [0], [1]]),
        "scan_output_directions": draw.choice([None, [0], [1]]),
    }
    axis = draw.integer(-2 if draw.opset >= 11 else 0, 1) if draw.chance() else None
    shape = (width, length) if axis in (1, -1) else (length, width)
    if axis is not None:
        attributes |= {"scan_input_axes": [axis], "scan_output_axes": [draw.integer(0, 1)]}
    return draw.case([draw.array((width,)), draw.array(shape)], attributes, outputs=2)
