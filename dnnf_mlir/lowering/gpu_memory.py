"""What dispatches read and write, and what GPUs ask of it: no empty tensors.

See quirks.EMPTY_BINDING.
"""

from collections.abc import Iterator

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.emit.sizes import FunctionSizes, current, shape_of

_DISPATCHES = ("flow.dispatch.region", "flow.dispatch.workgroups")


def require_elements(block: ir.Block) -> None:
    """Has the function stop with a message where what one of the block's dispatches reads or writes is empty."""
    sizes = current()
    if not isinstance(sizes, FunctionSizes):
        raise TypeError("dispatches stand in functions")
    for op in list(block.operations):
        if op.operation.name in _DISPATCHES:
            for value in _tensors(op.operation):
                if not ir.RankedTensorType(value.type).has_static_shape:
                    name = str(op.operation.location).removeprefix('loc("').removesuffix('")')
                    sizes.require_elements(shape_of(value), f"block '{name}'")


def _tensors(dispatch: ir.Operation) -> Iterator[ir.Value]:
    """Its results, its operands, and what its region reads from outside."""
    values = [*dispatch.results, *dispatch.operands]
    if dispatch.name == "flow.dispatch.region":
        inside: set[ir.Value] = set()
        pending = [dispatch]
        while pending:
            for inner in (op.operation for region in pending.pop().regions for block in region for op in block):
                values += [operand for operand in inner.operands if operand not in inside]
                inside.update(inner.results)
                pending.append(inner)
        values = [value for value in values if value not in inside and not _is_inside(value, dispatch)]
    return (value for value in values if isinstance(value.type, ir.RankedTensorType))


def _is_inside(value: ir.Value, dispatch: ir.Operation) -> bool:
    """Whether the value is an argument of a block of the dispatch."""
    owner = value.owner
    if not isinstance(owner, ir.Block):
        return False
    holder = owner.owner.operation
    while holder is not None and holder.name not in ("func.func", "builtin.module"):
        if holder == dispatch:
            return True
        holder = holder.parent
    return False
