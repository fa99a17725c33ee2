"""Reading an ONNX model: the graph without its weights on one side, the weights as numpy arrays on the other.

Everything that works on the graph afterwards (checker, version converter, shape inference) serialises it, some of it
more than once; without the weights this is cheap, and possible for models over protobuf's limit of 2 GB.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, helper

from dnnf_mlir.errors import InvalidModelError, UnsupportedModelError, UsageError
from dnnf_mlir.importer.read.embedded import WireError, without_weights
from dnnf_mlir.importer.read.tensors import TensorReader, constant_value, map_file

INLINE_BYTES = 1024
"""Tensors up to this size stay in the graph: converter and shape inference want to see shapes, axes and scales."""


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

    A file's weights are memory-mapped: it must not be overwritten in place while the result is in use.

    Args:
        source: the model; its external data is looked for in the path's folder.
        name: the model's name in messages; the path by default.

    Raises:
        InvalidModelError: no ONNX model, cut off, or with missing or damaged weights.
        UnsupportedModelError: string or sparse weights.
        UsageError: the source is something else.
    """
    check_source(source)
    if isinstance(source, ModelProto):
        label = name or source.graph.name or "<model>"
        return _without_weights(source, TensorReader(label, None))
    if isinstance(source, bytes):
        label = name or "<bytes>"
        content = np.frombuffer(source, np.uint8)
        return _without_weights(parse_model(content, label), TensorReader(label, None, content))
    path = Path(source)
    label = name or str(path)
    content = map_model(path, label)
    return _without_weights(parse_model(content, label), TensorReader(label, path, content))


def check_source(source: object) -> None:
    """Raises UsageError for what cannot hold a model."""
    if not isinstance(source, str | os.PathLike | bytes | ModelProto):
        raise UsageError(
            f"a model is a path, the contents of its file (bytes) or an onnx.ModelProto, not {type(source).__name__}"
        )


def with_weights(model: LoadedModel, weights: Mapping[str, np.ndarray]) -> LoadedModel:
    """The model with further weights, given by name, in the form that :class:`LoadedModel` describes."""
    proto = ModelProto()
    proto.CopyFrom(model.proto)
    _declare(proto.graph, weights)
    return LoadedModel(proto, {**model.weights, **weights}, model.name)


def _declare(graph: GraphProto, weights: Mapping[str, np.ndarray]) -> None:
    for weight, array in weights.items():
        elem_type = helper.np_dtype_to_tensor_dtype(array.dtype)
        graph.input.append(helper.make_tensor_value_info(weight, elem_type, array.shape))


def map_model(path: Path, label: str) -> np.ndarray:
    """The file's bytes; raises InvalidModelError, which names the model ``label``."""
    try:
        return map_file(path)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise InvalidModelError(f"{label}: cannot read the model: {reason}") from error


def parse_model(content: np.ndarray, label: str) -> ModelProto:
    """The model in `content`, its weights left there; raises InvalidModelError where it is none."""
    if not content.size:
        raise InvalidModelError(f"{label}: the file is empty")
    if content[:32].tobytes().startswith(b"version https://git-lfs"):
        raise InvalidModelError(f"{label}: only a Git LFS pointer, not the model itself; fetch it with 'git lfs pull'")
    model = ModelProto()
    try:
        model.ParseFromString(without_weights(content.data, INLINE_BYTES))
    except (WireError, DecodeError) as error:
        detail = error if isinstance(error, WireError) else "the protobuf message is damaged"
        raise InvalidModelError(f"{label}: not an ONNX model, or cut off ({content.size} bytes): {detail}") from error
    if not _is_text(model):
        raise InvalidModelError(f"{label}: damaged: it has names that are no UTF-8 text")
    return model


def _is_text(message: Message) -> bool:
    """Whether all strings in `message` are text: protobuf gives bytes where they are not, which no one expects."""
    for field, value in message.ListFields():
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            if not all(map(_is_text, value if field.is_repeated else [value])):
                return False
        elif field.type == FieldDescriptor.TYPE_STRING and not all(
            isinstance(text, str) for text in (value if field.is_repeated else [value])
        ):
            return False
    return True


def _without_weights(model: ModelProto, reader: TensorReader) -> LoadedModel:
    graph = model.graph
    for field, present in {
        "ir_version": model.ir_version,
        "opset_import": model.opset_import,
        "graph": model.HasField("graph"),
    }.items():
        if not present:
            raise InvalidModelError(f"{reader.model_name}: not an ONNX model, or cut off: it has no {field}")
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
    # Before IR version 4 initializers were also listed as inputs; later that makes them defaults. Both are final here.
    proto.graph.input.extend(value for value in graph.input if value.name not in initializers)
    _declare(proto.graph, weights)
    proto.graph.name = graph.name
    return LoadedModel(proto, weights, reader.model_name)


def _is_large(tensor: TensorProto) -> bool:
    return tensor.data_location == TensorProto.EXTERNAL or tensor.ByteSize() > INLINE_BYTES


def _read_inner_tensors(target: NodeProto, node: NodeProto, reader: TensorReader) -> None:
    """Copies `node` into `target`; checks the tensors in attributes and sub-graphs and puts external data inline."""
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
