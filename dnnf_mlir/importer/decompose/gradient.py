"""Gradient (domain ai.onnx.preview.training): the graph from ``xs`` and ``zs`` to ``y``, walked backwards."""

from collections.abc import Collection, Iterable, Sequence

from onnx import NodeProto, TensorProto, helper

from .builder import Composite
from .derivatives import DERIVATIVES, Step, zero_like
from .training import TRAINING_DOMAIN

_FLOATS = frozenset([TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16])


def depending(nodes: Sequence[NodeProto], names: Collection[str], y: str) -> list[NodeProto]:
    """The nodes, in order, that ``y`` is computed by from one of ``names``; what gives one of these is none of them."""
    reached, behind = set(names), []
    for node in nodes:
        if reached.intersection(node.input) and not set(names).intersection(node.output):
            reached.update(node.output)
            behind.append(node)
    wanted, found = {y}, []
    for node in reversed(behind):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            found.append(node)
    return found[::-1]


def differentiate(c: Composite, nodes: Sequence[NodeProto], y: str, xs: Sequence[str]) -> None:
    """Adds the derivatives of ``y``, or of the sum of its elements, by each of ``xs``: the results of ``c.node``.

    ``nodes`` are those that ``y`` is computed by from ``xs``. Raises NotImplementedError for one without a derivative.
    """
    one = c.scalar(1, y)
    gradients: dict[str, str] = {y: c.op("Expand", one, c.op("Shape", y, start=0))}
    for node in reversed(nodes):
        gradient = gradients.get(node.output[0]) if node.output[0] else None
        if any(name in gradients for name in node.output[1:]):
            raise NotImplementedError(f"'{node.name}' ({node.op_type}), of another result than the first")
        if gradient is None:
            continue
        for operand, part in zip(node.input, _parts(c, node, gradient), strict=False):
            if part is not None and operand and c.types[operand].elem_type in _FLOATS:
                before = gradients.get(operand)
                gradients[operand] = part if before is None else c.op("Add", before, part)
    for output, x in zip(c.node.output, xs, strict=False):
        if output:
            c.op("Identity", gradients.get(x) or zero_like(c, x), output=output)


def _parts(c: Composite, node: NodeProto, gradient: str) -> Sequence[str | None]:
    if node.domain or node.op_type not in DERIVATIVES:
        raise NotImplementedError(f"'{node.name}' ({node.op_type})")
    return DERIVATIVES[node.op_type](Step(c, node, gradient))


def independent_values(nodes: Iterable[NodeProto]) -> frozenset[str]:
    """The values that some Gradient among the nodes differentiates by."""
    gradients = (node for node in nodes if (node.domain, node.op_type) == (TRAINING_DOMAIN, "Gradient"))
    return frozenset(name for node in gradients for names in names_of(node)[:2] for name in names)


def names_of(node: NodeProto) -> tuple[list[str], list[str], str]:
    """The values that a Gradient calls xs and zs, and y."""
    attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    xs, zs = ([name.decode() for name in attributes.get(key, [])] for key in ("xs", "zs"))
    return xs, zs, attributes["y"].decode()
