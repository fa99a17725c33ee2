"""Nodes of the dialect's own operators, which decompositions write: their classes tell the shapes of the results."""

from onnx import NodeProto

from dnnf_mlir.dialect_defs.dialect import Mismatch, ShapeOperands
from dnnf_mlir.dialect_defs.many_to_many.recurrence import Recurrence
from dnnf_mlir.errors import InvalidModelError
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.graph.size_relations import require_equal, requirements
from dnnf_mlir.importer.graphs import describe
from dnnf_mlir.importer.shapes.value_type import ValueType

from .context import Interpretation
from .sampling import meet
from .size_tensors import as_tensor


def keep_own(ctx: Interpretation, node: NodeProto) -> None:
    """Keeps a ``Recurrence``; the module checks dynamic sizes that must be equal. InvalidModelError for other sizes."""
    for i, name in enumerate(node.input):
        if name in ctx.state.sizes:
            node.input[i] = as_tensor(ctx, name)
    shapes = [ctx.state.types[name].shape if name else None for name in node.input]
    kind = next(attribute.s.decode() for attribute in node.attribute if attribute.name == "kind")
    operands = ShapeOperands(node.op_type, shapes, {}, {}, len(node.output))
    try:
        expected = Recurrence.operand_shapes(kind, operands.shape(0), operands.shape(1))
    except Mismatch as problem:
        raise InvalidModelError(f"{ctx.name}: {describe(node)}: {problem}") from problem
    for name, shape, wanted in zip(node.input, shapes, expected, strict=False):
        if shape is not None:
            _require(ctx, node, name, shape, wanted)
    elem_type = ctx.state.types[node.input[0]].elem_type
    ctx.keep(
        node,
        {
            name: ValueType(elem_type, shape)
            for name, shape in zip(node.output, Recurrence.shape(operands), strict=True)
        },
    )


def _require(ctx: Interpretation, node: NodeProto, name: str, shape: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    different = [(a, b) for a, b in zip(shape, wanted, strict=False) if a != b]
    if len(shape) != len(wanted) or not all(is_dynamic(a) or is_dynamic(b) for a, b in different):
        sizes = " x ".join(map(str, wanted))
        raise InvalidModelError(
            f"{ctx.name}: {describe(node)}: '{name}' is {ctx.state.types[name]}, but must be of {sizes} elements"
        )
    with requirements(ctx.decisions, ctx.undecided) as required:
        for a, b in different:
            require_equal(a, b)
    meet(ctx, required)
    for a, b in different:
        ctx.require_equal(node, a, b)
