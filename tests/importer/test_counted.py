"""Shapes that run-time values determine: what does not fit is named."""

import pytest
from onnx import parser
from onnx_models import prepared

from dnnf_mlir.errors import InvalidModelError

HEADER = '<ir_version: 8, opset_import: ["" : 18]>\n'

MISFITS = {
    "Pad": ("g (float[2,3] x, int64[3] p) => (float[m,n] y) { y = Pad(x, p) }", "a list of 4"),
    "Pad of a dimension": (
        "g (float[2,3] x, int64[2] p) => (float[m,n] y) <int64[1] axes = {5}> { y = Pad(x, p, , axes) }",
        "fit",
    ),
    "Split": ("g (float[6] x, int64[2] p) => (float[a] u, float[b] v, float[c] w) { u, v, w = Split(x, p) }", "fit"),
    "Slice": ("g (float[6] x, int64[1] p, int64[2] q) => (float[m] y) { y = Slice(x, p, q) }", "fit"),
    "Tile": ("g (float[2,3] x, int64[3] n) => (float[a,b] y) { y = Tile(x, n) }", "fit"),
    "Reshape": (
        "g (float[6] x, int64[1] n) => (float[a,b] y) <int64[1] same = {0}> "
        "{ s = Concat <axis = 0> (n, same) y = Reshape(x, s) }",
        "fit",
    ),
    "Resize": (
        "g (float[1,1,4,5] x, int64[3] n) => (float[a,b,c,d] y) { y = Resize(x, , , n) }",
        "fit",
    ),
}


@pytest.mark.parametrize("name", MISFITS)
def test_lists_that_do_not_fit(name: str) -> None:
    text, reason = MISFITS[name]
    with pytest.raises(InvalidModelError, match=f"{name.split()[0]}.*{reason}"):
        prepared(parser.parse_model(HEADER + text))
