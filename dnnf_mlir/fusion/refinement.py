"""Whether the reshapes of a block are index maps: all its shapes must be groupings of one list of dimensions."""

from collections.abc import Sequence

from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.size import quotient
from dnnf_mlir.kernels.families import Family, family_of

Factors = list[tuple[int, ...]]
"""For each dimension of a value the sizes it is split into, outermost first; () for a dimension of size 1."""


def unrefinable(nodes: Sequence[Node]) -> Node | None:
    """A reshape that splits dimensions across each other, such as [4, 6] -> [3, 8]; None when all are index maps.

    The dimensions of all values are refined together: through [3, 4] -> [12] -> [4, 3] no element-wise operator can
    be computed with one loop nest.
    """
    factors: dict[Value, Factors] = {}
    for node in nodes:
        for value in (*node.operands, *node.outputs):
            factors.setdefault(value, [(size,) if size != 1 else () for size in value.type.shape])
    changed = True
    while changed:
        changed = False
        for node in nodes:
            before = [factors[value] for value in (*node.operands, *node.outputs)]
            if not _refine(node, factors):
                return node
            changed |= before != [factors[value] for value in (*node.operands, *node.outputs)]
    return None


def _refine(node: Node, factors: dict[Value, Factors]) -> bool:
    match family_of(node):
        case Family.REORGANIZE:
            return _refine_reshape(node.input(0), node.output, factors)
        case Family.PERMUTATION:
            pairs = [(source, i) for i, source in enumerate(node.attributes["perm"])]
            return _refine_pairs(node.input(0), node.output, pairs, factors)
        case Family.ELEMENTWISE | Family.EXPAND:
            return all(_refine_broadcast(value, node.output, factors) for value in node.operands)
    return True


def _refine_broadcast(value: Value, result: Value, factors: dict[Value, Factors]) -> bool:
    offset = result.type.rank - value.type.rank
    pairs = [
        (i, i + offset)
        for i, size in enumerate(value.type.shape)
        if i + offset >= 0 and size == result.type.shape[i + offset]
    ]
    return _refine_pairs(value, result, pairs, factors)


def _refine_pairs(a: Value, b: Value, pairs: list[tuple[int, int]], factors: dict[Value, Factors]) -> bool:
    """Gives the paired dimensions of ``a`` and ``b`` the same factors."""
    left, right = list(factors[a]), list(factors[b])
    for i, j in pairs:
        if left[i] == right[j]:
            continue
        common = _common(left[i], right[j])
        if common is None:
            return False
        left[i] = right[j] = common
    factors[a], factors[b] = left, right
    return True


def _refine_reshape(a: Value, b: Value, factors: dict[Value, Factors]) -> bool:
    flat_a = tuple(factor for dimension in factors[a] for factor in dimension)
    flat_b = tuple(factor for dimension in factors[b] for factor in dimension)
    if flat_a == flat_b:
        return True
    common = _common(flat_a, flat_b)
    if common is None:
        return False
    factors[a], factors[b] = _regroup(common, a), _regroup(common, b)
    return True


def _common(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...] | None:
    """The coarsest factors that refine both, None when their cumulative products do not nest."""
    result: list[int] = []
    rest_a, rest_b = list(reversed(a)), list(reversed(b))
    while rest_a and rest_b:
        x, y = rest_a.pop(), rest_b.pop()
        if x == 0 or y == 0:
            return None
        if (rest := quotient(y, x)) is not None:
            result.append(x)
            rest_b.extend([rest] if rest != 1 else [])
        elif (rest := quotient(x, y)) is not None:
            result.append(y)
            rest_a.append(rest)
        else:
            return None
    return None if rest_a or rest_b else tuple(result)  # sizes that the module compares may remain


def _regroup(flat: tuple[int, ...], value: Value) -> Factors:
    """The flat factors dealt out to the value's dimensions, which they refine."""
    result: Factors = []
    position = 0
    for size in value.type.shape:
        start, product = position, 1
        while product != size:
            product *= flat[position]
            position += 1
        result.append(flat[start:position])
    return result
