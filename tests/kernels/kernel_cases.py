"""Runs many kernels as one compiled module and compares them with ONNX Runtime."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime
from device_runners import run_arm64
from onnx import helper

from dnnf_mlir.bindings.iree import func, ir
from dnnf_mlir.emit.types import element_type
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.iree import compile_module, load_module
from dnnf_mlir.targets import get_target

Array = np.ndarray
TOLERANCE = 1e-5


@dataclass
class Case:
    """One kernel: its inputs, how it is emitted from them, and what it must compute."""

    name: str
    inputs: list[Array]
    emit: Callable[[list[ir.Value]], Sequence[ir.Value]]
    expected: list[Array]


def channels_last(array: Array) -> Array:
    return np.ascontiguousarray(np.moveaxis(array, 1, -1))


def random(shape: Sequence[int], seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(tuple(shape), dtype=np.float32)


def onnx_run(operator: str, inputs: Sequence[Array], outputs: int = 1, **attributes: object) -> list[Array]:
    """What ONNX Runtime computes for one node."""
    names = [f"input{i}" for i in range(len(inputs))]
    results = [f"output{i}" for i in range(outputs)]
    node = helper.make_node(operator, names, results, **attributes)
    infos = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
        for name, array in zip(names, inputs, strict=True)
    ]
    outs = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in results]
    model = helper.make_model(
        helper.make_graph([node], "case", infos, outs), opset_imports=[helper.make_opsetid("", 21)], ir_version=10
    )
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, dict(zip(names, inputs, strict=True)))


def build(cases: Sequence[Case]) -> str:
    """One module whose main function holds a dispatch per case."""
    with ir.Context(), ir.Location.unknown():
        module = ir.Module.create()
        arguments = [_type(array) for case in cases for array in case.inputs]
        results = [_type(array) for case in cases for array in case.expected]
        with ir.InsertionPoint(module.body):
            main = func.FuncOp("main", (arguments, results))
            with ir.InsertionPoint(main.add_entry_block()):
                values, position = [], 0
                for case in cases:
                    given = list(main.arguments[position : position + len(case.inputs)])
                    values += case.emit(given)
                    position += len(case.inputs)
                func.ReturnOp(values)
        module.operation.verify()
        return str(module)


def _type(array: Array) -> ir.Type:
    return ir.RankedTensorType.get(array.shape, element_type(TensorType.of(array).dtype))


def check(cases: Sequence[Case], target: str = "host") -> None:
    """Compiles all cases as one module, one dispatch each, and compares every result."""
    binary = compile_module(build(cases), get_target(target), time_limit_s=300)
    assert binary.dispatch_count == len(cases)
    # Integers have no sign in these modules.
    inputs = [array.view(np.int8) if array.dtype == np.uint8 else array for case in cases for array in case.inputs]
    if target == "host":
        outputs = load_module(binary.path).run(inputs)
    else:
        outputs = run_arm64(binary.path, inputs, sum(len(case.expected) for case in cases))
    expected = [(case, array) for case in cases for array in case.expected]
    failures = []
    for (case, wanted), got in zip(expected, outputs, strict=True):
        error = np.abs(got.astype(np.float64) - wanted).max() / max(1e-30, np.abs(wanted.astype(np.float64)).max())
        if not error <= TOLERANCE:
            failures.append(f"{case.name}: relative error {error}")
    assert not failures, "\n".join(failures)
