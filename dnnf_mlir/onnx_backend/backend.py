"""The standard ONNX backend: ``prepare``, ``run_model``, ``run_node``, ``supports_device``.

``python -m dnnf_mlir.backend --report`` runs ONNX's own backend tests through it.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, ValueInfoProto, defs, helper
from onnx.backend.base import Backend, BackendRep

from dnnf_mlir.compiler import compile
from dnnf_mlir.errors import RunError
from dnnf_mlir.graph.tensor_type import TensorType, as_stored, from_stored
from dnnf_mlir.importer.decompose.containers import Elements, is_container, is_sequence
from dnnf_mlir.importer.shapes.dimensions import dynamic_axes
from dnnf_mlir.iree import RunnableModule

__all__ = ["DnnfBackend", "DnnfRep", "is_compatible", "prepare", "run_model", "run_node", "supports_device"]


class DnnfRep(BackendRep):
    """A compiled model, loaded on this machine.

    A model with sequences or optionals among its inputs is compiled when it first runs with so many tensors, and for
    the shapes of all its inputs; the others at once.
    """

    def __init__(self, model: ModelProto, options: Mapping[str, Any]) -> None:
        self._model, self._options = model, options
        weights = {tensor.name for tensor in model.graph.initializer}
        self._inputs = [value for value in model.graph.input if value.name not in weights]
        self._loaded: dict[str, _Loaded] = {}
        if not any(is_container(value.type) for value in self._inputs):
            self._load({}, {})

    def run(self, inputs: Any, **kwargs: Any) -> tuple[Any, ...]:
        """The outputs in the model's order; ``inputs`` is a sequence, a mapping by name, or the only input's array.

        A list is a sequence, None an optional without a value. Raises RunError for inputs that do not fit.
        """
        names = [value.name for value in self._inputs]
        if isinstance(inputs, np.ndarray):
            inputs = [inputs]
        if isinstance(inputs, Mapping):
            if missing := [name for name in names if name not in inputs]:
                raise RunError(f"inputs without a value: {', '.join(missing)}")
            inputs = [inputs[name] for name in names]
        held = [_held(value) for value in inputs]
        loaded = self._load(*self._sizes(held))
        results = iter(loaded.module.run([as_stored(part) for parts in held for part in parts or ()]))
        arrays = {name: from_stored(next(results), type_) for name, type_ in loaded.outputs}
        return tuple(_output(value, arrays) for value in self._model.graph.output)

    def _sizes(self, held: Sequence[list[np.ndarray] | None]) -> tuple[Elements, dict[str, int]]:
        """The shapes of what the sequences hold, and the sizes of the other inputs' free dimensions beside these."""
        elements: dict[str, list[tuple[int, ...]] | None] = {}
        dims: dict[str, int] = {}
        for value, parts in zip(self._inputs, held, strict=False):
            if is_container(value.type):
                elements[value.name] = None if parts is None else [part.shape for part in parts]
            elif parts is not None:
                dims |= {name: parts[0].shape[axis] for name, axis in dynamic_axes(value) if axis < parts[0].ndim}
        return elements, dims if elements else {}

    def _load(self, elements: Elements, dims: Mapping[str, int]) -> "_Loaded":
        key = repr((elements, dims))
        if key not in self._loaded:
            given = {**self._options, "elements": elements, "dims": {**dims, **self._options.get("dims", {})}}
            compiled = compile(self._model, **given)
            graph = compiled.imported
            outputs = list(zip(graph.output_names, (value.type for value in graph.outputs), strict=True))
            self._loaded[key] = _Loaded(compiled.load(), outputs)
        return self._loaded[key]


@dataclass(frozen=True)
class _Loaded:
    module: RunnableModule
    outputs: Sequence[tuple[str, TensorType]]


def _held(value: Any) -> list[np.ndarray] | None:
    """The tensors of a sequence, an optional or a tensor."""
    if value is None:
        return None
    return [np.asarray(part) for part in value] if isinstance(value, list | tuple) else [np.asarray(value)]


def _output(value: ValueInfoProto, arrays: Mapping[str, np.ndarray]) -> Any:
    """An output of the model from the module's."""
    if not is_sequence(value.type):
        return arrays[value.name]
    names = itertools.takewhile(arrays.__contains__, (f"{value.name}/{i}" for i in itertools.count()))
    return [arrays[name] for name in names]


class DnnfBackend(Backend):
    """Compiles for this machine's CPU and runs there. Keyword arguments are the fields of ``compiler.Options``."""

    @classmethod
    def is_compatible(cls, model: ModelProto, device: str = "CPU", **kwargs: Any) -> bool:
        """Accepts every model: a failed compilation is an error with its reason, not a skipped test."""
        return cls.supports_device(device)

    @classmethod
    def prepare(cls, model: ModelProto, device: str = "CPU", **kwargs: Any) -> DnnfRep:
        """Compiles a model; raises DnnfError where it cannot be."""
        return DnnfRep(model, kwargs)

    @classmethod
    def run_model(cls, model: ModelProto, inputs: Any, device: str = "CPU", **kwargs: Any) -> tuple[Any, ...]:
        """Compiles and runs once."""
        return cls.prepare(model, device, **kwargs).run(inputs)

    @classmethod
    def run_node(
        cls,
        node: NodeProto,
        inputs: Any,
        device: str = "CPU",
        outputs_info: Sequence[tuple[np.dtype, tuple[int, ...]]] | None = None,
        **kwargs: Any,
    ) -> tuple[Any, ...]:
        """Compiles one node for the types of its inputs (each once, in order) and runs it.

        ``opset_version`` among the keyword arguments tells the node's version, by default the newest.
        """
        version = kwargs.pop("opset_version", defs.onnx_opset_version())
        arrays = [np.asarray(array) for array in (inputs.values() if isinstance(inputs, Mapping) else inputs)]
        names = list(dict.fromkeys(name for name in node.input if name))
        given = [
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
            for name, array in zip(names, arrays, strict=True)
        ]
        if outputs_info is None:
            results = [helper.make_empty_tensor_value_info(name) for name in node.output if name]
        else:
            results = [
                helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), shape)
                for name, (dtype, shape) in zip(filter(None, node.output), outputs_info, strict=True)
            ]
        graph = helper.make_graph([node], node.op_type, given, results)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid(node.domain, version)])
        return cls.run_model(model, arrays, device, **kwargs)

    @classmethod
    def supports_device(cls, device: str) -> bool:
        """Only the CPU of this machine."""
        return device.split(":")[0] == "CPU"


is_compatible = DnnfBackend.is_compatible
prepare = DnnfBackend.prepare
run_model = DnnfBackend.run_model
run_node = DnnfBackend.run_node
supports_device = DnnfBackend.supports_device
