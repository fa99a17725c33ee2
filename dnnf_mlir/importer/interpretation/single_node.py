"""The general way of a node: infer the types of its results, remove it, fold it, or keep it."""

from collections.abc import Mapping

import numpy as np
from onnx import NodeProto, defs

from dnnf_mlir.dialect_defs import operators_by_onnx_name
from dnnf_mlir.dialect_defs.dialect import NotStatic
from dnnf_mlir.dialect_defs.spatial import SpatialOperator
from dnnf_mlir.errors import InvalidModelError
from dnnf_mlir.graph.operator import Signature
from dnnf_mlir.graph.size import REPRESENTATIVE, has_data_dependent
from dnnf_mlir.importer.graphs import describe, subgraphs
from dnnf_mlir.importer.shapes.description import completed, described
from dnnf_mlir.importer.shapes.dynamic import representative_values
from dnnf_mlir.importer.shapes.folding import fold, is_no_operation, shape_value
from dnnf_mlir.importer.shapes.value_type import ValueType

from .context import Interpretation
from .data_dependent import with_new_sizes
from .dynamic import Results, for_all_sizes, is_dynamic_node, require_other_sizes


def infer(ctx: Interpretation, node: NodeProto, schema: defs.OpSchema) -> None:
    """Takes in a node that nothing else takes the place of."""
    dynamic = is_dynamic_node(ctx, node)
    try:
        inferred = _inferred(ctx, node, schema)
    except InvalidModelError as error:
        if not dynamic:
            raise
        require_other_sizes(ctx, node, schema)
        ctx.refuse(node, f"cannot be compiled for sizes like {REPRESENTATIVE}: {error}")
        return
    is_constant = all(name in ctx.state.constants for name in node.input if name)
    if None in inferred.values() and not is_constant and with_new_sizes(ctx, node):
        return
    results = for_all_sizes(ctx, node, inferred) if dynamic else inferred
    if results is None or _removed(ctx, node, results) or _folded(ctx, node, schema, results):
        return
    types = {output: result for output, result in results.items() if result is not None}
    if len(types) < len(results):
        ctx.refuse(node, _reason(ctx, node, [output for output in results if output not in types]))
    else:
        _check_window(ctx, node, types)
        ctx.keep(node, types)


def _check_window(ctx: Interpretation, node: NodeProto, types: Mapping[str, ValueType]) -> None:
    """Raises InvalidModelError for a window that does not fit, which ONNX's inference gives some size."""
    op = operators_by_onnx_name().get(node.op_type)
    if node.domain or op is None or not issubclass(op, SpatialOperator):
        return
    described_node = described(node, {**ctx.state.types, **types}, ctx.state.constants, ctx.name)
    try:
        imported = completed(op, op.from_onnx(described_node))
    except NotStatic:
        return
    operands = tuple(None if i is None else described_node.input_types[i] for i in imported.operands)
    reason = op.problem(Signature(operands, described_node.output_types, imported.attributes))
    if reason is not None:
        raise InvalidModelError(f"{ctx.name}: {describe(node)}: {reason}")


def _inferred(ctx: Interpretation, node: NodeProto, schema: defs.OpSchema) -> Results:
    """The types of the results at representative sizes; data-dependent sizes are compared with declared ones later."""
    state = ctx.state
    known: Mapping[str, np.ndarray] = state.constants
    if sizes := {
        name: representative_values(state.sizes[name], state.types[name].elem_type)
        for name in node.input
        if name in state.sizes
    }:
        known = state.constants | sizes
    counted = any(has_data_dependent(size) for name in node.input if name for size in state.types[name].shape)
    return ctx.inference.results(node, schema, state.types, state.type_protos, known, is_final=not counted)


def _removed(ctx: Interpretation, node: NodeProto, results: Results) -> bool:
    """Whether the node has no effect: its result is then another name of its operand."""
    state = ctx.state
    if not node.input or not node.input[0] or node.domain or node.output[0] in ctx.outputs:
        return False
    if node.output[0] in ctx.inference.assumed:
        return False  # the module checks that it has no effect
    result = results.get(node.output[0])
    training: np.ndarray | None = np.array(False)
    if node.op_type == "Dropout" and len(node.input) > 2 and node.input[2]:
        training = state.constants.get(node.input[2])
    if result is None or not is_no_operation(node, state.types[node.input[0]], result, training):
        return False
    state.aliases[node.output[0]] = node.input[0]
    state.counts.no_operations += 1
    return True


def _folded(ctx: Interpretation, node: NodeProto, schema: defs.OpSchema, results: Results) -> bool:
    """Whether the results are constants now."""
    state = ctx.state
    if node.op_type in ("Shape", "Size") and node.domain == "":
        values: list[np.ndarray] | None = [shape_value(node, state.types[node.input[0]])]
    elif (
        not node.input
        or node.domain
        or schema.non_deterministic  # type: ignore[attr-defined]
        or any(subgraphs(node))
        or any(name and name not in state.constants for name in node.input)
    ):
        return False
    else:
        # A weight that is shared and, say, transposed by every layer stays shared.
        key = _without_names(node)
        values = ctx.folded.get(key)
        if values is None:
            arrays = [state.constants.get(name) for name in node.input]
            values = fold(node, arrays, [results.get(output) for output in node.output], ctx.fold_limit_bytes)
        if values is not None:
            ctx.folded[key] = values
    if values is None:
        return False
    for output, array in zip(node.output, values, strict=False):
        if output:
            ctx.add_constant(output, array)
    state.counts.folded += 1
    return True


def _without_names(node: NodeProto) -> bytes:
    """What `node` computes from its inputs, whatever the node and its results are called."""
    key = NodeProto(op_type=node.op_type, domain=node.domain, input=node.input, attribute=node.attribute)
    key.output.extend("1" if output else "" for output in node.output)
    return bytes(key.SerializeToString(deterministic=True))


def _reason(ctx: Interpretation, node: NodeProto, missing: list[str]) -> str:
    runtime = [name for name in node.input if name and name not in ctx.state.constants]
    return (
        f"the shape of '{', '.join(missing)}' depends on the values of {', '.join(runtime) or 'its inputs'}; "
        "make these constant, or give the result a static shape"
    )
