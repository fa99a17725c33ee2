"""Nodes that compute the same become one, as the Cast and the Unsqueeze of a mask that every layer repeats::

a = Cast<to=1>(mask)    b = Cast<to=1>(mask)    Add(x, a)    Add(z, b)
-->
a = Cast<to=1>(mask)                            Add(x, a)    Add(z, a)
"""

from collections.abc import Mapping, Sequence

from onnx import NodeProto, defs

from dnnf_mlir.importer.graphs import subgraphs
from dnnf_mlir.importer.shapes.value_type import ValueType

from .context import Interpretation

_LARGEST_COMPARED = 1 << 10
"""Bytes of constants that are compared by their elements; of larger ones only the same are equal."""

_DRAWING = frozenset(["Bernoulli", "Dropout", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform"])


def share(ctx: Interpretation, node: NodeProto, schema: defs.OpSchema, types: Mapping[str, ValueType]) -> bool:
    """Whether an earlier node computes the results already: they become other names of that node's.

    Equal are operator, attributes, operands and the types of the results. Results of the graph keep their names, and
    shapes that only the model's declarations tell belong to one node.
    """
    if node.domain or any(subgraphs(node)) or node.op_type in _DRAWING or schema.non_deterministic:  # type: ignore[attr-defined]
        return False
    if not ctx.outputs.isdisjoint(types) or not ctx.inference.assumed.isdisjoint(types):
        return False
    key = (without_names(node, ()), *(_operand(ctx, name) for name in node.input))
    earlier = ctx.state.computed.setdefault(key, tuple(node.output))
    pairs = [(output, before) for output, before in zip(node.output, earlier, strict=True) if output]
    if earlier == tuple(node.output) or any(ctx.state.types[before] != types[output] for output, before in pairs):
        return False
    ctx.state.aliases.update(pairs)
    ctx.state.counts.no_operations += 1
    return True


def without_names(node: NodeProto, inputs: Sequence[str]) -> bytes:
    """What `node` computes from these inputs, whatever the node and its results are called."""
    key = NodeProto(op_type=node.op_type, domain=node.domain, input=inputs, attribute=node.attribute)
    key.output.extend("1" if output else "" for output in node.output)
    return bytes(key.SerializeToString(deterministic=True))


def _operand(ctx: Interpretation, name: str) -> object:
    """What tells an operand from others: its name, of a constant its elements."""
    array = ctx.state.constants.get(name)
    if array is None:
        return name
    return (array.dtype.str, array.shape, array.tobytes()) if array.nbytes <= _LARGEST_COMPARED else id(array)
