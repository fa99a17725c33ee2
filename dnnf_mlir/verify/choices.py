"""Results that a choice decides: among nearly equal scores, one sum in another order changes whole rows.

A detector keeps the 300 best of its boxes (TopK, NonMaxSuppression), a classifier names the best class (ArgMax). For
random inputs the scores lie close together. Results are then no measure of an error, the scores are.
"""

from collections.abc import Sequence

import numpy as np

from dnnf_mlir.graph.ecg import Graph, Node, Value

from .difference import Deviation, difference
from .reference import evaluate_values

MOVE = 1e-5
"""Inputs are moved by this share of themselves: as far as sums in another order are apart after some layers."""

UNSTEADY_SHARE = 0.1
"""A result that the moved inputs change by this share of a deviation says nothing about that deviation."""

_TOLERANCE = 1e-3
"""Of the largest magnitude; folded constants are rounded to single precision."""

_CHOOSING = frozenset({"TopK", "NonMaxSuppression", "Unique", "NonZero"})
"""Operators that choose elements by their values; ArgMax and comparisons give what is chosen as they are."""


def steady_deviations(imported: Graph, inputs: Sequence[np.ndarray], found: Sequence[Deviation]) -> list[Deviation]:
    """Those of the deviations that are no effect of a choice.

    The reference itself is then far less apart in single precision, and in double precision for moved inputs.
    """
    values = [each.value for each in found]
    before = evaluate_values(imported, inputs, values)
    after = evaluate_values(imported, moved(inputs), values, float64=True)
    return [each for each in found if difference(before[each.value], after[each.value]) < UNSTEADY_SHARE * each.error]


def choice_deviations(imported: Graph, rewritten: Graph, inputs: Sequence[np.ndarray]) -> list[Deviation]:
    """What rewriting changed of that by which is chosen, in double precision; of choices that no choice precedes."""
    before, after = _choosing(imported), _choosing(rewritten)
    pairs = [
        (mine, other)
        for key in before.keys() & after.keys()
        for mine, other in zip(before[key].operands, after[key].operands, strict=False)
        if mine.type.is_float and not (mine.is_constant or other.is_constant)
    ]
    if not pairs:
        return []
    values, others = [mine for mine, _ in pairs], [other for _, other in pairs]
    expected = evaluate_values(imported, inputs, values, float64=True)
    found = evaluate_values(rewritten, inputs, others, float64=True)
    errors = [Deviation(mine, difference(expected[mine], found[other])) for mine, other in pairs]
    return [each for each in errors if not each.error <= _TOLERANCE]


def moved(inputs: Sequence[np.ndarray], seed: int = 0) -> list[np.ndarray]:
    """Inputs of the same shapes and dtypes, floats changed by at most :data:`MOVE` of themselves."""
    generator = np.random.default_rng(seed)
    return [
        np.asarray(array * (1 + MOVE * generator.uniform(-1, 1, array.shape))).astype(array.dtype)
        if array.dtype.kind == "f"
        else array
        for array in inputs
    ]


def _choosing(graph: Graph) -> dict[tuple[str, str], Node]:
    """The operators that choose, by kind and name, without those that read what another one chose."""
    chosen: set[Value] = set()
    nodes = {}
    for node in graph.nodes:
        kind = str(node.attributes.get("op_type", node.kind))
        if any(value in chosen for value in node.operands):
            chosen.update(node.outputs)
        elif kind in _CHOOSING:
            nodes[kind, node.name] = node
            chosen.update(node.outputs)
    return nodes
