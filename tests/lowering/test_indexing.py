"""Index maps: random chains of views compiled into blocks, and the algebra of loops by itself."""

import math

import numpy as np
import pytest
from cases import Builder, Case, CompiledCases
from hypothesis import given, settings
from hypothesis import strategies as st

from dnnf_mlir.graph.ecg import Value
from dnnf_mlir.lowering.linalg.index_maps import Dim, Loop, covers, iterate, leaves, regroup, reshape, transpose

CHAINS = 24
_FACTORS = st.lists(st.sampled_from([1, 2, 3, 4, 6]), min_size=1, max_size=4)


def _shape_of_size(size: int, generator: np.random.Generator) -> tuple[int, ...]:
    """A random shape with ``size`` elements, unit dimensions included."""
    shape = []
    while size > 1 and len(shape) < 4:
        divisors = [d for d in range(1, size + 1) if size % d == 0]
        shape.append(int(generator.choice(divisors)))
        size //= shape[-1]
    return (*shape, size)


def _step(b: Builder, x: Value, generator: np.random.Generator) -> Value:
    shape = x.type.shape
    match generator.integers(0, 6):
        case 0 | 1:
            return b.call("reshape", x, shape=_shape_of_size(math.prod(shape), generator))
        case 2:
            return b.call("transpose", x, perm=tuple(map(int, generator.permutation(len(shape)))))
        case 3:
            starts = tuple(int(generator.integers(0, extent)) for extent in shape)
            steps = tuple(int(generator.integers(1, 3)) for _ in shape)
            sizes = [-(-(e - start) // step) for e, start, step in zip(shape, starts, steps, strict=True)]
            return b.call("slice", x, starts=starts, steps=steps, shape=sizes)
        case 4:
            expanded = tuple(3 if extent == 1 and generator.integers(0, 2) else extent for extent in shape)
            return b.call("expand", x, shape=expanded)
        case _:
            return b.call("add", x, b.constant(shape[-1]))


def _chain(seed: int) -> Case:
    def build(b: Builder) -> Value:
        generator = np.random.default_rng(seed)
        x = b.input(*_shape_of_size(int(generator.choice([24, 36, 48, 120])), generator))
        for _ in range(generator.integers(2, 8)):
            x = _step(b, x, generator)
        return b.call("neg", x)

    return build


@pytest.fixture(scope="module")
def compiled() -> CompiledCases:
    return CompiledCases({f"chain{seed}": _chain(seed) for seed in range(CHAINS)}).run()


@pytest.mark.parametrize("seed", range(CHAINS))
def test_chain_of_views(compiled: CompiledCases, seed: int) -> None:
    assert compiled.error(f"chain{seed}") <= 1e-6


@given(_FACTORS, _FACTORS)
@settings(deadline=None)
def test_regrouped_loops_have_the_extents_asked_for(loops: list[int], extents: list[int]) -> None:
    groups = regroup([Loop(extent) for extent in loops], extents)
    if groups is not None:
        assert [Dim(group).iterations for group in groups] == extents


def test_no_common_refinement() -> None:
    assert regroup([Loop(4), Loop(6)], (6, 4)) is None


def test_splitting_a_loop_replaces_it_in_every_access() -> None:
    access = iterate((12,))
    groups = regroup(access[0].loops, (3, 4))
    assert groups is not None
    assert [loop.extent for loop in leaves(access)] == [3, 4]
    assert leaves(access) == [*groups[0], *groups[1]]


def test_a_broadcast_dimension_passes_a_reshape_beside_it() -> None:
    access = reshape((Dim(), *iterate((6, 5))), (4, 6, 5), (4, 2, 3, 5))
    assert access is not None
    assert [dim.iterations for dim in access] == [1, 2, 3, 5]


def test_a_sliced_dimension_does_not_pass_a_reshape_that_divides_it() -> None:
    sliced = (Dim((Loop(3),), offset=1),)
    assert reshape(sliced, (6,), (2, 3)) is None


def test_covers() -> None:
    access = iterate((2, 3))
    assert covers(access, (2, 3))
    assert covers(transpose(access, (1, 0)), (3, 2))
    assert not covers((access[0], Dim()), (2, 3))
    assert not covers((access[0], access[0]), (2, 2))
