"""Files that no command can compile, each with what its message has to say."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper, parser
from small_models import HEADER, parse

GOOD = "g (float[2,300] x, float[300,4] w1) => (float[2,4] y) { a = MatMul(x, w1)  y = Relu(a) }"

# What every name means is checked on the way, so that these are models which the ONNX checker may have let through.
TEXTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "unknown domain": (
        """<ir_version: 8, opset_import: ["" : 17, "com.example" : 1]>
g (float[2] x) => (float[2] y) { [one] a = com.example.Fused(x)  [two] y = com.example.Fused(a) }""",
        ("com.example", "one", "two"),
    ),
    "cycle": (
        HEADER.format(opset=17) + "g (float[2] x) => (float[2] b) { [sum] a = Add(x, b)  [act] b = Relu(a) }",
        ("cycle", "sum", "act"),
    ),
    "inconsistent shapes": (
        HEADER.format(opset=17) + "g (float[2,3] x, float[4,3] z) => (float[2,3] y) { [sum] y = Add(x, z) }",
        ("sum", "[2, 3]", "[4, 3]"),
    ),
    "free dimension": (
        HEADER.format(opset=17)
        + "g (float[batch,3,?] x) => (float[batch,3,?] y) { a = Concat<axis = 0>(x, x)  [sum] y = Add(x, a) }",
        ("sum", "--dim batch=N", "--dim x.2=N"),
    ),
    "strings": (
        HEADER.format(opset=17) + "g (string[2] x) => (string[2] y) { y = Identity(x) }",
        ("'x'", "strings"),
    ),
    "undefined value": (
        HEADER.format(opset=17) + "g (float[2] x) => (float[2] y) { [sum] y = Add(x, ghost) }",
        ("sum", "ghost"),
    ),
}


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _no_protobuf(path: Path) -> None:
    path.write_bytes(b"This is a text file, and no model.\n" * 20)


def _truncated(path: Path) -> None:
    path.write_bytes(parse(GOOD).SerializeToString()[:-1000])


def _without_data(path: Path) -> None:
    onnx.save(parse(GOOD), path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    path.with_name("weights.bin").unlink()


def _short_data(path: Path) -> None:
    onnx.save(parse(GOOD), path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    weights = path.with_name("weights.bin")
    weights.write_bytes(weights.read_bytes()[:100])


def _string_weight(path: Path) -> None:
    model = parser.parse_model(
        HEADER.format(opset=17) + "g (int64[2] x) => (string[2] y) { y = Gather(words, x) }",
    )
    model.graph.initializer.append(numpy_helper.from_array(np.array(["a", "b"], dtype=object), "words"))
    onnx.save(model, path)


def _text(text: str) -> Callable[[Path], None]:
    return lambda path: onnx.save(parser.parse_model(text), path)


BAD: Mapping[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "empty": (_empty, ("empty",)),
    "no protobuf": (_no_protobuf, ("not an ONNX model",)),
    "truncated": (_truncated, ("cut off",)),
    "external data missing": (_without_data, ("weights.bin",)),
    "external data too short": (_short_data, ("weights.bin",)),
    "string weight": (_string_weight, ("words", "strings")),
    **{name: (_text(text), reasons) for name, (text, reasons) in TEXTS.items()},
}
"""Name -> (writes the file, what the message says)."""
