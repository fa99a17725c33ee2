"""The combination table: what fusing two operators gives, and whether it pays off (paper, Table 3)."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType

from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.operator import MappingType


class Verdict(Enum):
    """What Table 3 says of a pair: fuse always, fuse when measured or estimated to be faster, or never."""

    FUSE = "fuse"
    PROFILE = "profile"
    BREAK = "break"


@dataclass(frozen=True)
class Combination:
    """One cell: the verdict, and the mapping type of the fused operator (None where the pair is broken)."""

    verdict: Verdict
    mapping: MappingType | None


_ONE = MappingType.ONE_TO_ONE
_MANY = MappingType.ONE_TO_MANY
_ALL = MappingType.MANY_TO_MANY
_REORGANIZE = MappingType.REORGANIZE
_SHUFFLE = MappingType.SHUFFLE


def _fuse(mapping: MappingType) -> Combination:
    return Combination(Verdict.FUSE, mapping)


def _profile(mapping: MappingType) -> Combination:
    return Combination(Verdict.PROFILE, mapping)


_break = Combination(Verdict.BREAK, None)

# fmt: off
_COLUMNS = (_ONE, _MANY, _ALL, _REORGANIZE, _SHUFFLE)
_ROWS: Mapping[MappingType, tuple[Combination, ...]] = {
    # first \ second: One-to-One,         One-to-Many,       Many-to-Many,    Reorganize,          Shuffle
    _ONE:        (_fuse(_ONE),        _fuse(_MANY),    _fuse(_ALL),    _fuse(_REORGANIZE),  _fuse(_SHUFFLE)),
    _MANY:       (_fuse(_MANY),       _profile(_MANY), _break,         _profile(_MANY),     _profile(_MANY)),
    _ALL:        (_fuse(_ALL),        _profile(_ALL),  _break,         _profile(_ALL),      _profile(_ALL)),
    _REORGANIZE: (_fuse(_REORGANIZE), _profile(_MANY), _profile(_ALL), _fuse(_REORGANIZE),  _fuse(_REORGANIZE)),
    _SHUFFLE:    (_fuse(_SHUFFLE),    _profile(_MANY), _profile(_ALL), _fuse(_REORGANIZE),  _fuse(_SHUFFLE)),
}
# fmt: on

TABLE: Mapping[tuple[MappingType, MappingType], Combination] = MappingProxyType(
    {(first, second): cell for first, row in _ROWS.items() for second, cell in zip(_COLUMNS, row, strict=True)}
)
"""(type of the first operator, type of the second, which reads the first's result) -> cell of Table 3."""


def combine(first: MappingType, second: MappingType) -> Combination:
    """The cell for a ``first`` operator (or block) whose result the ``second`` reads."""
    return TABLE[first, second]


def edge_mapping(value: Value, reader: Node) -> MappingType:
    """The mapping type of the input/output pair along one edge.

    An operator's type is the most complex of its pairs. Element-wise operators are One-to-Many only in the operands
    that they broadcast: adding a broadcast mask is One-to-One along the edge of the other operand.
    """
    if reader.op.default_mapping is not _ONE or reader.mapping is not _MANY:
        return reader.mapping
    return _ONE if value.type.elements == reader.output.type.elements else _MANY


def mapping_inside(node: Node, producers: Container[Node]) -> MappingType:
    """The most complex type along the edges that come from ``producers``, the other operators of the node's block.

    What a broadcast reads from outside its block is recomputed for nobody, just as a broadcast constant.
    """
    if node.op.default_mapping is not _ONE:
        return node.mapping
    types = (edge_mapping(value, node) for value in node.operands if value.producer in producers)
    return max(types, key=lambda mapping: mapping.complexity, default=_ONE)


def fold_mapping(nodes: Iterable[Node]) -> MappingType:
    """The mapping type of a block: Table 3 folded over its nodes, given in topological order."""
    members: set[Node] = set()
    result = _ONE
    for node in nodes:
        own = mapping_inside(node, members)
        result = own if not members else combine(result, own).mapping or _ALL
        members.add(node)
    return result
