"""The order in which blocks are lowered: behind what determines the sizes that they need."""

from collections.abc import Iterable, Iterator, Sequence

from dnnf_mlir.emit.sizes import current
from dnnf_mlir.graph.ecg import Block, Value
from dnnf_mlir.graph.size import is_count, is_free, symbols_of


def determining(block: Block) -> list[Value]:
    """Results that nothing reads, but whose size others have."""
    values = [value for node in block.nodes for value in node.outputs]
    return [value for value in values if any(not current().is_defined(name) for name in counts_of((value,)))]


def counts_of(values: Iterable[Value]) -> Iterator[str]:
    sizes = (size for value in values for size in value.type.shape if is_free(size))
    return (name for size in sizes for name in symbols_of(size) if is_count(name))


def after_their_sizes(blocks: Sequence[Block]) -> Iterator[Block]:
    """The blocks in their order, but each behind those that determine its sizes, which it may read nothing of."""
    block_of = {node: block for block in blocks for node in block.nodes}
    determined: dict[str, Block] = {}
    for block in blocks:
        for node in block.nodes:
            for name in set(counts_of(node.outputs)) - set(counts_of(node.operands)):
                if node.kind == "onnx_node":
                    determined.setdefault(name, block)
    done: set[int] = set()

    def visit(block: Block) -> Iterator[Block]:
        if id(block) in done:
            return
        done.add(id(block))
        for node in block.nodes:
            for before in node.predecessors():
                if before in block_of:
                    yield from visit(block_of[before])
            for name in counts_of((*node.operands, *node.outputs)):
                if name in determined:
                    yield from visit(determined[name])
        yield block

    for block in blocks:
        yield from visit(block)
