"""The order in which blocks are lowered: behind what determines the sizes that they need."""

from collections.abc import Iterable, Iterator, Sequence

from dnnf_mlir.emit.sizes import current
from dnnf_mlir.graph.algorithms import depth_first_order
from dnnf_mlir.graph.ecg import Block, Value
from dnnf_mlir.graph.size import is_data_dependent, is_dynamic, symbols_of


def determining(block: Block) -> list[Value]:
    """Results that nothing reads, but whose size others have."""
    values = [value for node in block.nodes for value in node.outputs]
    return [value for value in values if any(not current().is_defined(name) for name in counts_of((value,)))]


def counts_of(values: Iterable[Value]) -> Iterator[str]:
    """The data-dependent sizes in the shapes of values, by name."""
    sizes = (size for value in values for size in value.type.shape if is_dynamic(size))
    return (name for size in sizes for name in symbols_of(size) if is_data_dependent(name))


def after_their_sizes(blocks: Sequence[Block]) -> list[Block]:
    """The blocks in their order, but each behind those that determine its sizes, which it may read nothing of."""
    block_of = {node: block for block in blocks for node in block.nodes}
    determined: dict[str, Block] = {}
    for block in blocks:
        for node in block.nodes:
            for name in set(counts_of(node.outputs)) - set(counts_of(node.operands)):
                if node.op.is_opaque:
                    determined.setdefault(name, block)

    def before(block: Block) -> Iterator[Block]:
        for node in block.nodes:
            yield from (block_of[producer] for producer in node.predecessors() if producer in block_of)
            names = counts_of((*node.operands, *node.outputs))
            yield from (determined[name] for name in names if name in determined)

    return depth_first_order(blocks, before)
