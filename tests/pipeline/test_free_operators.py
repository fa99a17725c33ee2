"""Operators along dimensions that have no size, or whose axes and sizes are run-time values, against ONNX Runtime.

And against ONNX's reference, where that computes the operator.
"""

from typing import Any

import numpy as np
import onnxruntime
import pytest
from onnx import parser
from onnx.reference import ReferenceEvaluator

import dnnf_mlir
from dnnf_mlir.errors import RunError

TOLERANCE = 2e-5  # of sums of up to some hundred products, in another order

Shapes = dict[str, tuple[int, ...]]


def drawn(shapes: Shapes, **given: Any) -> dict[str, Any]:
    """Normal numbers of these shapes, and what is given."""
    generator = np.random.default_rng(3)
    return {name: generator.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()} | given


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


CASES: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "deform_conv": (
        "(float[n,c,h,w] x, float[4,6,2,2] k, float[n,o,p,q] at, float[n,m,p,q] mask) => (float[a,b,e,f] y) "
        "{ y = DeformConv <kernel_shape = [2, 2], offset_group = 2> (x, k, at, , mask) }",
        [
            drawn({"x": (n, 6, h, w), "k": (4, 6, 2, 2), "at": (n, 16, h - 1, w - 1), "mask": (n, 8, h - 1, w - 1)})
            for n, h, w in ((1, 5, 4), (2, 9, 11))
        ],
    ),
    "affine_grid": (
        "(float[n,2,3] theta, int64[4] size) => (float[a,b,c,2] y) "
        "{ y = AffineGrid <align_corners = 1> (theta, size) }",
        [drawn({"theta": (n, 2, 3)}, size=ints(n, 3, h, w)) for n, h, w in ((1, 4, 5), (2, 7, 2))],
    ),
    "layer_normalization": (
        "(float[n,l,6] x, float[6] s) => (float[n,l,6] y, float[n,l,1] m, float[n,l,1] d) "
        "{ y, m, d = LayerNormalization <axis = -1> (x, s) }",
        [drawn({"x": (n, k, 6), "s": (6,)}) for n, k in ((1, 1), (3, 5))],
    ),
    "depth_to_space": (
        "(float[n,c,h,w] x) => (float[n,e,f,g] y) { y = DepthToSpace <blocksize = 3> (x) }",
        [drawn({"x": shape}) for shape in ((1, 9, 2, 3), (2, 36, 5, 1))],
    ),
    "space_to_depth": (
        "(float[n,c,h,w] x) => (float[n,e,f,g] y) { y = SpaceToDepth <blocksize = 2> (x) }",
        [drawn({"x": shape}) for shape in ((1, 3, 2, 4), (2, 5, 6, 8))],
    ),
    "batch_normalization": (
        "(float[n,c,h] x, float[3] s, float[3] b, float[3] m, float[3] v) => (float[n,c,h] y, float[3] p, float[3] q) "
        "{ y, p, q = BatchNormalization <training_mode = 1> (x, s, b, m, v) }",
        [drawn({"x": (n, 3, h), **dict.fromkeys("sbmv", (3,))}) for n, h in ((2, 4), (3, 7))],
    ),
    "cum_sum": (
        "(float[n,m,k] x, int64 axis) => (float[n,m,k] y) { y = CumSum <reverse = 1> (x, axis) }",
        [drawn({"x": (2, 3, 4)}, axis=np.array(axis)) for axis in (0, 1, -1)],
    ),
    "dft": (
        "(float[n,m,k,2] x, int64 axis) => (float[a,b,c,2] y) { y = DFT (x, , axis) }",
        [drawn({"x": (2, 3, 5, 2)}, axis=np.array(axis)) for axis in (0, 2)],
    ),
    "grid_sample": (
        "(float[n,c,h,w] x, float[n,p,q,two] at) => (float[n,c,p,q] y) "
        '{ y = GridSample <align_corners = 1, padding_mode = "reflection"> (x, at) }',
        [drawn({"x": (n, 2, h, 3), "at": (n, 4, 5, 2)}) for n, h in ((1, 4), (2, 2))],
    ),
    "roi_align": (
        "(float[n,c,h,w] x, float[r,4] rois, int64[r] of) => (float[r,c,2,2] y) "
        "{ y = RoiAlign <output_height = 2, output_width = 2> (x, rois, of) }",
        [
            drawn({"x": (n, 3, h, 7)}, rois=np.array([[0, 0, 4, 3], [1, 1, 6, 4]], np.float32), of=ints(0, n - 1))
            for n, h in ((1, 6), (2, 9))
        ],
    ),
    "reduce_sum": (
        "(float[n,m,k] x, int64[2] axes) => (float[a] y) { y = ReduceSum <keepdims = 0> (x, axes) }",
        [drawn({"x": (2, 3, 4)}, axes=ints(*axes)) for axes in ((0, 2), (-1, 1), (0, 1))],
    ),
    "reduce_max": (
        "(float[n,m,k] x, int64[1] axes) => (float[a,b,c] y) { y = ReduceMax (x, axes) }",
        [drawn({"x": (2, 3, 4)}, axes=ints(axis)) for axis in (0, -2)],
    ),
    "squeeze": (
        "(float[n,m,k] x, int64[1] axes) => (float[a,b] y) { y = Squeeze (x, axes) }",
        [drawn({"x": (1, 3, 4)}, axes=ints(0)), drawn({"x": (2, 3, 1)}, axes=ints(-1))],
    ),
    "unsqueeze": (
        "(float[n,m] x, int64[1] axes) => (float[a,b,c] y) { y = Unsqueeze (x, axes) }",
        [drawn({"x": (2, 3)}, axes=ints(axis)) for axis in (0, -1)],
    ),
    "slice": (
        "(float[n,m] x, int64[1] from, int64[1] to, int64[1] axes) => (float[a,b] y) { y = Slice (x, from, to, axes) }",
        [drawn({"x": (5, 6)}, **{"from": ints(1), "to": ints(-1), "axes": ints(axis)}) for axis in (0, 1)],
    ),
    "expand": (
        "(float[n,m] x, int64[3] shape) => (float[a,b,c] y) { z = Expand(x, shape) y = Exp(z) }",
        [drawn({"x": (3, 1)}, shape=ints(*shape)) for shape in ((2, 3, 4), (2, 1, 1), (1, 3, 6))],
    ),
    "clip": (
        "(float[n,m] x, float low, float high) => (float[n,m] y) { y = Clip(x, low, high) }",
        [drawn({"x": (3, 5)}, low=np.array(-0.5, np.float32), high=np.array(high, np.float32)) for high in (0.5, 1.0)],
    ),
    "convolution_transposed": (
        "(float[n,c,h] x, float[c,2,3] k) => (float[n,2,e] y) { y = ConvTranspose <strides = [2]> (x, k) }",
        [drawn({"x": (n, c, h), "k": (c, 2, 3)}) for n, c, h in ((1, 4, 5), (2, 3, 1))],
    ),
    "resize": (
        "(float[n,c,h,w] x, int64[4] sizes) => (float[n,c,e,f] y) "
        '{ y = Resize <mode = "linear", coordinate_transformation_mode = "pytorch_half_pixel"> (x, , , sizes) }',
        [drawn({"x": (1, 2, 4, 5)}, sizes=ints(1, 2, *sizes)) for sizes in ((8, 3), (1, 10))],
    ),
    "resize_scales": (
        '(float[n,c,h,w] x, float[4] scales) => (float[n,c,e,f] y) { y = Resize <mode = "linear"> (x, , scales) }',
        [drawn({"x": (1, 2, 4, 5)}, scales=np.array([1, 1, *by], np.float32)) for by in ((2, 0.5), (1.3, 3))],
    ),
    "quantize_blocked": (
        "(float[n,m] x, float[n,q] s, uint8[n,q] z) => (uint8[n,m] y) "
        "{ y = QuantizeLinear <axis = 1, block_size = 4> (x, s, z) }",
        [drawn({"x": (n, 8)}, s=np.full((n, 2), 0.02, np.float32), z=np.full((n, 2), 9, np.uint8)) for n in (1, 3)],
    ),
    "local_response": (
        "(float[n,c,h,w] x) => (float[n,c,h,w] y) { y = LRN <size = 3, alpha = 0.5, bias = 1.5> (x) }",
        [drawn({"x": (n, c, 2, 1)}) for n, c in ((1, 3), (2, 9))],
    ),
    "lp_pool": (
        '(float[n,c,h,w] x) => (float[n,c,e,f] y) { y = LpPool <kernel_shape = [2, 2], auto_pad = "SAME_UPPER"> (x) }',
        [drawn({"x": (1, 2, h, 5)}) for h in (2, 7)],
    ),
    "scatter_nd": (
        "(float[n,m] x, int64[k,two] at, float[k] u) => (float[n,m] y) { y = ScatterND(x, at, u) }",
        [drawn({"x": (4, 5), "u": (2,)}, at=np.array([[0, 1], [3, 4]]))],
    ),
    "one_hot": (
        "(int64[n] i, int64 depth, float[two] v) => (float[n,d] y) { y = OneHot(i, depth, v) }",
        [{"i": ints(1, 0, 2), "depth": np.array(d), "v": np.array([0, 5], np.float32)} for d in (3, 6)],
    ),
    "tile": (
        "(float[n,m] x, int64[2] by) => (float[a,b] y) { y = Tile(x, by) }",
        [drawn({"x": (2, 3)}, by=ints(*by)) for by in ((1, 2), (3, 1))],
    ),
    "column_to_image": (
        "(float[n,k,l] x, int64[2] image, int64[2] block) => (float[n,c,h,w] y) { y = Col2Im(x, image, block) }",
        [
            drawn({"x": (1, 5, 5)}, image=ints(5, 5), block=ints(1, 5)),
            drawn({"x": (2, 4, 6)}, image=ints(3, 4), block=ints(2, 2)),
        ],
    ),
}
WITHOUT_KERNEL = {"deform_conv", "quantize_blocked"}
"""Forms of operators that ONNX Runtime's CPU provider may lack; the reference judges alone where it refuses them."""


@pytest.mark.parametrize("name", CASES)
def test_right_at_every_size(name: str) -> None:
    text, feeds = CASES[name]
    model = parser.parse_model(f'<ir_version: 10, opset_import: ["" : 21]> g {text}')
    compiled = dnnf_mlir.compile(model, cache=False, verify=False)  # it is compared here
    names = [value.name for value in model.graph.input]
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString())
    except Exception:
        assert name in WITHOUT_KERNEL
        session = None
    for given in feeds:
        found = compiled.run([np.asarray(given[each]) for each in names])
        judges = [] if session is None else [session.run(None, given)]
        if name not in WRONG_REFERENCE:
            judges.append(
                ReferenceEvaluator(model).run(None, {each: np.asarray(array) for each, array in given.items()})
            )
        assert judges
        for expected in judges:
            for ours, theirs in zip(found, expected, strict=True):
                np.testing.assert_allclose(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE)


WRONG_REFERENCE = {
    "local_response": "takes the batch for the channels",
    "roi_align": "computes other sums where a region ends outside",
}
"""What onnx.reference computes otherwise than the specification says."""


@pytest.mark.parametrize(
    ("name", "feeds"),
    [
        ("depth_to_space", drawn({"x": (1, 10, 2, 3)})),
        ("grid_sample", drawn({"x": (1, 2, 3, 3), "at": (1, 4, 5, 3)})),
        ("squeeze", drawn({"x": (2, 3, 4)}, axes=ints(0))),
        ("expand", drawn({"x": (3, 2)}, shape=ints(2, 3, 5))),
        ("deform_conv", drawn({"x": (1, 5, 4, 4), "k": (4, 6, 2, 2), "at": (1, 16, 3, 3), "mask": (1, 8, 3, 3)})),
    ],
)
def test_sizes_that_do_not_fit_are_refused(name: str, feeds: dict[str, Any]) -> None:
    text, _ = CASES[name]
    model = parser.parse_model(f'<ir_version: 10, opset_import: ["" : 21]> g {text}')
    with pytest.raises(RunError):
        dnnf_mlir.compile(model, verify=False).run([feeds[value.name] for value in model.graph.input])
