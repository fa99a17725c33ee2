"""One step of the interpretation: what happens with a node, by its operator."""

from collections.abc import Callable, Mapping

from onnx import AttributeProto, NodeProto, defs

from dnnf_mlir.importer.decompose.functions import LOCAL_DOMAIN
from dnnf_mlir.importer.graphs import used_values
from dnnf_mlir.importer.read.attribute_values import check_attribute_values
from dnnf_mlir.importer.read.tensors import TensorReader, constant_value

from .branches import branch
from .concatenation import pad_operands
from .context import Interpretation
from .dynamic import filled
from .iterations import loop, scan, unroll
from .own import keep_own
from .replacement import contributed, replaced
from .single_node import infer

Handler = Callable[[Interpretation, NodeProto], bool]
"""Takes in a node; False where the node goes on the general way."""

FIRST: Mapping[str, Handler] = {
    "Concat": pad_operands,
    "If": branch,
    "Loop": loop,
    "Scan": scan,
    "SequenceMap": unroll,
}
"""Operator of ONNX's own domain -> what is done first."""

BEFORE_INFERENCE: Mapping[str, Handler] = {"ConstantOfShape": filled}
"""Operator of ONNX's own domain -> what is done when nothing takes the node's place."""


def step(ctx: Interpretation, node: NodeProto) -> None:
    """Takes in a node, which may be changed."""
    if node.op_type == "Constant":
        ctx.add_constant(node.output[0], constant_value(node, TensorReader(ctx.name)))
        return
    if not all(map(ctx.state.has, used_values(node))):
        return  # after a node that is refused already
    if node.domain == LOCAL_DOMAIN:
        keep_own(ctx, node)
        return
    if contributed(ctx, node) or _handled(FIRST, ctx, node):
        return
    schema = ctx.schema(node)
    _write_defaults(node, schema)
    check_attribute_values(node, ctx.name)
    if not replaced(ctx, node, schema) and not _handled(BEFORE_INFERENCE, ctx, node):
        infer(ctx, node, schema)


def _handled(handlers: Mapping[str, Handler], ctx: Interpretation, node: NodeProto) -> bool:
    return not node.domain and node.op_type in handlers and handlers[node.op_type](ctx, node)


_DEFAULTS: dict[tuple[str, str, int], list[AttributeProto]] = {}


def _write_defaults(node: NodeProto, schema: defs.OpSchema) -> None:
    """Adds the attributes that `node` leaves out and that have a default, so that nobody needs to know it."""
    key = (schema.domain, schema.name, schema.since_version)
    if key not in _DEFAULTS:
        _DEFAULTS[key] = [
            attribute.default_value for attribute in schema.attributes.values() if attribute.default_value.name
        ]
    present = {attribute.name for attribute in node.attribute}
    node.attribute.extend(attribute for attribute in _DEFAULTS[key] if attribute.name not in present)
