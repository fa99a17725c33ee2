"""Convolutions with the pool behind in their kernel, from ONNX models, on this machine and on an emulated ARM CPU."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from device_runners import run_arm64
from onnx import TensorProto, helper, numpy_helper

import dnnf_mlir

# Winograd's transforms and the order of the sums round differently; in f16 what is stored and summed does so too.
TOLERANCES = {"f32": 1e-5, "f16": 1e-2}


class Branches:
    """A model of unconnected branches, each from an input of its own; all its numbers are numbers of f16 too."""

    def __init__(self) -> None:
        self.generator = np.random.default_rng(0)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[TensorProto] = []
        self.inputs: dict[str, np.ndarray] = {}
        self.outputs: list[str] = []

    def input(self, *shape: int) -> str:
        name = f"input{len(self.inputs)}"
        self.inputs[name] = self._numbers(shape)
        return name

    def _numbers(self, shape: tuple[int, ...]) -> np.ndarray:
        return self.generator.standard_normal(shape, dtype=np.float32).astype(np.float16).astype(np.float32)

    def constant(self, *shape: int) -> str:
        name = f"weights{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(self._numbers(shape), name))
        return name

    def op(self, operator: str, *inputs: str, returned: bool = False, **attributes: object) -> str:
        name = f"{operator}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name, **attributes))
        self.outputs += [name] * returned
        return name

    def conv(self, x: str, channels: int, filters: int, *kernel: int, **attributes: object) -> str:
        pads = [extent // 2 for extent in kernel] * 2
        group = int(str(attributes.get("group", 1)))
        weights = self.constant(filters, channels // group, *kernel)
        return self.op("Conv", x, weights, self.constant(filters), pads=pads, **attributes)

    def pool(self, x: str, *window: int, kind: str = "Max", returned: bool = True, **attributes: object) -> str:
        attributes = {"kernel_shape": window, "strides": window} | attributes
        return self.op(f"{kind}Pool", x, returned=returned, **attributes)

    def model(self) -> onnx.ModelProto:
        inputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, a.shape) for n, a in self.inputs.items()]
        outputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in self.outputs]
        graph = helper.make_graph(self.nodes, "branches", inputs, outputs, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
        return onnx.shape_inference.infer_shapes(model)


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


def errors(b: Branches, found: Sequence[np.ndarray]) -> dict[str, float]:
    session = onnxruntime.InferenceSession(b.model().SerializeToString(), providers=["CPUExecutionProvider"])
    expected = session.run(b.outputs, b.inputs)
    return {
        name: float(np.abs(got - wanted).max() / np.abs(wanted).max())
        for name, got, wanted in zip(b.outputs, found, expected, strict=True)
    }


@pytest.mark.parametrize("precision", TOLERANCES)
@pytest.mark.parametrize("target", ["host", "arm64-linux"])
def test_branches(target: str, precision: str, tmp_path: Path) -> None:
    b, pooled = branches()
    compiled = dnnf_mlir.compile(b.model(), target=target, precision=precision, cache=False)
    inputs = [array.astype({"f32": np.float32, "f16": np.float16}[precision]) for array in b.inputs.values()]
    if target == "host":
        found = compiled.run(inputs)
    else:
        compiled.save(tmp_path / "module.vmfb")
        found = run_arm64(tmp_path / "module.vmfb", inputs, len(b.outputs))
    assert {name: error for name, error in errors(b, found).items() if not error <= TOLERANCES[precision]} == {}
    names = [" ".join(block["operators"]) for block in compiled.plan["blocks"]]
    assert sum("Conv" in each and "Pool" in each for each in names) == pooled
    assert {block["form"] for block in compiled.plan["blocks"] if block["anchor"] is not None} == {"kernel"}
