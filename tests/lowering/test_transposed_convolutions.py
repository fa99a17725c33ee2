"""Transposed convolutions from ONNX models: one kernel each, with what follows them."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from branches import Branches, run
from small_models import assert_close, expected, parse

import dnnf_mlir

# The order of the sums rounds differently; in f16 what is stored does so too.
TOLERANCES = {"f32": 1e-5, "f16": 1e-2}


def transposed(b: Branches, shape: tuple[int, ...], filters: int, *kernel: int, **attributes: object) -> str:
    weights = b.constant(shape[1], filters // attributes.get("group", 1), *kernel)
    return b.op("ConvTranspose", b.input(*shape), weights, b.constant(filters), **attributes)


def branches() -> tuple[Branches, int]:
    """The model, and how many transposed convolutions it has."""
    b = Branches()
    halved = {"strides": (2, 2), "pads": (1, 1, 1, 1)}
    b.op("Relu", transposed(b, (1, 24, 7, 9), 40, 4, 4, **halved), returned=True)
    b.op(
        "Add",
        transposed(b, (2, 8, 5, 6), 16, 3, 3, output_padding=(1, 1), **halved),
        b.input(2, 16, 10, 12),
        returned=True,
    )
    b.op("Softplus", transposed(b, (1, 16, 6, 5), 3, 4, 4, **halved), returned=True)
    b.op("Clip", transposed(b, (1, 100, 1, 1), 64, 4, 4), b.number(0), b.number(6), returned=True)
    b.op("LeakyRelu", transposed(b, (1, 6, 30), 20, 16, strides=(8,), pads=(4, 4)), returned=True)
    b.op("Elu", transposed(b, (1, 4, 3, 4, 5), 8, 3, 4, 2, strides=(1, 2, 2), pads=(1, 1, 0, 1, 1, 0)), returned=True)
    b.op("Relu", transposed(b, (1, 12, 8, 8), 24, 4, 4, group=3, **halved), returned=True)
    b.op("Relu", transposed(b, (1, 8, 9, 9), 24, 3, 3, dilations=(2, 2), pads=(3, 2, 3, 2)), returned=True)
    # A view at the end, a result beside, a part of a larger tensor.
    y = b.op("Sigmoid", transposed(b, (1, 16, 6, 6), 20, 4, 4, **halved))
    b.op("Transpose", y, perm=[0, 2, 3, 1], returned=True)
    b.op("Relu", b.op("Neg", transposed(b, (1, 16, 8, 8), 20, 3, 3, strides=(2, 2)), returned=True), returned=True)
    parts = [b.op("Relu", transposed(b, (1, 16, 5, 3), filters, 4, 4, **halved)) for filters in (8, 24)]
    b.op("Relu", b.op("Concat", *parts, axis=1, returned=True), returned=True)
    return b, 12


@pytest.mark.parametrize("precision", TOLERANCES)
@pytest.mark.parametrize("target", ["host", "arm64-linux"])
def test_branches(target: str, precision: str, tmp_path: Path) -> None:
    b, count = branches()
    errors, compiled = run(b, target, precision, tmp_path)
    assert {name: error for name, error in errors.items() if not error <= TOLERANCES[precision]} == {}
    blocks = [block for block in compiled.plan["blocks"] if block["anchor"] is not None]
    assert sum(any("ConvTranspose" in name for name in block["operators"]) for block in blocks) == count
    assert {block["form"] for block in blocks} == {"kernel"}


def test_dynamic_extents() -> None:
    """A decoder for images of any size and number: phases of a dynamic width."""
    model = parse(
        "g (float[1,16,3,4] x, float[16,24,4,4] w0, float[24] w1, float[24,3,3,3] w2) => (float[1,3,11,15] y) {"
        " a = ConvTranspose<strides = [2, 2], pads = [1, 1, 1, 1]>(x, w0, w1) b = Relu(a)"
        " y = ConvTranspose<strides = [2, 2], pads = [1, 1, 1, 1]>(b, w2) }"
    )
    for value, free in ((model.graph.input[0], {0: "n", 2: "h", 3: "w"}), (model.graph.output[0], {0: "n"})):
        for axis, size in enumerate(value.type.tensor_type.shape.dim):
            if axis in free:
                size.dim_param = free[axis]
            elif value.name == "y" and axis > 1:
                size.Clear()
    onnx.checker.check_model(model)
    compiled = dnnf_mlir.compile(model)
    assert {block["form"] for block in compiled.plan["blocks"] if block["anchor"]} == {"kernel"}
    for shape in ((1, 16, 1, 1), (2, 16, 3, 9), (1, 16, 8, 33)):
        feeds = {"x": np.random.default_rng(0).standard_normal(shape).astype(np.float32)}
        assert_close(compiled.run([feeds["x"]]), expected(model, feeds), 1e-5)
