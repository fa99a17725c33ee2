"""Kernels whose sizes are known at run time only: drawn blocks, each in one module for all sizes."""

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
    rms_normalization,
    softmax,
    transposed_convolution,
    vector_products,
)
from hypothesis import given
from hypothesis import strategies as st
from test_drawn_kernels import TOLERANCE, drawn

from dnnf_mlir.ecg import Value

GROUPS: dict[str, tuple[Anchor, ...]] = {
    "products": (matrix_product, gemm),
    "rows": (softmax, layer_normalization, rms_normalization),
    "attention": (attention,),
    "convolutions": (convolution_1d, convolution_2d, convolution_3d),
    "other_convolutions": (grouped_convolution, pointwise_convolution, depthwise_convolution, transposed_convolution),
    "pools": (max_pool, average_pool, global_pool),
    "channels": (instance_normalization, instance_normalization_of_rows, vector_products),
}
# What reads or writes by position: the arithmetic on registers does not depend on sizes.
KINDS = ("alone", "residual", "broadcast", "view", "prologue")
WINDOWS = ("convolutions", "other_convolutions", "pools")
# Of every free dimension. Register tiles have up to 14 rows, vectors up to 16 numbers: less than one, more, several.
SIZES = {"one": (1,), "few": (2, 3, 5, 7), "many": (9, 14, 18), "mixed": (1, 4, 11)}
LONG = (37, 50, 64, 97)  # for what has few dimensions


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
