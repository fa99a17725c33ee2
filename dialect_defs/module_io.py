"""Reading and writing dnnf modules as text or bytecode."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from dnnf_mlir.bindings.mlir import ir
from dnnf_mlir.errors import InvalidIRError
from dnnf_mlir.graph.from_mlir import location_name, tensor_type
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.graph.weights import remember_resources

from . import create_context

_BYTECODE_MAGIC = b"ML\xefR"


def parse_module(data: bytes | str, name: str) -> ir.Module:
    """Parses textual dnnf IR in a fresh context; its weights are readable afterwards.

    ``name`` stands for the file in messages. Raises InvalidIRError with MLIR's located diagnostics. Bytecode is
    converted to text first, since the bindings cannot read the weights of a bytecode module.
    """
    context = create_context()
    try:
        if isinstance(data, bytes) and data.startswith(_BYTECODE_MAGIC):
            data = str(ir.Module.parse(data, context=create_context()))
        text = data.decode() if isinstance(data, bytes) else data
        module = ir.Module.parse(text, context=context)
    except UnicodeDecodeError:
        raise InvalidIRError(f"{name}: neither MLIR text nor MLIR bytecode") from None
    except ir.MLIRError as error:
        raise InvalidIRError("\n".join(_lines(error, name)) or f"{name}: {error}") from None
    remember_resources(text, _resource_types(module), context)
    return module


def module_text(module: ir.Module, locations: bool = True) -> str:
    """The module as text, weights included, with the node names as locations."""
    return str(module.operation.get_asm(enable_debug_info=locations))


def write_bytecode(module: ir.Module, file: BinaryIO) -> None:
    """Writes MLIR bytecode (4 bytes for an f32 weight, where text needs 8)."""
    module.operation.write_bytecode(file)


def read_input(path: str, stdin: BinaryIO) -> tuple[bytes, str]:
    """Contents of a file, or of stdin for ``-``, and the name for messages. InvalidIRError when unreadable."""
    if path == "-":
        return stdin.read(), "<stdin>"
    try:
        return Path(path).read_bytes(), path
    except OSError as error:
        raise InvalidIRError(f"{path}: cannot be read: {error.strerror}") from None


def _lines(error: ir.MLIRError, name: str) -> Iterator[str]:
    """``file:line:column: message``, or the node's name, for each of MLIR's diagnostics and their notes."""
    for diagnostic in error.error_diagnostics:
        for part in (diagnostic, *diagnostic.notes):
            place = re.match(r'loc\("-":(\d+:\d+)\)', str(part.location))
            node = location_name(part.location)
            yield f"{name}{f':{place[1]}' if place else ''}: {f'node {node!r}: ' if node else ''}{part.message}"


def _resource_types(module: ir.Module) -> dict[str, TensorType]:
    types: dict[str, TensorType] = {}

    def visit(op: ir.Operation) -> ir.WalkResult:
        if op.name == "dnnf.constant":
            match = re.match(r'dense_resource<"?([^">]*)"?>', str(op.attributes["value"]))
            if match is not None:
                types[match[1]] = tensor_type(op.results[0].type)
        return ir.WalkResult.ADVANCE

    module.operation.walk(visit)
    return types
