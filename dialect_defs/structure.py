"""Operations that are no ONNX operators of their own: constants, the fused block, and opaque nodes."""

import itertools
from typing import Any

from google.protobuf import json_format
from onnx import NodeProto

from dnnf_mlir.bindings.mlir import ext, ir
from dnnf_mlir.graph.attributes import String
from dnnf_mlir.graph.from_mlir import TERMINATOR
from dnnf_mlir.graph.operator import MappingType, OnnxCall, Signature

from .dialect import Dnnf, Tensor
from .several import several_operands, several_results
from .without_class import mapping_without_class


class Constant(Dnnf.Operation, name="constant", traits=[ext.Pure]):
    """A tensor known at compile time: ``value`` is a dense or dense_resource attribute of the result's type."""

    value: Any
    result: ext.Result[Tensor]


class OnnxNodeOperation(several_results(several_operands()), name="onnx_node"):
    """An ONNX node without a class of its own: operator, domain, and its NodeProto in protobuf's JSON form.

    The operands are the inputs that are present. It takes no part in rewriting and is lowered by itself.
    """

    op_type: String
    domain: String
    node_attributes: String

    onnx_name = None
    default_mapping = MappingType.MANY_TO_MANY
    is_opaque = True

    @classmethod
    def mapping_type(cls, signature: Signature) -> MappingType:
        """The operator's type by the table; Many-to-Many for other domains, so that nothing is fused with it."""
        return mapping_without_class(signature.attributes["op_type"], signature.attributes["domain"])

    @classmethod
    def to_onnx(cls, signature: Signature) -> OnnxCall:
        node = json_format.Parse(signature.attributes["node_attributes"], NodeProto())
        operands = itertools.count()
        return OnnxCall(
            node.op_type,
            tuple(next(operands) if name else None for name in node.input),
            {attribute.name: attribute for attribute in node.attribute},
            node.domain,
            tuple(bool(name) for name in node.output),
        )


class Fusion(several_results(Dnnf.Operation), name="fusion"):
    """One fused block: compiled to one kernel.

    ``anchor`` names the dominant operator (``dnnf.conv``), empty for blocks of element-wise and data movement
    operators. The region reads values from outside directly; it ends in ``vector.yield`` with the block's results.
    """

    anchor: String
    body: ext.Region

    @staticmethod
    def verify_invariants(op: ir.OpView) -> bool:
        """MLIR's verifier: also checks the region."""
        problem = _fusion_problem(op)
        if problem is not None:
            op.location.emit_error(f"'dnnf.fusion' {problem}")
        return problem is None


def _fusion_problem(op: ir.OpView) -> str | None:
    region = op.regions[0]
    if len(region.blocks) != 1:
        return f"needs exactly one block in its region, has {len(region.blocks)}"
    block = region.blocks[0]
    if len(block.arguments) > 0:
        return "has region arguments; its operations read values from outside directly"
    operations = list(block.operations)
    if not operations or operations[-1].operation.name != TERMINATOR:
        return f"region must end in {TERMINATOR}"
    if [value.type for value in operations[-1].operands] != [result.type for result in op.results]:
        return "yields values whose types differ from its results"
    return None
