"""Reading iree-compile's messages."""

import pytest

from dnnf_mlir.iree.diagnostics import error_lines, failed_locations, location_names


@pytest.mark.parametrize(
    ("location", "names"),
    [
        ('loc("block_7")', ["block_7"]),
        ('loc(callsite("block_7" at "main"))', ["block_7"]),
        ('loc(callsite("block_7" at unknown))', ["block_7"]),
        ('loc(callsite(fused["block_7", "node \\22a\\22"] at "main"))', ["block_7", 'node "a"']),
        ('loc(fused[callsite("a" at "main"), callsite("b" at "m.mlir":3:4)])', ["a", "b"]),
        ('loc("n\\C3\\A4me"): and "text"', ["näme"]),
        ('loc("a)(b"): rest', ["a)(b"]),
        ('loc("file.mlir":3:8)', []),
        ("loc(unknown)", []),
    ],
)
def test_location_names(location: str, names: list[str]) -> None:
    assert location_names(location) == names


def test_notes_and_repetitions_do_not_count() -> None:
    stderr = """
<unknown>:0: error: loc(callsite("block_7" at "main")): One or more operations with large vector sizes
<unknown>:0: note: loc("main"): called from
<unknown>:0: error: loc(callsite("block_2" at "main")): 'func.func' op failed
<unknown>:0: error: loc(callsite("block_7" at "main")): failed to run translation of source executable to target
"""
    assert failed_locations(stderr) == ("block_7", "block_2")
    assert len(error_lines(stderr)) == 2


def test_long_lines_are_cut() -> None:
    [line] = error_lines("m.mlir:1:2: error: " + 1000 * "x", width=50)
    assert len(line) == 53
