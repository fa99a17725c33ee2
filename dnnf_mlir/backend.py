"""The standard ONNX backend: ``prepare``, ``run_model``, ``run_node``, ``supports_device``.

``python -m dnnf_mlir.backend --report`` runs ONNX's own backend tests through it.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, defs, helper
from onnx.backend.base import Backend, BackendRep

from dnnf_mlir.compiled_model import CompiledModel
from dnnf_mlir.compiler import compile
from dnnf_mlir.errors import RunError
from dnnf_mlir.iree import RunnableModule
from dnnf_mlir.tensor_type import as_stored, from_stored

__all__ = ["DnnfBackend", "DnnfRep", "is_compatible", "prepare", "run_model", "run_node", "supports_device"]


class DnnfRep(BackendRep):
    """A compiled model, loaded on this machine."""

    def __init__(self, compiled: CompiledModel, inputs: Sequence[str]) -> None:
        self.compiled = compiled
        self._inputs = tuple(inputs)
        self._module: RunnableModule = compiled.load()
        compilation = compiled.compilation
        self._outputs = [value.type for value in compilation.graph(compilation.module).outputs]

    def run(self, inputs: Any, **kwargs: Any) -> tuple[Any, ...]:
        """The outputs in the model's order; ``inputs`` is a sequence, a mapping by name, or the only input's array.

        Raises RunError for inputs that do not fit.
        """
        if isinstance(inputs, np.ndarray):
            inputs = [inputs]
        if isinstance(inputs, Mapping):
            if missing := [name for name in self._inputs if name not in inputs]:
                raise RunError(f"inputs without a value: {', '.join(missing)}")
            inputs = [inputs[name] for name in self._inputs]
        results = self._module.run([as_stored(np.asarray(array)) for array in inputs])
        return tuple(from_stored(result, type_) for result, type_ in zip(results, self._outputs, strict=True))


class DnnfBackend(Backend):
    """Compiles for this machine's CPU and runs there. Keyword arguments are the fields of ``compiler.Options``."""

    @classmethod
    def is_compatible(cls, model: ModelProto, device: str = "CPU", **kwargs: Any) -> bool:
        """Every model is tried: what cannot be compiled is an error that says why, not a skipped test."""
        return cls.supports_device(device)

    @classmethod
    def prepare(cls, model: ModelProto, device: str = "CPU", **kwargs: Any) -> DnnfRep:
        """Compiles a model; raises DnnfError where it cannot be."""
        compiled = compile(model, **kwargs)
        weights = {tensor.name for tensor in model.graph.initializer}
        return DnnfRep(compiled, [value.name for value in model.graph.input if value.name not in weights])

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


if __name__ == "__main__":
    from dnnf_mlir.conformance.report import main

    sys.exit(main())
