"""Views: operators whose result needs no elements of its own, as a reader can read those of the operand.

How much a reader must be able to do differs from predicate to predicate; each includes :func:`is_reshape`.
"""

from collections.abc import Callable

from dnnf_mlir.graph.operator import MappingType

from .ecg import Node, Value


def is_reshape(node: Node) -> bool:
    """The elements in their order under another shape: the result shares the operand's buffer."""
    return node.op.default_mapping is MappingType.REORGANIZE


def is_permuted_view(node: Node) -> bool:
    """A reshape or a transpose: each element of the operand once, in another order."""
    return is_reshape(node) or node.kind == "transpose"


def is_strided_view(node: Node) -> bool:
    """A reshape, transpose or broadcast: an index map, with stride 0 where elements repeat, reads the operand."""
    return is_permuted_view(node) or node.kind == "expand"


def is_subview(node: Node) -> bool:
    """A reshape, split, or slice without gaps: the result is a part of the operand at an offset."""
    if node.kind == "slice":
        return all(step == 1 for step in node.attributes["steps"])
    return is_reshape(node) or node.kind == "split"


def view_chain(value: Value, is_view: Callable[[Node], bool]) -> tuple[Value, list[Node]]:
    """The value that a chain of views starts from, and the chain from there to ``value``, in topological order.

    ``is_view`` says which nodes count, each with its first operand and its result.
    """
    chain: list[Node] = []
    while value.producer is not None and is_view(value.producer):
        chain.append(value.producer)
        value = value.producer.input(0)
    return value, chain[::-1]


def readers_through(value: Value, is_view: Callable[[Node], bool]) -> list[Node]:
    """The nodes that read the value or a view of it, once per operand; ``is_view`` nodes have one result."""
    readers: list[Node] = []
    for user in value.users:
        readers.extend(readers_through(user.output, is_view) if is_view(user) else [user])
    return readers
