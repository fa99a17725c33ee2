"""What a pass is: a frozen dataclass whose fields are its options, run by MLIR's own pass manager."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

from dnnf_mlir.bindings.mlir import ir
from dnnf_mlir.dialect_defs.loop import Loop
from dnnf_mlir.errors import PipelineError


@dataclasses.dataclass(frozen=True)
class Pass:
    """Base of the passes over a ``builtin.module`` of dnnf IR.

    A field is an option: ``max_operators: int = 64`` is ``dnnf-...{max-operators=64}`` in a pipeline.
    """

    name: ClassVar[str]

    def run(self, module: ir.Operation) -> None:
        """Transforms the module in place."""
        raise NotImplementedError

    @classmethod
    def from_options(cls, options: Mapping[str, str]) -> Self:
        """The pass with its options read from a pipeline's text; PipelineError names a wrong option."""
        options_of = [field for field in dataclasses.fields(cls) if field.metadata.get("option", True)]
        fields = {field.name.replace("_", "-"): field for field in options_of}
        values: dict[str, Any] = {}
        for key, text in options.items():
            if key not in fields:
                names = ", ".join(fields) or "none"
                raise PipelineError(f"pass {cls.name} has no option '{key}' (its options: {names})")
            values[fields[key].name] = _parse(cls.name, key, text, fields[key].type)
        return cls(**values)


def functions(module: ir.Operation) -> Iterator[Any]:
    """The ``func.func`` operations of a module that have a body."""
    for op in module.regions[0].blocks[0].operations:
        if op.operation.name == "func.func" and len(op.regions[0].blocks) > 0:
            yield op


def graph_holders(module: ir.Operation) -> Iterator[Any]:
    """Every operation whose region is a graph: for each function the loops in it, inner ones first, then itself."""
    for function in functions(module):
        yield from _loops(function.regions[0].blocks[0])
        yield function


def _loops(block: ir.Block) -> Iterator[Any]:
    for op in block.operations:
        for region in op.regions:
            yield from _loops(region.blocks[0])
        if isinstance(op, Loop):
            yield op


def clone(module: ir.Module) -> ir.Module:
    """A copy of a module that shares its weights."""
    with module.context, ir.Location.unknown():
        copy = ir.Module.create()
        for op in module.body.operations:
            copy.body.append(op.operation.clone())
        return copy


def _parse(pass_name: str, key: str, text: str, type_: Any) -> Any:
    try:
        if type_ is bool:
            return {"true": True, "false": False, "1": True, "0": False}[text.lower()]
        if type_ in (int, float, str):
            return type_(text)
        return tuple(part for part in text.split(",") if part)
    except (KeyError, ValueError):
        raise PipelineError(f"pass {pass_name}: option {key} cannot be '{text}'") from None
