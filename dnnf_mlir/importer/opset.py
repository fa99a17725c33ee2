"""One opset for everything after the importer: the newest that the installed onnx defines."""

import onnx
from onnx import ModelProto, defs, inliner, version_converter

from dnnf_mlir.errors import InvalidModelError, UnsupportedModelError
from dnnf_mlir.importer.checking import in_one_line, opset_versions


def inline_functions(model: ModelProto, name: str) -> ModelProto:
    """`model` with the calls to its own functions replaced by their bodies."""
    if not model.functions:
        return model
    try:
        return inliner.inline_local_functions(model, convert_version=True)
    except Exception as error:
        raise InvalidModelError(f"{name}: cannot inline the model's functions: {in_one_line(error)}") from error


def upgrade(model: ModelProto, name: str) -> ModelProto:
    """`model` in the newest opset; the weights must have been taken out.

    Raises:
        UnsupportedModelError: onnx's version converter has no way up for an operator.
    """
    newest = defs.onnx_opset_version()
    version = opset_versions(model).get("")
    if version is None:  # only operators of other domains, whose functions may still be written in ONNX's own
        model.opset_import.append(onnx.helper.make_opsetid("", newest))
        return model
    if version == newest:
        return model
    try:
        return version_converter.convert_version(model, newest)
    except Exception as error:
        raise UnsupportedModelError(
            f"{name}: cannot convert from opset {version} to {newest}: {in_one_line(error)}; "
            "export the model with a newer opset"
        ) from error
