"""Every rule is proved: both sides agree in double precision on drawn instances, and wrong variants do not."""

import numpy as np
import pytest
import rule_setups  # noqa: F401  (registers the setups)
import rule_setups_normalization  # noqa: F401
import rule_setups_selection  # noqa: F401
import rule_setups_siblings  # noqa: F401
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes
from rule_instances import DTYPES, Drawing, Instance, instance, mutants, rewritten

from dnnf_mlir.passes.simplify_algebra.families import all_rules
from dnnf_mlir.rewriting import Rule
from dnnf_mlir.verify.reference import evaluate_graph

CASES = [pytest.param(rule, kind, id=f"{rule.name}-{kind}") for rule in all_rules() for kind in rule.dtypes]
_TOLERANCE = 2e-6
"""The reference reads attributes, and computes statistics of LayerNormalization, in single precision."""
SHAPES = mutually_broadcastable_shapes(num_shapes=5, min_dims=0, max_dims=3, min_side=0, max_side=4)


def evaluated(found: Instance) -> list[np.ndarray]:
    with np.errstate(all="ignore"):
        return evaluate_graph(found.graph, found.arrays)


def agree(left: list[np.ndarray], right: list[np.ndarray]) -> bool:
    """Whether the right side has the left one's numbers, wherever the left one has numbers."""
    for a, b in zip(left, right, strict=True):
        if a.shape != b.shape or a.dtype != b.dtype:
            return False
        if a.dtype.kind != "f":
            if not np.array_equal(a, b):
                return False
            continue
        finite = np.isfinite(a)
        scale = 1 + np.max(np.abs(a[finite]), initial=0)
        if not np.all(np.abs(a[finite] - b[finite]) <= _TOLERANCE * scale):
            return False
    return True


def drawn(rule: Rule, kind: str, shapes: tuple[tuple[int, ...], ...], seed: int) -> Instance | None:
    generator = np.random.default_rng(seed)
    return instance(Drawing(rule, DTYPES[kind], shapes, generator, wide=seed % 2 == 0))


@pytest.mark.parametrize(("rule", "kind"), CASES)
def test_both_sides_are_equal(rule: Rule, kind: str) -> None:
    proofs = 0
    reasons: dict[str | None, None] = {}

    @settings(max_examples=16, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(SHAPES, st.integers(0, 2**32 - 1))
    def prove(drawn_shapes: object, seed: int) -> None:
        nonlocal proofs
        shapes = (*drawn_shapes.input_shapes[:-1], drawn_shapes.result_shape)  # type: ignore[attr-defined]
        found = drawn(rule, kind, shapes, seed)
        if found is None:
            reasons["no left side of these shapes"] = None
            return
        left = evaluated(found)
        reason = rewritten(found, rule)
        reasons[reason] = None
        if reason is None:
            proofs += 1
            assert agree(left, evaluated(found)), f"{rule.equation} fails on {found.graph.nodes}"

    prove()
    assert proofs >= 2, f"only {proofs} instances of {rule.name} were drawn: {list(reasons)}"


@pytest.mark.parametrize(("rule", "kind"), CASES)
def test_wrong_variant_is_caught(rule: Rule, kind: str) -> None:
    for seed in range(200):
        rank = seed % 3 + 1
        shapes = ((2, 3, 2)[:rank],) * 6
        for mutant in mutants(rule.right, DTYPES[kind]):
            found = drawn(rule, kind, shapes, seed)
            if found is None:
                break
            left = evaluated(found)
            if rewritten(found, rule, mutant) is None and not agree(left, evaluated(found)):
                return
    pytest.fail(f"no wrong variant of {rule.name} was caught")
