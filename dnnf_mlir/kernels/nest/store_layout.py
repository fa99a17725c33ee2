"""A chain of reshapes and transposes behind a kernel as the layout of its store."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dnnf_mlir.graph.ecg import Node
from dnnf_mlir.graph.size import quotient
from dnnf_mlir.graph.views import is_reshape
from dnnf_mlir.kernels.nest.layout import Layout


@dataclass(eq=False)
class _Factor:
    """A dimension, or a part of one: ``parts`` once it has been split, outermost first."""

    extent: int
    parts: "list[_Factor]" = field(default_factory=list)

    def leaves(self) -> "Iterator[_Factor]":
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()

    def split(self, outer: int) -> "_Factor":
        """Splits off the outer part and returns the inner one."""
        self.parts = [_Factor(outer), _Factor(self.extent // outer)]
        return self.parts[1]


def store_layout(shape: Sequence[int], chain: Sequence[Node]) -> Layout | None:
    """How a kernel with results of ``shape`` stores the result of the chain; None for a reshape across dimensions.

    ``[1, 128, 768] -> Reshape [1, 128, 12, 64] -> Transpose (0, 2, 1, 3)`` stores ``[1, 12, 128, 64]``.
    """
    origin = [_Factor(extent) for extent in shape]
    dimensions = [[factor] for factor in origin]
    for node in chain:
        if is_reshape(node):
            regrouped = _regroup(dimensions, node.output.type.shape)
            if regrouped is None:
                return None
            dimensions = regrouped
        else:
            dimensions = [dimensions[i] for i in node.attributes["perm"]]
    leaves = [leaf for factor in origin for leaf in factor.leaves()]
    order = [leaf for dimension in dimensions for factor in dimension for leaf in factor.leaves()]
    dropped = [leaf for leaf in leaves if leaf not in order]
    return Layout(
        tuple(tuple(leaf.extent for leaf in factor.leaves()) for factor in origin),
        tuple(leaves.index(leaf) for leaf in [*dropped, *order]),
        tuple(chain[-1].output.type.shape) if chain else tuple(shape),
    )


def _regroup(dimensions: list[list[_Factor]], shape: Sequence[int]) -> list[list[_Factor]] | None:
    """The factors, in order, as dimensions of a new shape; factors of extent 1 are dropped."""
    remaining = [
        leaf for dimension in dimensions for factor in dimension for leaf in factor.leaves() if leaf.extent != 1
    ]
    result: list[list[_Factor]] = []
    for extent in shape:
        group: list[_Factor] = []
        while extent > 1:
            factor = remaining.pop(0)
            inner = quotient(extent, factor.extent)
            if inner is not None:
                group.append(factor)
                extent = inner
            elif quotient(factor.extent, extent) is not None:
                remaining.insert(0, factor.split(extent))
                group.append(factor.parts[0])
                extent = 1
            else:
                return None
        result.append(group)
    return result
