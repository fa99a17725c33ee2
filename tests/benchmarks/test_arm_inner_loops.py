"""Loops are cut out of AArch64 assembly."""

from benchmarks.arm_inner_loops import hot_loop, innermost_loops

ASSEMBLY = """
main:
\tmov\tx0, #0
.LBB0_1:
\tfmla\tv0.4s, v1.4s, v2.4s
\tldr\tq1, [x1]
\tcbnz\tx3, .LBB0_1
.LBB0_2:                                // =>This Loop Header: Depth=1
\tadd\tx0, x0, #1
.LBB0_3:
\t.loc\t1 2 3
\tldr\tq2, [sp, #16]                    // 16-byte Folded Reload
\tfmla\tv0.4s, v2.4s, v3.s[0]
\tfmla\tv4.4s, v2.4s, v3.s[1]
\tb.ne\t.LBB0_3
\tcbz\tx0, .LBB0_4
\tb\t.LBB0_2
.LBB0_4:
\tret
"""


def test_innermost_loops() -> None:
    loops = list(innermost_loops(ASSEMBLY))
    assert [(loop.depth, loop.multiply_adds, loop.stack_accesses) for loop in loops] == [(1, 1, 0), (2, 2, 1)]
    assert loops[1].instructions[0].startswith("ldr")
    assert loops[1].instructions[-1].startswith("b.ne")


def test_the_hot_loop_is_the_deepest_with_multiply_adds() -> None:
    loop = hot_loop([ASSEMBLY])
    assert loop is not None and loop.depth == 2
    assert hot_loop(["main:\n\tret\n"]) is None
