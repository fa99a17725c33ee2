"""Convolutions with the pool behind in their kernel, from ONNX models, on this machine and on an emulated ARM CPU."""

from pathlib import Path

import pytest
from branches import Branches, run

# Winograd's transforms and the order of the sums round differently; in f16 what is stored and summed does so too.
TOLERANCES = {"f32": 1e-5, "f16": 1e-2}


def branches() -> tuple[Branches, int]:
    """The model, and how many of its pools belong to the convolution's kernel."""
    b = Branches()
    # By Winograd's algorithm, direct, pointwise, three-dimensional, average, a remainder left out.
    for x, (channels, filters), kernel, window, kind in (
        (b.input(1, 32, 16, 20), (32, 32), (3, 3), (2, 2), "Max"),
        (b.input(1, 3, 14, 18), (3, 24), (3, 3), (2, 2), "Max"),
        (b.input(2, 8, 9, 8), (8, 20), (1, 1), (2, 2), "Average"),
        (b.input(1, 32, 4, 9, 8), (32, 32), (3, 3, 3), (2, 2, 2), "Max"),
        (b.input(1, 3, 4, 10, 10), (3, 16), (3, 3, 3), (1, 2, 2), "Max"),
    ):
        b.pool(b.op("Relu", b.conv(x, channels, filters, *kernel)), *window, kind=kind)
    # The convolution's result is returned too.
    b.pool(b.op("Relu", b.conv(b.input(1, 32, 12, 12), 32, 40, 3, 3), returned=True), 2, 2)
    # Element-wise operators on both sides of the pool.
    x = b.op("Add", b.conv(b.input(1, 6, 12, 10), 6, 32, 3, 3), b.input(1, 32, 12, 10))
    b.op("Tanh", b.op("Mul", b.pool(x, 2, 2, returned=False), b.constant(32, 1, 1)), returned=True)
    pooled = len(b.outputs) - 1
    # Apart: windows overlap, reach into padding or are too wide, a remainder of what is returned, depthwise.
    b.pool(b.conv(b.input(1, 4, 9, 9), 4, 16, 3, 3), 3, 3, strides=(2, 2))
    b.pool(b.conv(b.input(1, 4, 9, 9), 4, 16, 3, 3), 2, 2, pads=(1, 1, 0, 0))
    b.pool(b.conv(b.input(1, 4, 9, 9), 4, 16, 3, 3), 2, 2, ceil_mode=1)
    b.pool(b.conv(b.input(1, 4, 9, 9), 4, 16, 3, 3), 3, 3)
    b.pool(b.op("Relu", b.conv(b.input(1, 4, 9, 9), 4, 16, 3, 3), returned=True), 2, 2)
    b.pool(b.conv(b.input(1, 16, 8, 8), 16, 16, 3, 3, group=16), 2, 2)
    return b, pooled


@pytest.mark.parametrize("precision", TOLERANCES)
@pytest.mark.parametrize("target", ["host", "arm64-linux"])
def test_branches(target: str, precision: str, tmp_path: Path) -> None:
    b, pooled = branches()
    errors, compiled = run(b, target, precision, tmp_path)
    assert {name: error for name, error in errors.items() if not error <= TOLERANCES[precision]} == {}
    names = [" ".join(block["operators"]) for block in compiled.plan["blocks"]]
    assert sum("Conv" in each and "Pool" in each for each in names) == pooled
    assert {block["form"] for block in compiled.plan["blocks"] if block["anchor"] is not None} == {"kernel"}
