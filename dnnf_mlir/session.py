"""A model as users of ONNX Runtime know it: ``dnnf_mlir.Session("model.onnx").run(None, {"x": x})``."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt
from onnx import ModelProto, helper

from dnnf_mlir.compiler import compile_model
from dnnf_mlir.errors import RunError, UsageError
from dnnf_mlir.importer.read.loading import check_source
from dnnf_mlir.iree import RunnableModule, TensorSignature, load_module
from dnnf_mlir.iree.runtime import Array
from dnnf_mlir.options import Options
from dnnf_mlir.storage.reports import reported

PROVIDER = "DnnfExecutionProvider"

_VMFB = b"PK\x03\x04", b"IREE"
"""How compiled modules begin: archives, or bare FlatBuffers at offset 4."""


@reported
def load(
    module: str | os.PathLike[str] | bytes, *, parameters: str | os.PathLike[str] | None = None, threads: int = 1
) -> RunnableModule:
    """A compiled module, from its ``.vmfb`` file or its contents, ready to run on this machine.

    ``parameters`` is the ``.irpa`` file of a module that was compiled without its weights. Raises RunError for a file
    that cannot be read, or of another machine, and UsageError for arguments of other types.
    """
    for path in (module, parameters):
        if not isinstance(path, str | os.PathLike | bytes | None) or module is None:
            raise UsageError(f"a module is a path or the contents of its file (bytes), not {type(path).__name__}")
    source = module if isinstance(module, bytes) else Path(module)
    if isinstance(source, Path) and not source.is_file():
        raise RunError(f"{source}: no such file")
    return load_module(source, threads=threads, parameters=None if parameters is None else Path(parameters))


@dataclass(frozen=True)
class NodeArg:
    """An input or output: its name, its shape (a name for a dynamic dimension, None if it has none), its type.

    The type is spelt as ONNX Runtime does, ``tensor(float)``.
    """

    name: str
    shape: list[int | str | None]
    type: str


@dataclass(frozen=True)
class ModelMetadata:
    """What is known of the model besides its graph."""

    graph_name: str
    producer_name: str = "dnnf_mlir"


class Session:
    """A compiled model with the methods of ``onnxruntime.InferenceSession``.

    ``model`` is an ONNX model (path, contents or proto), which is compiled for this machine, or a ``.vmfb`` module. A
    model that was compiled before comes from the cache. Several threads may run one session.

    Args:
        model: path or contents of a model or module, or a ModelProto.
        sess_options: of ONNX Runtime's options, ``intra_op_num_threads`` is looked at.
        providers, provider_options: ignored; there for calls that were written for ONNX Runtime.
        parameters: the ``.irpa`` file of a module without weights.
        options: fields of :class:`~dnnf_mlir.options.Options`, for a model.

    Raises as :func:`dnnf_mlir.compile` and :func:`load`.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | bytes | ModelProto,
        sess_options: Any = None,
        providers: Sequence[Any] | None = None,
        provider_options: Sequence[Any] | None = None,
        *,
        parameters: str | os.PathLike[str] | None = None,
        **options: Any,
    ) -> None:
        threads = max(1, getattr(sess_options, "intra_op_num_threads", 0) or 1)
        check_source(model)
        if not isinstance(model, ModelProto) and _is_module(model):
            if options:
                raise UsageError(f"a compiled module takes no options of a compilation: {', '.join(options)}")
            self._module = load(model, parameters=parameters, threads=threads)
            self._name = "model" if isinstance(model, bytes) else Path(model).name
        else:
            compiled = compile_model(model, Options.of({"parameters": parameters, **options}))
            self._module, self._name = compiled.load(threads), str(compiled.plan.get("model", "model"))
        if self._module.inputs is None or self._module.outputs is None:
            raise RunError(f"{self._name}: the module does not describe its inputs and outputs")
        self._inputs, self._outputs = self._module.inputs, self._module.outputs

    def get_inputs(self) -> list[NodeArg]:
        """The inputs in the model's order."""
        return list(map(_described, self._inputs))

    def get_outputs(self) -> list[NodeArg]:
        """The outputs in the model's order."""
        return list(map(_described, self._outputs))

    def get_providers(self) -> list[str]:
        """What the model runs on."""
        return [PROVIDER]

    def get_modelmeta(self) -> ModelMetadata:
        """The model's name."""
        return ModelMetadata(self._name)

    def run(
        self, output_names: Sequence[str] | None, input_feed: Mapping[str, npt.ArrayLike], run_options: Any = None
    ) -> list[Array]:
        """The outputs of these names, in their order; all outputs for None.

        Raises RunError for unknown names, and for inputs that do not fit; ``run_options`` are ignored.
        """
        if isinstance(output_names, str) or not isinstance(output_names, Iterable | None):
            raise UsageError(f"the names of outputs are a list, or None for all of them, not {output_names!r}")
        names = [signature.name for signature in self._outputs]
        if unknown := [repr(name) for name in output_names or () if name not in names]:
            raise RunError(f"no output {', '.join(unknown)}; there are {', '.join(map(repr, names))}")
        found = dict(zip(names, self._module.run(input_feed), strict=True))
        return [found[name] for name in output_names or names]


def _is_module(source: str | os.PathLike[str] | bytes) -> bool:
    if not isinstance(source, bytes):
        return Path(source).suffix == ".vmfb"
    archive, bare = _VMFB
    return source.startswith(archive) or source[4:8] == bare


def _described(signature: TensorSignature) -> NodeArg:
    element = helper.tensor_dtype_to_string(helper.np_dtype_to_tensor_dtype(signature.dtype))
    names = signature.dimensions or ("",) * len(signature.shape)
    shape = [name or None if size is None else size for size, name in zip(signature.shape, names, strict=True)]
    return NodeArg(signature.name, shape, f"tensor({element.removeprefix('TensorProto.').lower()})")
