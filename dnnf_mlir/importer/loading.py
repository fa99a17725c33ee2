"""Reading an ONNX model: the graph without its weights on one side, the weights as numpy arrays on the other.

Everything that works on the graph afterwards (checker, version converter, shape inference) serialises it, some of it
more than once; without the weights this is cheap, and possible for models over protobuf's limit of 2 GB.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, helper

from dnnf_mlir.errors import InvalidModelError, UnsupportedModelError
from dnnf_mlir.importer.tensors import TensorReader, constant_value

INLINE_BYTES = 1024
"""Tensors up to this size stay in the graph, where converter and shape inference want to see shapes, axes and scales."""

PROTOBUF_LIMIT_BYTES = 2**31 - 1


@dataclass(frozen=True)
class LoadedModel:
    """A model as read, neither checked nor changed.

    Attributes:
        proto: the model without its large tensors: initializers and Constant nodes over `INLINE_BYTES` are replaced by
            graph inputs of the same name and type, which follow the model's own inputs.
        weights: the values of these, by name; read-only, external data memory-mapped.
        name: the model's name in messages, its path if it came from a file.
    """

    proto: ModelProto
    weights: dict[str, np.ndarray]
    name: str


def load_model(source: str | os.PathLike[str] | bytes | ModelProto, *, name: str | None = None) -> LoadedModel:
    """Reads a model from a path, from a file's bytes or from a parsed proto (which is left unchanged).

    Args:
        source: the model; its external data is looked for in the path's folder.
        name: the model's name in messages; the path by default.

    Raises:
        InvalidModelError: no ONNX model, cut off, or with missing or damaged weights.
        UnsupportedModelError: string or sparse weights.
    """
    if isinstance(source, ModelProto):
        label = name or source.graph.name or "<model>"
        return _without_weights(source, TensorReader(label, None))
    if isinstance(source, bytes):
        label = name or "<bytes>"
        return _without_weights(_parse(source, label), TensorReader(label, None))
    path = Path(source)
    label = name or str(path)
    return _without_weights(_parse(_file_bytes(path, label), label), TensorReader(label, path))


def _file_bytes(path: Path, label: str) -> bytes:
    try:
        if path.stat().st_size > PROTOBUF_LIMIT_BYTES:
            raise InvalidModelError(
                f"{label}: no ONNX model: a single file cannot exceed 2 GB; larger models keep their weights as external data"
            )
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise InvalidModelError(f"{label}: cannot read the model: {reason}") from error


def _parse(content: bytes, label: str) -> ModelProto:
    if not content:
        raise InvalidModelError(f"{label}: the file is empty")
    if content.startswith(b"version https://git-lfs"):
        raise InvalidModelError(f"{label}: only a Git LFS pointer, not the model itself; fetch it with 'git lfs pull'")
    model = ModelProto()
    try:
        model.ParseFromString(content)
    except DecodeError as error:
        raise InvalidModelError(
            f"{label}: not an ONNX model, or cut off: its {len(content)} bytes are no complete protobuf message"
        ) from error
    if not model.HasField("graph") or not model.ir_version or not model.opset_import:
        missing = "graph" if not model.HasField("graph") else "opset_import" if model.ir_version else "ir_version"
        raise InvalidModelError(f"{label}: not an ONNX model, or cut off: it has no {missing}")
    return model


def _without_weights(model: ModelProto, reader: TensorReader) -> LoadedModel:
    graph = model.graph
    _reject_sparse(model, reader.model_name)
    proto = ModelProto(ir_version=model.ir_version, opset_import=model.opset_import, functions=model.functions)
    weights: dict[str, np.ndarray] = {}
    initializers: set[str] = set()
    for tensor in graph.initializer:
        if tensor.name in initializers:
            raise InvalidModelError(f"{reader.model_name}: two initializers have the name '{tensor.name}'")
        initializers.add(tensor.name)
        if _is_large(tensor):
            weights[tensor.name] = reader.read(tensor, tensor.name)
        else:
            reader.read(tensor, tensor.name)
            proto.graph.initializer.append(tensor)
    for node in graph.node:
        value = node.attribute[0].t if node.op_type == "Constant" and len(node.attribute) == 1 else None
        if value is not None and len(node.output) == 1 and node.output[0] not in weights and _is_large(value):
            weights[node.output[0]] = constant_value(node, reader)
        else:
            _read_inner_tensors(proto.graph.node.add(), node, reader)
    for field in ("output", "value_info"):
        getattr(proto.graph, field).extend(getattr(graph, field))
    # Before IR version 4 initializers were also listed as inputs; later that makes them defaults, which we take as final.
    proto.graph.input.extend(value for value in graph.input if value.name not in initializers)
    for weight, array in weights.items():
        proto.graph.input.append(
            helper.make_tensor_value_info(weight, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
        )
    proto.graph.name = graph.name
    return LoadedModel(proto, weights, reader.model_name)


def _is_large(tensor: TensorProto) -> bool:
    return tensor.data_location == TensorProto.EXTERNAL or tensor.ByteSize() > INLINE_BYTES


def _read_inner_tensors(target: NodeProto, node: NodeProto, reader: TensorReader) -> None:
    """Copies `node` into `target`; tensors in its attributes and sub-graphs are checked and get external data inline."""
    target.CopyFrom(node)
    for tensor, name in _node_tensors(target):
        if tensor.data_location == TensorProto.EXTERNAL:
            array = reader.read(tensor, name)
            tensor.ClearField("external_data")
            tensor.ClearField("data_location")
            tensor.CopyFrom(onnx.numpy_helper.from_array(array, tensor.name))
        else:
            reader.read(tensor, name)


def _node_tensors(node: NodeProto) -> Iterator[tuple[TensorProto, str]]:
    for attribute in node.attribute:
        label = f"{node.name or ', '.join(node.output)}.{attribute.name}"
        if attribute.type == AttributeProto.TENSOR:
            yield attribute.t, label
        for tensor in attribute.tensors:
            yield tensor, label
        for graph in [attribute.g] if attribute.HasField("g") else attribute.graphs:
            yield from _graph_tensors(graph)


def _graph_tensors(graph: GraphProto) -> Iterator[tuple[TensorProto, str]]:
    for tensor in graph.initializer:
        yield tensor, tensor.name
    for node in graph.node:
        yield from _node_tensors(node)


def _reject_sparse(model: ModelProto, label: str) -> None:
    if model.graph.sparse_initializer:
        names = ", ".join(f"'{tensor.values.name}'" for tensor in model.graph.sparse_initializer)
        raise UnsupportedModelError(f"{label}: sparse initializers cannot be compiled: {names}; store them dense")
    if model.training_info:
        raise UnsupportedModelError(f"{label}: holds training information; export the model for inference")
