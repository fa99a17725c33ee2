"""ONNX models of unconnected branches, compiled for a machine and compared with ONNX Runtime."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from device_runners import run_arm64
from onnx import TensorProto, helper, numpy_helper

import dnnf_mlir
from dnnf_mlir.compiled_model import CompiledModel


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

    def number(self, number: float) -> str:
        name = f"number{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.array(number, np.float32), name))
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


def _errors(b: Branches, found: Sequence[np.ndarray]) -> dict[str, float]:
    session = onnxruntime.InferenceSession(b.model().SerializeToString(), providers=["CPUExecutionProvider"])
    expected = session.run(b.outputs, b.inputs)
    return {
        name: float(np.abs(got - wanted).max() / np.abs(wanted).max())
        for name, got, wanted in zip(b.outputs, found, expected, strict=True)
    }


def run(b: Branches, target: str, precision: str, folder: Path) -> tuple[dict[str, float], CompiledModel]:
    """The results' errors against ONNX Runtime, relative to the largest number of each, and the compiled model."""
    compiled = dnnf_mlir.compile(b.model(), target=target, precision=precision, cache=False)
    inputs = [array.astype({"f32": np.float32, "f16": np.float16}[precision]) for array in b.inputs.values()]
    if target == "host":
        return _errors(b, compiled.run(inputs)), compiled
    compiled.save(folder / "module.vmfb")
    return _errors(b, run_arm64(folder / "module.vmfb", inputs, len(b.outputs))), compiled
