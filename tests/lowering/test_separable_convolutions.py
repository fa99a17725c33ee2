"""Depthwise-separable convolutions from ONNX models, one kernel where both follow each other and nothing else reads."""

from pathlib import Path

import numpy as np
import pytest
from branches import Branches, run
from cases import Builder, CompiledCases

from dnnf_mlir.graph.ecg import Value

# The order of the sums rounds differently; in f16 what is stored does so too.
TOLERANCES = {"f32": 1e-5, "f16": 1e-2}


def separable(b: Branches, shape: tuple[int, ...], filters: int, *kernel: int, **attributes: object) -> tuple[str, str]:
    """relu(depthwise), and the pointwise convolution of it."""
    channels = shape[1]
    depthwise = b.op("Relu", b.conv(b.input(*shape), channels, channels, *kernel, group=channels, **attributes))
    return depthwise, b.conv(depthwise, channels, filters, *(1,) * len(kernel))


def branches() -> tuple[Branches, int]:
    """The model, and how many of its pairs are one kernel."""
    b = Branches()
    b.op("Clip", separable(b, (1, 32, 14, 14), 48, 3, 3)[1], b.number(0), b.number(6), returned=True)
    b.op("Elu", separable(b, (2, 17, 13, 15), 5, 3, 3, strides=(2, 2))[1], returned=True)
    b.op("Add", separable(b, (2, 24, 9, 10), 24, 5, 5)[1], b.input(2, 24, 9, 10), returned=True)
    b.op("LeakyRelu", separable(b, (1, 8, 4, 9, 8), 12, 3, 3, 3)[1], returned=True)
    # Two results, and a result as a part of a larger tensor.
    b.op(
        "Relu",
        b.op("Add", separable(b, (1, 16, 8, 8), 20, 3, 3)[1], b.input(1, 20, 1, 1), returned=True),
        returned=True,
    )
    parts = [b.op("Relu", separable(b, (1, 16, 10, 6), filters, 3, 3)[1]) for filters in (8, 24)]
    b.op("Relu", b.op("Concat", *parts, axis=1, returned=True), returned=True)
    # A view at the end, behind both convolutions.
    y = b.op("Relu", separable(b, (1, 16, 6, 6), 20, 3, 3)[1])
    b.op("Transpose", y, perm=[0, 2, 3, 1], returned=True)
    pairs = 8
    # Apart: the depthwise result is wanted, or read twice.
    depthwise, pointwise = separable(b, (1, 16, 8, 8), 24, 3, 3)
    b.op("Neg", pointwise, returned=True)
    b.op("Neg", depthwise, returned=True)
    depthwise, pointwise = separable(b, (1, 16, 8, 8), 16, 3, 3)
    b.op("Add", pointwise, depthwise, returned=True)
    return b, pairs


@pytest.mark.parametrize("precision", TOLERANCES)
@pytest.mark.parametrize("target", ["host", "arm64-linux"])
def test_branches(target: str, precision: str, tmp_path: Path) -> None:
    b, pairs = branches()
    errors, compiled = run(b, target, precision, tmp_path)
    assert {name: error for name, error in errors.items() if not error <= TOLERANCES[precision]} == {}
    blocks = [block for block in compiled.plan["blocks"] if block["anchor"] is not None]
    assert sum(sum("Conv" in name for name in block["operators"]) == 2 for block in blocks) == pairs
    assert {block["form"] for block in blocks} == {"kernel"}


def test_a_pair_that_has_no_kernel_becomes_two() -> None:
    """What stands between the convolutions also belongs to the results: each has its own kernel."""

    def build(b: Builder) -> list[Value]:
        window = {"strides": (1, 1), "dilations": (1, 1), "layout": "channels_last"}
        x = b.call("conv", b.input(1, 6, 6, 8), b.constant(8, 1, 3, 3), None, group=8, pads=(1,) * 4, **window)
        x = b.call("relu", x)
        return [x, b.call("conv", x, b.constant(12, 8, 1, 1), None, group=1, pads=(0,) * 4, **window)]

    cases = CompiledCases({"pair": build}, kernels=True)
    assert list(cases.without_kernel()) == ["pair"]
    assert cases.error("pair") <= TOLERANCES["f32"]
    assert np.isfinite(cases.found[0]).all()
