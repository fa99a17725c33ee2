"""Small builders of tensor operations; sizes may be free."""

from collections.abc import Sequence
from math import prod

from dnnf_mlir.bindings.iree import flow, ir, linalg, tensor
from dnnf_mlir.emit.sizes import dynamic, mixed, shape_of, static
from dnnf_mlir.errors import DynamicSizeError
from dnnf_mlir.graph.size import is_dynamic, quotient

from .types import constant, element_of

DYNAMIC = -(1 << 63)


def empty(shape: Sequence[int], element: ir.Type) -> ir.Value:
    """A tensor whose elements are not set."""
    return tensor.EmptyOp(mixed(shape), element).result


def filled(shape: Sequence[int], element: ir.Type, number: float | int) -> ir.Value:
    """A tensor with every element equal to ``number``."""
    return linalg.fill(constant(element, number), outs=[empty(shape, element)])


def reshape(value: ir.Value, shape: Sequence[int], *, outside: bool = False) -> ir.Value:
    """The same elements in row-major order: at most one ``collapse_shape`` and one ``expand_shape``.

    ``outside`` of all dispatches, tensors with free sizes are given the other shape as a whole.
    """
    source = shape_of(value)
    target = tuple(shape)
    if source == target:
        return value
    if any(map(is_dynamic, (*source, *target))) and outside:
        type_ = ir.RankedTensorType.get(static(target), element_of(value.type))
        return flow.TensorReshapeOp(type_, value, dynamic(source), dynamic(target)).result
    middle = _coarsest(source, target)
    return _expand(_collapse(value, source, middle), middle, target)


def _coarsest(a: Sequence[int], b: Sequence[int]) -> tuple[int, ...]:
    """The finest shape that both shapes collapse to."""
    if 0 in a:
        return (0,)
    middle = []
    i = j = 0
    while i < len(a) and j < len(b):
        left, right = a[i], b[j]
        i, j = i + 1, j + 1
        while left != right:
            if quotient(right, left) is not None and i < len(a):
                left, i = left * a[i], i + 1
            elif quotient(left, right) is not None and j < len(b):
                right, j = right * b[j], j + 1
            elif is_dynamic(left) or is_dynamic(right):
                raise DynamicSizeError(f"a reshape of {tuple(a)} to {tuple(b)} inside a dispatch")
            elif left < right:
                left, i = left * a[i], i + 1
            else:
                right, j = right * b[j], j + 1
        middle.append(left)
    return tuple(middle)


def _groups(fine: Sequence[int], coarse: Sequence[int]) -> list[list[int]]:
    """Which dimensions of ``fine`` make up each dimension of ``coarse``; unit dimensions go to a neighbour."""
    if 0 in fine:
        return [list(range(len(fine)))]
    groups: list[list[int]] = []
    position = 0
    for extent in coarse:
        group: list[int] = []
        while position < len(fine) and (not group or prod(fine[i] for i in group) != extent):
            group.append(position)
            position += 1
        groups.append(group)
    if groups:
        groups[-1].extend(range(position, len(fine)))
    return groups


def _reassociation(groups: Sequence[Sequence[int]]) -> ir.ArrayAttr:
    index = ir.IntegerType.get_signless(64)
    return ir.ArrayAttr.get([ir.ArrayAttr.get([ir.IntegerAttr.get(index, i) for i in group]) for group in groups])


def _collapse(value: ir.Value, source: Sequence[int], target: Sequence[int]) -> ir.Value:
    if tuple(source) == tuple(target):
        return value
    type_ = ir.RankedTensorType.get(static(target), element_of(value.type))
    return tensor.CollapseShapeOp(type_, value, _reassociation(_groups(source, target))).result


def _expand(value: ir.Value, source: Sequence[int], target: Sequence[int]) -> ir.Value:
    if tuple(source) == tuple(target):
        return value
    type_ = ir.RankedTensorType.get(static(target), element_of(value.type))
    groups = _reassociation(_groups(target, source))
    return tensor.ExpandShapeOp(type_, value, groups, dynamic(target), static(target)).result


def extract_slice(
    value: ir.Value, offsets: Sequence[int], sizes: Sequence[int], strides: Sequence[int] | None = None
) -> ir.Value:
    """The sub-tensor; strides default to 1 and are positive."""
    steps = list(strides or [1] * len(sizes))
    if tuple(sizes) == shape_of(value) and not any(offsets) and all(step == 1 for step in steps):
        return value
    type_ = ir.RankedTensorType.get(static(sizes), element_of(value.type))
    return tensor.ExtractSliceOp(
        type_, value, dynamic(offsets), dynamic(sizes), [], static(offsets), static(sizes), steps
    ).result


def insert_slice(value: ir.Value, into: ir.Value, offsets: Sequence[int]) -> ir.Value:
    """``into`` with ``value`` at ``offsets``."""
    sizes = list(shape_of(value))
    return tensor.InsertSliceOp(
        value, into, dynamic(offsets), dynamic(sizes), [], static(offsets), static(sizes), [1] * len(sizes)
    ).result


def pad(value: ir.Value, low: Sequence[int], high: Sequence[int], number: float | int) -> ir.Value:
    """``value`` with a border of ``number``; negative widths crop."""
    source = shape_of(value)
    value = extract_slice(
        value,
        [max(0, -width) for width in low],
        [extent + min(0, a) + min(0, b) for extent, a, b in zip(source, low, high, strict=True)],
    )
    below, above = [max(0, width) for width in low], [max(0, width) for width in high]
    if not any((*below, *above)):
        return value
    source = shape_of(value)
    element = element_of(value.type)
    shape = [extent + a + b for extent, a, b in zip(source, below, above, strict=True)]
    op = tensor.PadOp(ir.RankedTensorType.get(static(shape), element), value, [], [], below, above)
    index = ir.IndexType.get()
    block = op.regions[0].blocks.append(*([index] * len(shape)), arg_locs=[ir.Location.unknown()] * len(shape))
    with ir.InsertionPoint(block):
        tensor.YieldOp(constant(element, number))
    return op.result
