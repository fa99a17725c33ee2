"""Every rule holds its guarantee on f32 numbers of all magnitudes: zeros, huge and tiny ones, infinities and NaN.

Reading: ``left`` and ``right`` are computed in f32, ``truth`` is the left side in double precision.
"""

from collections.abc import Iterator

import numpy as np
import pytest
import rule_setups  # noqa: F401  (registers the setups)
import rule_setups_normalization  # noqa: F401
import rule_setups_selection  # noqa: F401
import rule_setups_siblings  # noqa: F401
from rule_instances import Drawing, Instance, instance, rewritten

from dnnf_mlir.graph.ecg import Value
from dnnf_mlir.passes.simplify_algebra.families import all_rules
from dnnf_mlir.rewriting import Rule
from dnnf_mlir.verify.reference import evaluate_graph, evaluate_values

_FLOATS = [rule for rule in all_rules() if "f" in rule.dtypes]
_PROOFS = 8
_LARGEST, _SMALLEST = float(np.finfo(np.float32).max), float(np.finfo(np.float32).tiny)
_RELATIVE = 1e-4
"""Powers and exponentials of large arguments magnify the rounding of the argument up to a hundred times."""
_OF_INTERMEDIATES = 1e-5
"""Of the largest intermediate result: sums may cancel."""


def instances(rule: Rule, *, special: bool) -> Iterator[Instance]:
    """Matrices, so that many combinations of magnitudes meet, and small shapes of other ranks."""
    for seed in range(200):
        generator = np.random.default_rng(seed)
        small = tuple(int(size) for size in generator.integers(0 if seed % 4 == 3 else 1, 3, seed % 4))
        shape = small if seed % 2 else (16, 16)
        one = instance(Drawing(rule, "f32", (shape,) * 6, generator, extreme=True, special=special))
        if one is not None:
            yield one


@pytest.mark.parametrize("rule", [rule for rule in _FLOATS if rule.exact], ids=lambda rule: rule.name)
def test_exact_rules_keep_every_number(rule: Rule) -> None:
    proofs = 0
    for found in instances(rule, special=True):
        with np.errstate(all="ignore"):
            left = evaluate_graph(found.graph, found.arrays)
            if rewritten(found, rule) is not None:
                continue
            right = evaluate_graph(found.graph, found.arrays)
        proofs += 1
        if proofs == _PROOFS:
            break
        for a, b in zip(left, right, strict=True):
            # numpy rounds exp and tanh differently at the end of a vector.
            np.testing.assert_allclose(a, b, 3e-7, 0, err_msg=rule.equation)
    assert proofs >= 2


@pytest.mark.parametrize("rule", [rule for rule in _FLOATS if not rule.exact], ids=lambda rule: rule.name)
def test_other_rules_round_differently_at_most(rule: Rule) -> None:
    proofs = 0
    for found in instances(rule, special=False):
        with np.errstate(all="ignore"):
            left = evaluate_graph(found.graph, found.arrays)
            given = all(np.all(np.isfinite(array)) for array in constants(found))
            before, truth = steps(found), evaluate_graph(found.graph, found.arrays, float64=True)
            if rewritten(found, rule) is not None:
                continue
            right = evaluate_graph(found.graph, found.arrays)
            after = steps(found)
        # Elements of a constant may vanish beside larger ones.
        if any(np.any(array) and np.any(np.abs(array) < _SMALLEST) for array in constants(found)):
            continue
        proofs += 1
        if proofs == _PROOFS:
            break
        assert not given or all(np.all(np.isfinite(array)) for array in constants(found)), "a constant overflows"
        for a, exact, b in zip(left, truth, right, strict=True):
            claimed, scale = in_range([*before, *after, exact], a.shape)
            claimed &= np.isfinite(a)
            with np.errstate(all="ignore"):
                allowed = _RELATIVE * np.abs(exact) + _OF_INTERMEDIATES * scale + np.abs(a - exact)
                right_enough = np.abs(b - exact) <= allowed
            assert np.all(right_enough | ~claimed), f"{rule.equation} fails on {found.graph.nodes}"
    assert proofs >= 2


def steps(found: Instance) -> list[np.ndarray]:
    """All floats that the graph computes, its inputs and constants, in double precision."""
    computed: list[Value] = [value for node in found.graph.nodes for value in node.outputs if value.type.is_float]
    values = evaluate_values(found.graph, found.arrays, computed, float64=True)
    return [*values.values(), *constants(found), *(array for array in found.arrays if array.dtype.kind == "f")]


def constants(found: Instance) -> list[np.ndarray]:
    operands = [value for node in found.graph.nodes for value in node.operands if value.type.is_float]
    return [value.constant.astype(np.float64) for value in operands if value.constant is not None]


def in_range(arrays: list[np.ndarray], shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Where no step leaves f32's normal numbers, and the largest step there; a step of another shape is everywhere."""
    inside, largest = np.ones(shape, bool), np.zeros(shape)
    for array in arrays:
        size = np.abs(array)
        good = (size == 0) | ((size >= _SMALLEST) & (size <= _LARGEST))
        try:
            inside = inside & np.broadcast_to(good, shape)
            largest = np.maximum(largest, np.broadcast_to(size, shape))
        except ValueError:
            inside = inside & bool(np.all(good))
            largest = np.maximum(largest, np.max(size, initial=0))
    return inside, np.where(np.isfinite(largest), largest, 0)
