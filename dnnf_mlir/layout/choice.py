"""Which values are stored channels last: the decision of assign-layouts, on the ECG."""

from collections.abc import Collection, Iterable

from dnnf_mlir.dialect_defs.reorganize import Reshape
from dnnf_mlir.dialect_defs.spatial import SpatialOperator
from dnnf_mlir.graph.ecg import Graph, Node, Value
from dnnf_mlir.graph.operator import Signature

Permutation = tuple[int, ...]
"""A stored tensor's dimension i is the value's dimension ``permutation[i]``."""

LAYOUT = "layout"
CHANNELS_LAST = "channels_last"


def identity(rank: int) -> Permutation:
    """Every dimension stays where it is."""
    return tuple(range(rank))


def channels_last(rank: int) -> Permutation:
    """[n, c, spatial...] stored as [n, spatial..., c]."""
    return (0, *range(2, rank), 1)


def inverse(permutation: Permutation) -> Permutation:
    """The permutation that undoes this one."""
    return tuple(permutation.index(i) for i in range(len(permutation)))


def moves_only_ones(shape: tuple[int, ...], permutation: Permutation) -> bool:
    """Whether transposing a tensor of this shape keeps the order of its elements, and is thus a reshape."""
    kept = [i for i in permutation if shape[i] != 1]
    return kept == sorted(kept)


def is_spatial(node: Node) -> bool:
    """Whether the operator has a ``layout``."""
    return issubclass(node.op, SpatialOperator)


def _gains_from_channels_last(node: Node) -> bool:
    return issubclass(node.op, SpatialOperator) and node.op.gains_from_channels_last


def channels_last_nodes(graph: Graph) -> set[Node]:
    """The nodes that work on channels-last values: parts connected by values of one rank that hold an anchor.

    A part is grown over operators with a layout and operators that can follow any layout. A part without a
    convolution or pool stays as the model has it.
    """
    required = frozenset(graph.requirements.values())
    candidates = {node: rank for node in graph.nodes if (rank := _followed_rank(node, required)) is not None}
    members: set[Node] = set()
    seen: set[Node] = set()
    for node in candidates:
        if node not in seen:
            part = _part(node, candidates)
            seen |= part
            if any(map(_gains_from_channels_last, part)):
                members |= part
    return members


def _followed_rank(node: Node, required: Collection[int]) -> int | None:
    """Rank of the node's activations when it can work on permuted ones, else None."""
    rank = max((value.type.rank for value in [*node.operands, *node.outputs]), default=0)
    if is_spatial(node):
        return rank if node.attributes[LAYOUT] != CHANNELS_LAST else None
    if rank < 3:
        return None
    if keeps_sizes(node, required):
        return rank
    return rank if permuted_attributes(node, rank) is not None else None


def keeps_sizes(node: Node, required: Collection[int]) -> bool:
    """Whether a Reshape gives each dimension the size that it has.

    Both are other expressions of the dynamic dimensions, whose differences ``required`` says not to be negative.
    """
    if node.op is not Reshape or node.input(0).type.rank != node.output.type.rank:
        return False
    pairs = zip(node.input(0).type.shape, node.output.type.shape, strict=True)
    return all(a == b or (a - b in required and b - a in required) for a, b in pairs)


def permuted_attributes(node: Node, rank: int) -> dict[str, object] | None:
    """The node's attributes for channels-last operands of this rank; None when it cannot follow."""
    signature = node.signature
    widened = Signature(
        tuple(
            None if value is None else value.with_shape((1,) * (rank - value.rank) + value.shape)
            for value in signature.inputs
        ),
        signature.outputs,
        signature.attributes,
        signature.constant_inputs,
    )
    attributes = node.op.permuted(widened, channels_last(rank))
    return None if attributes is None else dict(attributes)


def _part(start: Node, candidates: dict[Node, int]) -> set[Node]:
    part = {start}
    work = [start]
    while work:
        node = work.pop()
        for neighbour in _neighbours(node, candidates[node]):
            if neighbour not in part and candidates.get(neighbour) == candidates[node]:
                part.add(neighbour)
                work.append(neighbour)
    return part


def _neighbours(node: Node, rank: int) -> Iterable[Node]:
    values: list[Value] = [value for value in [*node.data_inputs, *node.outputs] if value.type.rank == rank]
    for value in values:
        if value.producer is not None:
            yield value.producer
        yield from value.users
