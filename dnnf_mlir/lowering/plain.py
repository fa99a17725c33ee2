"""The plain form of a block: one loop nest for each operation, an element at a time, which every target compiles.

iree-compile tiles and vectorises a dispatch by rules of thumb, which fail on some operations: too much stack, too long
vectors, a wrong result. Here each operation of linalg is a dispatch of its own, whose pipeline is fixed: plain loops,
on a GPU one element for each thread.
"""

from collections.abc import Sequence

from dnnf_mlir.bindings.iree import flow, ir
from dnnf_mlir.emit.sizes import dynamic, shape_of
from dnnf_mlir.targets import Backend

_THREADS = 64
_COPIED = frozenset(
    ["tensor.empty", "linalg.fill", "tensor.extract_slice", "tensor.collapse_shape", "tensor.expand_shape"]
)
"""What only chooses memory, and is made again in each dispatch that reads it."""


def make_plain(operations: Sequence[ir.Operation], backend: Backend) -> dict[ir.Value, ir.Value]:
    """Gives operations outside of dispatches, and those of dispatches among them, the plain form.

    Returns what takes the place of values that are gone. Their operations must live as long as anything is looked up
    by such a value, which compares equal to a later one at the same address.
    """
    replaced: dict[ir.Value, ir.Value] = {}
    nests: list[ir.Operation] = []
    for op in operations:
        body = [op]
        if op.name == "flow.dispatch.region":
            body, values = _without_dispatch(op)
            replaced.update(zip(op.results, values, strict=True))
        nests += [inner for inner in body if _is_loop_nest(inner)]
    moved: dict[ir.Value, ir.Value] = {}
    for op in nests:
        moved.update(zip(op.results, _copied(op) or _put_in_dispatch(op, backend), strict=True))
    return moved | {old: moved.get(new, new) for old, new in replaced.items()}


def _without_dispatch(op: ir.Operation) -> tuple[list[ir.Operation], list[ir.Value]]:
    """The operations of a dispatch, moved in front of it, and its results among theirs."""
    *body, last = [inner.operation for inner in op.regions[0].blocks[0].operations]
    values = list(last.operands)
    for inner in body:
        inner.move_before(op)
    for result, value in zip(op.results, values, strict=True):
        result.replace_all_uses_with(value)
    op.detach_from_parent()
    return body, values


def _is_loop_nest(op: ir.Operation) -> bool:
    return bool(op.name.startswith("linalg.") and op.name != "linalg.fill")


def _copied(op: ir.Operation) -> list[ir.Value] | None:
    """The tensor that an operation only copies: a dispatch of a copy has no code, which IREE refuses for GPUs."""
    if op.name != "linalg.generic" or len(op.operands) != 2 or len(set(op.attributes["indexing_maps"])) > 1:
        return None
    body, source = op.regions[0].blocks[0], op.operands[0]
    if source.type != op.results[0].type or list(body.operations)[-1].operands[0] != body.arguments[0]:
        return None
    op.results[0].replace_all_uses_with(source)
    return [source]


def _put_in_dispatch(op: ir.Operation, backend: Backend) -> list[ir.Value]:
    """Moves an operation into a dispatch with copies of what only chooses memory; gives its results."""
    with ir.InsertionPoint(op), op.location:
        sizes = [size for result in op.results for size in dynamic(shape_of(result))]
        region = flow.DispatchRegionOp([result.type for result in op.results], sizes, [])
    for result, value in zip(op.results, region.results, strict=True):
        result.replace_all_uses_with(value)
    body = region.body.blocks.append()
    with ir.InsertionPoint(body), op.location:
        for number, operand in enumerate(op.operands):
            op.operands[number] = _in_dispatch(operand)
        op.attributes["compilation_info"] = _information(op, backend)
        body.append(op)
        flow.ReturnOp(list(op.results))
    return list(region.results)


def _in_dispatch(operand: ir.Value) -> ir.Value:
    """A copy, at the insertion point, of what makes the tensor, where that only chooses memory; else the tensor."""
    producer = operand.owner
    if isinstance(producer, ir.Block) or producer.name not in _COPIED:
        return operand
    operands = [_in_dispatch(inner) for inner in producer.operands]
    copy = producer.operation.clone()
    for number, inner in enumerate(operands):
        copy.operands[number] = inner
    return copy.results[0]


def _information(op: ir.Operation, backend: Backend) -> ir.Attribute:
    """How IREE compiles the operation's dispatch."""
    if backend is Backend.CPU:
        config, pipeline = "#iree_cpu.lowering_config<>", "#iree_cpu.pipeline<Default>"
    else:
        tiles, pipeline = _thread_tiles(op)
        config = f"#iree_codegen.lowering_config<tile_sizes = {tiles}>"
    return ir.Attribute.parse(
        f"#iree_codegen.compilation_info<lowering_config = {config}, "
        f"translation_info = #iree_codegen.translation_info<pipeline = {pipeline}>>"
    )


def _thread_tiles(op: ir.Operation) -> tuple[str, str]:
    """Tiles of workgroups and of threads, and the pipeline: the threads share the innermost loop over the result."""
    parallel, count = _loops(op)
    if not parallel:
        return "[]", "#iree_gpu.spirv_pipeline<BaseLowering> workgroup_size = [1, 1, 1]"
    group = [_THREADS if loop == parallel[-1] else int(loop in parallel) for loop in range(count)]
    thread = [int(loop in parallel) for loop in range(count)]
    summed = [int(loop not in parallel) for loop in range(count)]
    pipeline = f"#iree_gpu.spirv_pipeline<BaseDistribute> workgroup_size = [{_THREADS}, 1, 1]"
    return f"[{group}, {thread}, {summed}]", pipeline


def _loops(op: ir.Operation) -> tuple[list[int], int]:
    """The loops over the result, and how many there are with those that sum."""
    for name in ("indexing_maps", "linalg.memoized_indexing_maps"):
        if name in op.attributes:
            written = list(op.attributes[name])[-1].value
            return [part.position for part in written.results if isinstance(part, ir.AffineDimExpr)], written.n_dims
    rank = op.results[0].type.rank  # products, whose maps the bindings do not tell, and transpositions
    return list(range(rank)), rank + ("mat" in op.name)
