"""Kernels whose sizes are known at run time only: drawn blocks, each in one module for all sizes."""

from math import prod

import numpy as np
import pytest
from cases import Builder, CompiledCases
from drawn_blocks import (
    TARGETS,
    Anchor,
    attention,
    average_pool,
    block_case,
    convolution_1d,
    convolution_2d,
    convolution_3d,
    depthwise_convolution,
    epilogues,
    gemm,
    global_pool,
    grouped_convolution,
    instance_normalization,
    instance_normalization_of_rows,
    layer_normalization,
    matrix_product,
    max_pool,
    pointwise_convolution,
    resize,
    rms_normalization,
    softmax,
    transposed_convolution,
    vector_products,
    winograd_convolution,
    winograd_with_pool,
)
from hypothesis import given
from hypothesis import strategies as st
from test_drawn_kernels import TOLERANCE, WINOGRAD_TOLERANCE, drawn

from dnnf_mlir.graph.ecg import Value
from dnnf_mlir.kernels.api import Match
from dnnf_mlir.kernels.convolution.pattern import ProductProblem
from dnnf_mlir.kernels.winograd.schedule import WinogradSchedule
from dnnf_mlir.lowering.kernel_form import match_block
from dnnf_mlir.targets import AVX2, VectorUnit, get_target

GROUPS: dict[str, tuple[Anchor, ...]] = {
    "products": (matrix_product, gemm),
    "rows": (softmax, layer_normalization, rms_normalization),
    "attention": (attention,),
    "convolutions": (convolution_1d, convolution_2d, convolution_3d),
    "other_convolutions": (grouped_convolution, pointwise_convolution, depthwise_convolution, transposed_convolution),
    "pools": (max_pool, average_pool, global_pool),
    "interpolations": (resize,),
    "channels": (instance_normalization, instance_normalization_of_rows, vector_products),
}
# What reads or writes by position: the arithmetic on registers does not depend on sizes.
KINDS = ("alone", "residual", "broadcast", "view", "prologue")
WINDOWS = ("convolutions", "other_convolutions", "pools")
# Of every free dimension. Register tiles have up to 14 rows, vectors up to 16 numbers: less than one, more, several.
SIZES = {"one": (1,), "few": (2, 3, 5, 7), "many": (9, 14, 18), "mixed": (1, 4, 11)}
LONG = (37, 50, 64, 97)  # for what has few dimensions
IMAGES = (1, 2, 5, 7)


@pytest.mark.parametrize("group", GROUPS)
@drawn(1)
@given(data=st.data())
def test_group(group: str, data: st.DataObject) -> None:
    """On this machine and on an emulated ARM CPU, at sizes of every kind."""
    pairs = [(anchor, epilogue) for anchor in GROUPS[group] for epilogue in epilogues(anchor) if epilogue in KINDS]
    cases = {
        f"{anchor.__name__}_{epilogue}": block_case(anchor, epilogue, data, start, free=True)
        for start, (anchor, epilogue) in enumerate(pairs)
    }
    compiled = CompiledCases(cases, kernels=True)
    assert compiled.without_kernel() == {}
    assert len(compiled.dims) > len(cases) // 2
    generator = np.random.default_rng(0)
    for target in TARGETS:
        on_target = compiled.on(target)
        trials = SIZES if group in WINDOWS else SIZES | {"long": LONG}
        for kind, sizes in trials.items():
            found = on_target.at({name: int(generator.choice(sizes)) for name in compiled.dims})
            errors = {name: found.error(name) for name in cases}
            wrong = {name: (error, found.shapes(name)) for name, error in errors.items() if not error <= TOLERANCE}
            assert wrong == {}, (target, kind, found.dims)


def many_weights(b: Builder) -> list[Value]:
    """A convolution by Winograd's algorithm whose weights are read once for several register tiles."""
    x, weights = b.input(b.free(2), 12, 9, 300), b.constant(300, 300, 3, 3, low=-0.03, high=0.03)
    window = {"strides": (1, 1), "dilations": (1, 1), "pads": (1, 1, 1, 1), "layout": "channels_last"}
    return [b.call("conv", x, weights, b.constant(300), group=1, **window)]


@pytest.mark.parametrize(
    ("target", "unit"), [(target, get_target(target).vector) for target in TARGETS] + [("host", AVX2)]
)
@drawn(1)
@given(data=st.data())
def test_winograd(target: str, unit: VectorUnit, data: st.DataObject) -> None:
    """Of images whose tiles fill no block, some blocks, and a part of one more."""
    anchors = {
        winograd_convolution: ("alone", "per_channel", "residual", "broadcast", "view"),
        winograd_with_pool: ("unary",),
    }
    pairs = [(anchor, epilogue) for anchor, chosen in anchors.items() for epilogue in chosen]
    cases = {
        # Apart by more than the filters and paddings that are listed for one size of an image.
        f"{anchor.__name__}_{epilogue}": block_case(anchor, epilogue, data, 5 * number, free=True)
        for number, (anchor, epilogue) in enumerate(pairs)
    }
    cases["many_weights"] = many_weights
    compiled = CompiledCases(cases, target, kernels=True, unit=unit)
    parts = set()
    for block in compiled.graph.blocks:
        match = match_block(block, compiled.graph.outputs)
        assert isinstance(match, Match) and isinstance(match.problem, ProductProblem)
        schedule = WinogradSchedule.choose(match.problem.window, unit, 4)
        assert schedule is not None
        assert (schedule.columns < schedule.block_tiles) == (block.name == "many_weights")
        parts |= {images * prod(schedule.tile_grid) % schedule.block_tiles for images in IMAGES}
    assert len(parts) > 2, "last blocks of different sizes"
    for images in IMAGES:
        found = compiled.at(dict.fromkeys(compiled.dims, images))
        errors = {name: found.error(name) for name in cases}
        wrong = {name: (error, found.shapes(name)) for name, error in errors.items() if not error <= WINOGRAD_TOLERANCE}
        assert wrong == {}, images


def test_no_rows() -> None:
    """Sizes of 0: nothing is computed, nothing fails."""

    def products(b: Builder) -> list[Value]:
        return [b.call("matmul", b.input(b.free(2, 0), b.free(3, 0), 24), b.constant(24, 40))]

    def rows(b: Builder) -> list[Value]:
        return [b.call("softmax", b.input(b.free(2, 0), b.free(3, 0), 40), axis=2)]

    compiled = CompiledCases({"products": products, "rows": rows}, kernels=True)
    assert compiled.without_kernel() == {}
    for dims in ((0, 3), (2, 0), (0, 0)):
        found = compiled.at(dict(zip(compiled.dims, dims * 2, strict=True)))
        assert [array.shape for array in found.found] == [(*dims, 40)] * 2
