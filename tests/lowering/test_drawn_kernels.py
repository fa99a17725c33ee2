"""Every anchor with every kind of epilogue, in drawn sizes, on this machine and on an emulated ARM CPU."""

from collections.abc import Sequence

import pytest
from cases import CompiledCases
from drawn_blocks import (
    TARGETS,
    Anchor,
    attention,
    average_pool,
    block_case,
    convolution_1d,
    convolution_2d,
    convolution_3d,
    convolution_with_pool,
    depthwise_convolution,
    epilogues,
    gemm,
    global_pool,
    grouped_convolution,
    instance_normalization,
    layer_normalization,
    matrix_product,
    max_pool,
    pointwise_convolution,
    product_of_activations,
    resize,
    rms_normalization,
    separable_convolution,
    softmax,
    transposed_convolution,
    vector_products,
    winograd_convolution,
    winograd_with_pool,
)
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dnnf_mlir.kernels.api import Match
from dnnf_mlir.kernels.convolution.pattern import ProductProblem
from dnnf_mlir.kernels.winograd.schedule import WinogradSchedule
from dnnf_mlir.lowering.kernel_form import match_block
from dnnf_mlir.targets import get_target

# Of the largest result: sums in another order differ by less than 1e-6.
TOLERANCE = 1e-5
# Winograd's transforms lose about six times what the direct sum does, 2e-6 of the convolution's largest result, and an
# epilogue may keep the small ones of the results only, which are a tenth of it.
WINOGRAD_TOLERANCE = 3e-5
# In half precision (11 bits) a product of some hundred numbers loses up to 6e-3, whatever is fused behind it.
HALF_TOLERANCE = 2e-2

GROUPS: dict[str, tuple[Anchor, ...]] = {
    "convolutions": (convolution_1d, convolution_2d, convolution_3d),
    "other_convolutions": (grouped_convolution, pointwise_convolution, depthwise_convolution, transposed_convolution),
    "pooled_convolutions": (convolution_with_pool,),
    "separable_convolutions": (separable_convolution,),
    "products": (matrix_product, gemm, product_of_activations, vector_products),
    "pools": (max_pool, average_pool, global_pool),
    "interpolations": (resize,),
    "rows": (softmax, attention, layer_normalization),
    "normalizations": (rms_normalization, instance_normalization),
}
WINOGRAD: tuple[Anchor, ...] = (winograd_convolution, winograd_with_pool)


def drawn(examples: int) -> settings:
    """Without shrinking: an example is a module, and a failure names block and shapes."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )


def check(
    anchors: Sequence[Anchor], data: st.DataObject, floats: str = "f32", tolerance: float = TOLERANCE
) -> CompiledCases:
    """Compiles and runs a block of every anchor with each of its epilogues."""
    pairs = [(anchor, epilogue) for anchor in anchors for epilogue in epilogues(anchor)]
    cases = {
        f"{anchor.__name__}_{epilogue}": block_case(anchor, epilogue, data, start)
        for start, (anchor, epilogue) in enumerate(pairs)
    }
    compiled = CompiledCases(cases, kernels=True, floats=floats)
    assert compiled.without_kernel() == {}
    for target in TARGETS:
        on_target = compiled.on(target)
        errors = {name: on_target.error(name) for name in cases}
        wrong = {name: (error, compiled.shapes(name)) for name, error in errors.items() if not error <= tolerance}
        assert wrong == {}, target
    return compiled


@pytest.mark.parametrize("group", GROUPS)
@drawn(2)
@given(data=st.data())
def test_group(group: str, data: st.DataObject) -> None:
    check(GROUPS[group], data)


@pytest.mark.parametrize("group", GROUPS)
@drawn(1)
@given(data=st.data())
def test_half_precision(group: str, data: st.DataObject) -> None:
    check(GROUPS[group], data, "f16", HALF_TOLERANCE)


@drawn(1)
@given(data=st.data())
def test_winograd(data: st.DataObject) -> None:
    """Its kernels take the longest to compile."""
    compiled = check(WINOGRAD, data, tolerance=WINOGRAD_TOLERANCE)
    for block in compiled.graph.blocks:
        match = match_block(block, compiled.graph.outputs)
        assert isinstance(match, Match) and isinstance(match.problem, ProductProblem)
        for target in TARGETS:
            unit = get_target(target).vector
            assert unit is not None and WinogradSchedule.choose(match.problem.window, unit, 4) is not None
