"""Operators whose result is another view of an operand: they become a change of index, not a copy.

Reorganize, Shuffle and slicing operators, and the copying ones whose copies are whole loops (paper, section 4.4.1).
"""

import math
from collections.abc import Sequence

from dnnf_mlir.ecg import Node

from .composition import Composition, Expression
from .indexing import Access, Dim, broadcast, regroup, reshape, transpose
from .registry import composed


def _read(composition: Composition, node: Node, access: Access | None) -> Expression | None:
    return None if access is None else composition.read(node.input(0), access)


@composed("reshape", "flatten", "squeeze", "unsqueeze")
def _reshape(composition: Composition, node: Node, result: int, access: Access) -> Expression | None:
    return _read(composition, node, reshape(access, node.output.type.shape, node.input(0).type.shape))


@composed("transpose")
def _transpose(composition: Composition, node: Node, result: int, access: Access) -> Expression | None:
    return _read(composition, node, transpose(access, node.attributes["perm"]))


@composed("expand")
def _expand(composition: Composition, node: Node, result: int, access: Access) -> Expression | None:
    return _read(composition, node, broadcast(access, node.output.type.shape, node.input(0).type.shape))
