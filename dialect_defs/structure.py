"""Operations that are no ONNX operators of their own: constants, the fused block, and carried ONNX nodes."""

from collections.abc import Sequence
from typing import Any

from dnnf_mlir.mlir import ext, ir

from .dialect import Dnnf, Operator, Signature, String
from .mapping import MappingType


class Constant(Dnnf.Operation, name="constant"):
    """A tensor known at compile time: ``value`` is a dense or dense_resource attribute of the result's type."""

    value: Any
    result: ext.Result[Any]


class OnnxNodeOperation(Operator, name="onnx_node"):
    """An ONNX node without a class of its own: operator, domain, and the serialised NodeProto's attributes as JSON.

    It takes no part in rewriting and is lowered by itself.
    """

    operands_: Sequence[ext.Operand[Any]]
    results_: Sequence[ext.Result[Any]]
    op_type: String
    domain: String
    node_attributes: String

    default_mapping = MappingType.MANY_TO_MANY

    @classmethod
    def mapping_type(cls, signature: Signature) -> MappingType:
        """Most complex type: nothing is known about the operator, so that nothing is fused with it."""
        return cls.default_mapping


class Fusion(Dnnf.Operation, name="fusion"):
    """One fused block: compiled to one kernel.

    ``anchor`` names the dominant operator (``dnnf.conv``), empty for blocks of element-wise and data movement
    operators. The region's arguments are the operands; it ends in ``dnnf.yield`` with the block's results.
    """

    operands_: Sequence[ext.Operand[Any]]
    results_: Sequence[ext.Result[Any]]
    anchor: String
    body: ext.Region

    @staticmethod
    def verify_invariants(op: ir.OpView) -> bool:
        problem = _fusion_problem(op)
        if problem is not None:
            op.location.emit_error(f"'dnnf.fusion' {problem}")
        return problem is None


class Yield(Dnnf.Operation, name="yield", traits=[ir.IsTerminatorTrait]):
    """Ends a fused block with its results."""

    operands_: Sequence[ext.Operand[Any]]


def _fusion_problem(op: ir.OpView) -> str | None:
    region = op.regions[0]
    if len(region.blocks) != 1:
        return f"needs exactly one block in its region, has {len(region.blocks)}"
    block = region.blocks[0]
    expected = [operand.type for operand in op.operands]
    if [argument.type for argument in block.arguments] != expected:
        return f"region arguments must have the operands' types ({', '.join(map(str, expected))})"
    operations = list(block.operations)
    if not operations or operations[-1].operation.name != "dnnf.yield":
        return "region must end in dnnf.yield"
    if [value.type for value in operations[-1].operands] != [result.type for result in op.results]:
        return "yields values whose types differ from its results"
    return None
