"""Which kernels write into parts of a Concat's result is asked for the machine that they are generated for."""

from dataclasses import replace

import numpy as np
from cases import Builder

from dnnf_mlir.fusion.ordering import named_blocks
from dnnf_mlir.graph.in_place import Part
from dnnf_mlir.lowering.part_stores import part_reason
from dnnf_mlir.targets import get_target


def test_integers_without_a_dot_product() -> None:
    """There the product has no kernel, and IREE stores whole tensors only."""
    unit = get_target("arm64-linux").vector
    assert unit is not None and unit.dot_product is not None
    b = Builder("integers")
    x, weights = b.given(np.zeros((4, 8), np.uint8)), b.known(np.ones((8, 16), np.int8))
    y = b.call("matmul_integer", x, weights, None, None)
    b.call("concat", y, b.input(4, 16, dtype="i32"), shape=(4, 32), axis=1)
    block, part = named_blocks([b.nodes[:1]])[0], Part(b.nodes[1], 0)
    assert part_reason(unit, block, y, part) is None
    assert "whole tensors" in str(part_reason(replace(unit, dot_product=None), block, y, part))
