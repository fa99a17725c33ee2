"""Conditions on which the planner and the generator of kernels once disagreed: both ask the kernel's pattern."""

import pytest
from graph_builder import GraphBuilder

from dnnf_mlir.dialect_defs import operators
from dnnf_mlir.fusion.capabilities import CPU_KERNELS
from dnnf_mlir.fusion.planner import plan
from dnnf_mlir.graph.ecg import Value
from dnnf_mlir.kernels.api import Candidate, Match, Refusal, match, match_with
from dnnf_mlir.kernels.attention.pattern import Attention
from dnnf_mlir.kernels.families import _BY_KIND


def matched(build: GraphBuilder, *returned: Value) -> Match | Refusal:
    """All nodes of the graph as one block; ``returned`` defaults to the last result."""
    return match(Candidate(build.nodes, frozenset(returned or build.nodes[-1].outputs)))


@pytest.mark.parametrize(("kernel", "expected"), [(1, True), (3, False)])
def test_a_factor_before_a_convolution(kernel: int, expected: bool) -> None:
    """Of a convolution with windows, it would be multiplied again for every window: the planner was right."""
    build = GraphBuilder()
    build.conv(build.op("mul", build.input(1, 8, 8, 4), build.input(1, 1, 1, 4)), 16, kernel)
    assert isinstance(matched(build), Match) == expected


@pytest.mark.parametrize(("batch", "expected"), [(1, True), (2, True), (3, False)])
def test_a_factor_for_each_image(batch: int, expected: bool) -> None:
    """The generator multiplies the weights anew for each image: the planner asked for one image without need."""
    build = GraphBuilder()
    build.conv(build.op("mul", build.input(2, 8, 8, 4), build.input(batch, 1, 1, 4), shape=(2, 8, 8, 4)), 16, 1)
    assert isinstance(matched(build), Match) == expected


def test_a_factor_for_each_element_before_a_product() -> None:
    """No factor of the weights: the generator took it for one."""
    build = GraphBuilder()
    build.conv(build.op("mul", build.input(1, 8, 8, 4), build.input(1, 8, 8, 4)), 16, 1)
    assert matched(build) == Refusal("mul before the convolution")


@pytest.mark.parametrize(("axis", "expected"), [(3, True), (2, False)])
def test_attention_over_the_last_dimension(axis: int, expected: bool) -> None:
    """The generator's kernel takes the softmax along the keys, whatever the axis said."""
    build = GraphBuilder()
    scores = build.op("matmul", build.input(1, 2, 8, 4), build.input(1, 2, 4, 8), shape=(1, 2, 8, 8))
    weights = build.op("softmax", scores, axis=axis)
    build.op("matmul", weights, build.input(1, 2, 8, 4), shape=(1, 2, 8, 4))
    found = match_with(Attention(), Candidate(build.nodes, frozenset(build.nodes[-1].outputs)))
    assert isinstance(found, Match) == expected


@pytest.mark.parametrize(("strides", "kernels"), [((1, 1), 1), ((2, 2), 2)])
def test_a_stride_in_a_chain_of_products(strides: tuple[int, int], kernels: int) -> None:
    """The kernel of a chain reads each vector as it is; the planner promised strided products, too."""
    build = GraphBuilder()
    x = build.conv(build.input(1, 1, 1, 40), 10, 1)
    y = build.conv(x, 40, 1, strides=strides)
    assert len(plan(build.graph(y), CPU_KERNELS).blocks) == kernels


def test_channels_first_read_by_a_grouped_convolution() -> None:
    """The kernel does; the planner does not propose it."""
    build = GraphBuilder()
    build.conv(build.transpose(build.input(1, 4, 8, 8), 0, 2, 3, 1), 16, group=2)
    assert isinstance(matched(build), Match)
    assert len(plan(build.graph(build.nodes[-1].output), CPU_KERNELS).blocks) == 2


def test_families_are_of_operators() -> None:
    assert set(_BY_KIND) <= {op.OPERATION_NAME.removeprefix("dnnf.") for op in operators()}
