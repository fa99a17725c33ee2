"""Compares arrays that a compiled module computed with those of the reference, by output and by block."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from dnnf_mlir.graph.ecg import Block, Graph, Node, Value
from dnnf_mlir.graph.size import symbols_of
from dnnf_mlir.graph.specialize import solved

from .choices import steady_deviations
from .difference import Deviation, deviations, difference
from .reference import EvaluationError, evaluate_values
from .trial import Sample

RELATIVE_TOLERANCE = 1e-3
"""Of the largest magnitude in a tensor: far above what another order of f32 sums changes, far below a wrong element."""

NARROW_TOLERANCE = 5e-2
"""The same for a graph that computes in 16 bits, whose rounding errors add up from layer to layer."""

ROUNDING_NOISE = 0.1
"""Distance from the reference, relative to its length, that a quantised model may have: numbers beside a half round the
other way when sums are in another order, and each later layer passes that on. ONNX Runtime with and without its
optimisations is 0.03 apart on a quantised TinyBERT; wrong kernels are about 1 off."""

FLIPPED_FRACTION = 0.01
"""Share of the elements (at least two) that may round the other way in one block."""

_QUANTIZING = frozenset({"QuantizeLinear", "DynamicQuantizeLinear"})

_RANDOM = frozenset(
    {"Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"}
)


def wrong_results(case: Sample, found: Sequence[np.ndarray]) -> list[Deviation]:
    """The outputs of a function that a module computed wrongly; those of a quantised one as a whole, not by element."""
    graph, expected = case.graph, case.expected()
    values, arrays = list(graph.outputs), list(found)
    if rounds(graph.nodes):
        pairs = list(zip(values, arrays, strict=True))
        pairs = [(value, array) for value, array in pairs if not _noise(expected[value], array) <= ROUNDING_NOISE]
        values, arrays = [value for value, _ in pairs], [array for _, array in pairs]
    return wrong_values(graph, case.inputs, values, arrays, expected=expected) if values else []


def wrong_values(
    graph: Graph,
    inputs: Sequence[np.ndarray],
    values: Sequence[Value],
    found: Sequence[np.ndarray],
    dims: Mapping[str, int] | None = None,
    expected: dict[Value, np.ndarray] | None = None,
) -> list[Deviation]:
    """The values that a module computed wrongly, in the order given; ``found`` are its arrays, ``dims`` known sizes.

    ``expected`` are the reference's in single precision, where they are known already.

    A difference from the reference in single precision is confirmed in double precision: where a model cancels digits
    (a variance as E[x^2] - E[x]^2), it is the reference that is off. Raises EvaluationError.
    """
    tolerance = _tolerance(graph)
    if expected is None:
        expected = evaluate_values(graph, inputs, values, dims=dims)
    suspects = deviations(expected, values, found, tolerance)
    if all(is_drawn(each.value) for each in suspects):
        return []
    try:
        exact = evaluate_values(graph, inputs, values, float64=True, dims=dims)
    except EvaluationError:
        confirmed = suspects
    else:
        confirmed = deviations(exact, values, found, tolerance)
    return [each for each in confirmed if not is_drawn(each.value)]


def wrong_blocks(
    graph: Graph, inputs: Sequence[np.ndarray], found: Mapping[Value, np.ndarray]
) -> list[tuple[Block, Deviation]]:
    """The blocks that compute wrongly from what they were given; ``found`` are all blocks' results in a module.

    Each block is evaluated on the module's own values: no block passes an error on to the next. One that the reference
    does not compute from these (an index outside, because a block before it is wrong) is not judged.
    """
    known = {**dict(zip(graph.inputs, inputs, strict=True)), **found}
    dims: dict[str, int] = {}
    for value, array in known.items():
        solved(value.type.shape, array.shape, dims)
    wrong = []
    for block in graph.blocks:
        read = [value for value in block.inputs if not value.is_constant]
        results = block.outputs(graph.outputs)
        part = Graph(read, results, block.nodes, [block])
        given, own = [known[value] for value in read], [known[value] for value in results]
        told = {name: size for name, size in dims.items() if name not in _determined(block)}
        with contextlib.suppress(EvaluationError):
            suspects = wrong_values(part, given, results, own, told)
            if suspects and rounds(block.nodes):
                expected = evaluate_values(part, given, results, dims=told)
                if any(map(_rounds_states, block.nodes)):
                    # A number that rounds the other way is passed on by all later steps.
                    suspects = [each for each in suspects if not _is_noise(expected[each.value], found[each.value])]
                    suspects = steady_deviations(part, given, suspects) if suspects else []
                suspects = [each for each in suspects if not _is_flipped(expected[each.value], found[each.value])]
            wrong += [(block, each) for each in suspects]
    return wrong


def _determined(block: Block) -> set[str]:
    """The sizes that the block's own operators find."""
    found: set[str] = set()
    for node in block.nodes:
        if node.op.is_opaque:
            new, old = (
                {name for value in values for size in value.type.shape for name in symbols_of(size)}
                for values in (node.outputs, node.operands)
            )
            found |= new - old
    return found


def rewriting_deviations(imported: Graph, rewritten: Graph, inputs: Sequence[np.ndarray]) -> list[Deviation]:
    """The outputs that rewriting changed, in double precision: there, elements that compare as equal are."""
    before = evaluate_values(imported, inputs, imported.outputs, float64=True)
    after = evaluate_values(rewritten, inputs, rewritten.outputs, float64=True)
    found = [after[value] for value in rewritten.outputs]
    return deviations(before, imported.outputs, found, _tolerance(imported))


def rounds(nodes: Iterable[Node]) -> bool:
    """Whether numbers are rounded, as quantised models do: what differs in the last digit can then differ by a step."""
    return any(
        node.kind == "round"
        or node.attributes.get("op_type") in _QUANTIZING
        or _rounds_states(node)
        or (node.body is not None and rounds(node.body.nodes))
        for node in nodes
    )


def _rounds_states(node: Node) -> bool:
    """Whether a recurrent layer rounds its state: its weights then have scales."""
    return node.kind == "recurrence" and node.inputs[-1] is not None


def _is_noise(expected: np.ndarray, found: np.ndarray) -> bool:
    return _noise(expected, found) <= ROUNDING_NOISE


def _noise(expected: np.ndarray, found: np.ndarray) -> float:
    """Euclidean distance relative to the length of ``expected``; the share of unequal elements for indices.

    Integers of 8 bits are rounded numbers: a tie decided differently is one step.
    """
    wide, other = expected.astype(np.float64), found.astype(np.float64)
    is_exact = expected.dtype.kind == "b" or (expected.dtype.kind in "iu" and expected.dtype.itemsize > 1)
    if is_exact or expected.shape != found.shape or not np.array_equal(np.isfinite(wide), np.isfinite(other)):
        return difference(expected, found)
    finite = np.isfinite(wide)
    length = float(np.linalg.norm(wide[finite]))
    apart = float(np.linalg.norm(wide[finite] - other[finite]))
    return apart / length if length > 0 else apart


def _is_flipped(expected: np.ndarray, found: np.ndarray) -> bool:
    """Whether no more elements differ than may round the other way."""
    wide, other = expected.astype(np.float64), found.astype(np.float64)
    scale = float(np.abs(wide).max(initial=0.0))
    differing = int(np.count_nonzero(~(np.abs(wide - other) <= RELATIVE_TOLERANCE * scale)))
    return bool(np.isfinite(other).all()) and differing <= max(2, FLIPPED_FRACTION * expected.size)


def is_drawn(value: Value) -> bool:
    """Whether the value depends on random numbers of the model's own, which every run draws anew."""
    pending, seen = [value.producer], set()
    while pending:
        node = pending.pop()
        if node is not None and node not in seen:
            if _draws(node):
                return True
            seen.add(node)
            pending.extend(node.predecessors())
    return False


def _draws(node: Node) -> bool:
    """Whether the operator, or one in its body, draws random numbers."""
    inside = () if node.body is None else node.body.nodes
    return node.attributes.get("op_type") in _RANDOM or _drops(node) or any(map(_draws, inside))


def _drops(node: Node) -> bool:
    """Whether elements may be dropped by chance: Dropout with an input that says whether it trains."""
    return node.attributes.get("op_type") == "Dropout" and len(node.operands) > 2


def _tolerance(graph: Graph) -> float:
    values = (value for node in graph.nodes for value in node.outputs)
    return NARROW_TOLERANCE if any(value.type.dtype in ("f16", "bf16") for value in values) else RELATIVE_TOLERANCE


def probe(graph: Graph) -> Graph:
    """The same graph with every block's results as outputs."""
    values = [value for block in graph.blocks for value in block.outputs(graph.outputs)]
    outputs = list(dict.fromkeys(values))
    return Graph(
        graph.inputs,
        outputs,
        graph.nodes,
        graph.blocks,
        graph.name,
        graph.input_names,
        [f"value{i}" for i in range(len(outputs))],
    )
