"""One ONNX node through torch-mlir: onnx -> torch -> linalg, by IREE's build of its passes; a private function."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import onnx
from onnx import NodeProto, helper, numpy_helper

from dnnf_mlir.bindings.iree import func, ir, onnx_importer
from dnnf_mlir.errors import CompileError, UnsupportedModelError
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.from_mlir import as_array
from dnnf_mlir.iree.passes import run_iree_opt
from dnnf_mlir.lowering.api import ModuleLowering

_PIPELINE = (
    "builtin.module(torch-onnx-to-torch-backend-pipeline,func.func(torch-iree-torch-unstructured-to-linalg-ext),"
    "torch-backend-to-linalg-on-tensors-backend-pipeline,func.func(torch-iree-tm-tensor-to-linalg-ext))"
)
TIME_LIMIT_S = 30.0


def lower_by_torch(
    lowering: ModuleLowering, node: Node, proto: NodeProto, tensors: Sequence[ir.Value]
) -> list[ir.Value]:
    """Calls a function that computes the node; ``tensors`` are its operands that are no constants.

    Raises UnsupportedModelError where torch-mlir has no conversion for the node, or none for this form of it.
    """
    if proto.domain:
        raise UnsupportedModelError(
            f"node '{node.name}' ({proto.op_type}): no lowering for the domain '{proto.domain}'"
        )
    with tempfile.TemporaryDirectory(prefix="dnnf-onnx-node-") as directory:
        source = Path(directory) / "node.mlir"
        try:
            source.write_text(_torch_module(_single_node_model(node, proto)))
            converted = run_iree_opt(source, _PIPELINE, time_limit_s=TIME_LIMIT_S)
        except (
            CompileError,
            onnx_importer.OnnxImportError,
            onnx.shape_inference.InferenceError,
            NotImplementedError,
            ValueError,
            TypeError,
        ) as error:
            raise UnsupportedModelError(
                f"node '{node.name}' ({proto.op_type}): {str(error).strip().splitlines()[-1].strip()}"
            ) from error
    if "ml_program.global" in converted:
        raise UnsupportedModelError(f"node '{node.name}' ({proto.op_type}): it draws random numbers")
    callee = lowering.add_function(ir.Module.parse(converted))
    for name in [name for name in callee.operation.attributes if name.startswith("torch.")]:
        del callee.operation.attributes[name]
    call = func.CallOp(callee, list(tensors))
    return list(call.results)


def _single_node_model(node: Node, proto: NodeProto) -> onnx.ModelProto:
    """A model of the node alone; its constants are initializers, so that conversions can look at them."""
    names = iter(node.operands)
    inputs, constants = [], []
    declared: set[str] = set()
    for name in proto.input:
        if not name:
            continue
        value = next(names)
        if name in declared:
            continue
        declared.add(name)
        if value.is_constant:
            constants.append(numpy_helper.from_array(as_array(value), name))
        else:
            inputs.append(_value_info(name, value))
    outputs = [_value_info(name, value) for name, value in zip(filter(None, proto.output), node.outputs, strict=True)]
    graph = helper.make_graph([proto], "onnx_node", inputs, outputs, constants)
    opsets = [helper.make_opsetid("", onnx.defs.onnx_opset_version())]
    return helper.make_model(graph, opset_imports=opsets)


def _value_info(name: str, value: Value) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, value.type.onnx_element_type, value.type.shape)


def _torch_module(model: onnx.ModelProto) -> str:
    with ir.Context() as context:
        info = onnx_importer.ModelInfo(model)
        module = info.create_module(context=context)
        onnx_importer.NodeImporter.define_function(info.main_graph, module.operation).import_all()
        return str(module)
