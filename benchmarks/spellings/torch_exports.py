"""Exports of one PyTorch module by both of PyTorch's exporters. Needs PyTorch, onnx and onnxscript."""

import contextlib
import io
import logging
import os
import sys
import warnings
from collections.abc import Iterator, Sequence

import onnx
import torch
from torch import Tensor, nn

TORCHSCRIPT, DYNAMO = "torchscript", "dynamo"


class ExportError(Exception):
    """An exporter cannot write the module at this opset, in its own words."""


def export(
    module: nn.Module, inputs: Sequence[Tensor], names: Sequence[str], exporter: str, opset: int, keep: bool = False
) -> onnx.ModelProto:
    """The module in ONNX.

    ``keep`` asks the exporter to leave BatchNormalization and constants as they are. Raises ExportError; also where the
    dynamo exporter writes another opset than the one asked for.
    """
    module.eval()
    file = io.BytesIO()
    settings = {"input_names": list(names), "opset_version": opset}
    with _silence(), torch.no_grad():
        try:
            if exporter == DYNAMO:
                program = torch.onnx.export(
                    module, tuple(inputs), dynamo=True, optimize=not keep, verbose=False, **settings
                )
                if program is None:
                    raise ExportError("the exporter gave nothing")
                model: onnx.ModelProto = program.model_proto
            else:
                training = torch.onnx.TrainingMode.PRESERVE if keep else torch.onnx.TrainingMode.EVAL
                torch.onnx.export(
                    module,
                    tuple(inputs),
                    file,
                    dynamo=False,
                    training=training,
                    do_constant_folding=not keep,
                    **settings,
                )
                model = onnx.load_from_string(file.getvalue())
        except Exception as error:  # the exporters raise many classes
            raise ExportError(str(error).partition("\n")[0]) from error
    written = next(entry.version for entry in model.opset_import if not entry.domain)
    if written != opset:
        raise ExportError(f"written as opset {written}")
    del model.metadata_props[:]
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    return model


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Without the exporters' chatter, part of which C++ writes to the process's own stdout and stderr."""
    previous = logging.root.manager.disable
    logging.disable(logging.WARNING)
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(descriptor) for descriptor in (1, 2)]
    try:
        with open(os.devnull, "w") as nowhere, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for descriptor in (1, 2):
                os.dup2(nowhere.fileno(), descriptor)
            yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for descriptor, copy in zip((1, 2), kept, strict=True):
            os.dup2(copy, descriptor)
            os.close(copy)
        logging.disable(previous)
