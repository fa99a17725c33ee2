"""Table 3, cell for cell, against a transcription in another form."""

from collections import Counter

import pytest
from graph_builder import GraphBuilder

from dnnf_mlir.fusion.table import TABLE, Verdict, combine, edge_mapping, fold_mapping, mapping_inside
from dnnf_mlir.graph.operator import MappingType

ONE = MappingType.ONE_TO_ONE
MANY = MappingType.ONE_TO_MANY
ALL = MappingType.MANY_TO_MANY
REORGANIZE = MappingType.REORGANIZE
SHUFFLE = MappingType.SHUFFLE

CELLS = [
    (ONE, ONE, Verdict.FUSE, ONE),
    (ONE, MANY, Verdict.FUSE, MANY),
    (ONE, ALL, Verdict.FUSE, ALL),
    (ONE, REORGANIZE, Verdict.FUSE, REORGANIZE),
    (ONE, SHUFFLE, Verdict.FUSE, SHUFFLE),
    (MANY, ONE, Verdict.FUSE, MANY),
    (MANY, MANY, Verdict.PROFILE, MANY),
    (MANY, ALL, Verdict.BREAK, None),
    (MANY, REORGANIZE, Verdict.PROFILE, MANY),
    (MANY, SHUFFLE, Verdict.PROFILE, MANY),
    (ALL, ONE, Verdict.FUSE, ALL),
    (ALL, MANY, Verdict.PROFILE, ALL),
    (ALL, ALL, Verdict.BREAK, None),
    (ALL, REORGANIZE, Verdict.PROFILE, ALL),
    (ALL, SHUFFLE, Verdict.PROFILE, ALL),
    (REORGANIZE, ONE, Verdict.FUSE, REORGANIZE),
    (REORGANIZE, MANY, Verdict.PROFILE, MANY),
    (REORGANIZE, ALL, Verdict.PROFILE, ALL),
    (REORGANIZE, REORGANIZE, Verdict.FUSE, REORGANIZE),
    (REORGANIZE, SHUFFLE, Verdict.FUSE, REORGANIZE),
    (SHUFFLE, ONE, Verdict.FUSE, SHUFFLE),
    (SHUFFLE, MANY, Verdict.PROFILE, MANY),
    (SHUFFLE, ALL, Verdict.PROFILE, ALL),
    (SHUFFLE, REORGANIZE, Verdict.FUSE, REORGANIZE),
    (SHUFFLE, SHUFFLE, Verdict.FUSE, SHUFFLE),
]


@pytest.mark.parametrize(("first", "second", "verdict", "mapping"), CELLS)
def test_cell(first: MappingType, second: MappingType, verdict: Verdict, mapping: MappingType | None) -> None:
    cell = combine(first, second)
    assert (cell.verdict, cell.mapping) == (verdict, mapping)


def test_thirteen_fuse_ten_profile_two_break() -> None:
    assert len(TABLE) == 25
    assert Counter(cell.verdict for cell in TABLE.values()) == {Verdict.FUSE: 13, Verdict.PROFILE: 10, Verdict.BREAK: 2}


def test_broadcast_is_one_to_many_along_its_own_edge_only() -> None:
    build = GraphBuilder()
    scores = build.op("exp", build.input(4, 8, 8))
    mask = build.op("exp", build.input(8))
    masked = build.op("add", scores, mask)
    add = build.nodes[-1]
    assert add.mapping is MANY
    assert edge_mapping(scores, add) is ONE
    assert edge_mapping(mask, add) is MANY
    assert mapping_inside(add, {build.nodes[0]}) is ONE
    assert mapping_inside(add, set(build.nodes)) is MANY
    assert masked.type.shape == (4, 8, 8)


def test_constants_do_not_broadcast() -> None:
    build = GraphBuilder()
    build.op("add", build.input(4, 8), build.constant(8))
    assert build.nodes[0].mapping is ONE


def test_fold_of_chains() -> None:
    build = GraphBuilder()
    x = build.op("relu", build.input(4, 8))
    x = build.op("reshape", x, shape=(2, 2, 8))
    assert fold_mapping(build.nodes) is REORGANIZE
    x = build.transpose(x, 1, 0, 2)
    assert fold_mapping(build.nodes) is REORGANIZE
    build.op("expand", x, shape=(3, 2, 2, 8))
    assert fold_mapping(build.nodes) is MANY
    assert fold_mapping(build.nodes[:1]) is ONE
