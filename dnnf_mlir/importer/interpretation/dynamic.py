"""Nodes on dynamic dimensions: results that are sizes themselves, and types of results for all sizes."""

import contextlib
from collections.abc import Container, Sequence
from typing import cast

import numpy as np
from onnx import NodeProto, TensorProto, TypeProto, checker, defs, helper, numpy_helper, shape_inference

from dnnf_mlir.dialect_defs import operators_by_onnx_name
from dnnf_mlir.dialect_defs.dialect import Mismatch, NotStatic
from dnnf_mlir.errors import DataDependentSizeError, DynamicSizeError
from dnnf_mlir.graph.size import representative
from dnnf_mlir.graph.size_relations import requirements
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.importer.shapes.description import described
from dnnf_mlir.importer.shapes.dynamic import SHAPED_BY, Sizes, evaluate_sizes, result_types, sizes_of
from dnnf_mlir.importer.shapes.value_type import ValueType

from .context import Interpretation
from .data_dependent import compare_with_declared, with_new_sizes
from .sampling import meet, with_equal_sizes
from .size_tensors import as_tensor

Results = dict[str, ValueType | None]
"""Output -> its type, None where it is not known."""


def is_dynamic_node(ctx: Interpretation, node: NodeProto) -> bool:
    """Whether a shape or a value that the node reads depends on dynamic dimensions."""
    names = [name for name in node.input if name]
    return any(not ctx.state.types[name].is_static or name in ctx.state.sizes for name in names)


def for_all_sizes(ctx: Interpretation, node: NodeProto, results: Results) -> Results | None:
    """The types of the results for all sizes, from those for representative sizes; None if the node is taken in."""
    with requirements(ctx.decisions, ctx.undecided) as required:
        try:
            is_calculated = _calculated(ctx, node, results)
            inferred = [] if is_calculated else class_types(ctx, node, results)
            meet(ctx, required)
            if not is_calculated and with_equal_sizes(ctx, node, required):
                return None
            types = {} if is_calculated else _types(ctx, node, results, inferred)
        except (Mismatch, NotStatic, DynamicSizeError, TypeError) as reason:
            if not with_new_sizes(ctx, node):
                ctx.refuse(node, f"cannot be compiled for all sizes: {reason}")
            return None
    ctx.require_non_negative(node, cast("list[int]", required.sizes))
    if is_calculated:
        return None
    compare_with_declared(ctx, node, types)
    return types


def filled(ctx: Interpretation, node: NodeProto) -> bool:
    """Replaces a ConstantOfShape whose shape depends on dynamic dimensions by an Expand of its value."""
    if node.input[0] not in ctx.state.sizes:
        return False
    value = next((numpy_helper.to_array(a.t) for a in node.attribute if a.name == "value"), np.zeros(1, np.float32))
    ctx.add_constant(f"{node.name}/value", value.reshape(()))
    inputs = [f"{node.name}/value", node.input[0]]
    ctx.interpret([helper.make_node("Expand", inputs, list(node.output), node.name)])
    return True


def _calculated(ctx: Interpretation, node: NodeProto, results: Results) -> bool:
    """Whether the results are expressions of the dynamic dimensions, because all operands are."""
    state = ctx.state
    if node.op_type in ("Shape", "Size") and node.domain == "":
        values: Sizes | list[Sizes] | None = sizes_of(node, state.types[node.input[0]].shape)
    elif all(not name or name in state.sizes or name in state.constants for name in node.input):
        if any(name in state.sizes for name in node.input[SHAPED_BY.get(node.op_type, len(node.input)) :]):
            return False
        try:
            given = [state.sizes.get(name, state.constants.get(name)) for name in node.input]
            first = results[node.output[0]]
            values = evaluate_sizes(node, given, TensorProto.INT64 if first is None else first.elem_type)
        except (DataDependentSizeError, TypeError):
            return False  # the module computes it
    else:
        return False
    if values is None:
        return False
    for output, array in zip(node.output, values if isinstance(values, list) else [values], strict=True):
        result = results[output]
        if result is None or result.shape != array.shape:
            raise TypeError(f"its result is {result}, not of shape {array.shape}")
        ctx.add_sizes(output, array, result)
    state.counts.folded += 1
    return True


def class_types(ctx: Interpretation, node: NodeProto, results: Results) -> list[TensorType]:
    """The types of the results by the operator's class; of ``results`` element types and ranks count."""
    state = ctx.state
    op = operators_by_onnx_name().get(node.op_type) if node.domain in ("", "ai.onnx") else None
    if None in results.values():
        raise TypeError("the shapes of its results are not known")
    types = {name: state.types[name] for name in node.input if name}
    types |= {name: result for name, result in results.items() if result is not None}
    values = {i: state.sizes[name] for i, name in enumerate(node.input) if name in state.sizes}
    return result_types(op, described(node, types, state.constants, ctx.name), values)


def require_other_sizes(ctx: Interpretation, node: NodeProto, schema: defs.OpSchema) -> None:
    """Begins anew, with equal dimensions or other representative sizes, where a node needs them.

    ONNX's inference refused the node at the present representative sizes. Raises OtherSizes, or does nothing.
    """
    results = _results_of_any_size(ctx, node, schema)
    with requirements(ctx.decisions, ctx.undecided) as required:
        # What is required, if anything, is noted before the operator turns out not to fit.
        with contextlib.suppress(Mismatch, NotStatic, DynamicSizeError, TypeError, ValueError, IndexError):
            class_types(ctx, node, results)
        meet(ctx, required)


def _results_of_any_size(ctx: Interpretation, node: NodeProto, schema: defs.OpSchema) -> Results:
    """The element types and ranks of the results, with sizes of 1.

    Where ONNX's inference does not tell them, the first input's: shape functions do not look at them.
    """
    types = {}
    for name in filter(None, node.input):
        type_ = ctx.state.types[name]
        sizes = [f"{name}.{i}" for i in range(len(type_.shape))]
        types[name] = helper.make_tensor_type_proto(type_.elem_type, sizes)
    imports = [helper.make_opsetid(domain, version) for domain, version in ctx.opsets.items()]
    try:
        inferred = shape_inference.infer_node_outputs(schema, node, types, opset_imports=imports)
    except (shape_inference.InferenceError, checker.ValidationError, RuntimeError, ValueError):
        inferred = {}
    results: Results = {}
    for name in filter(None, node.output):
        tensor = inferred.get(name, TypeProto()).tensor_type
        known = tensor.elem_type and tensor.HasField("shape")
        rank = len(tensor.shape.dim) if known else len(ctx.state.types[node.input[0]].shape)
        elem_type = tensor.elem_type or ctx.state.types[node.input[0]].elem_type
        results[name] = ValueType(elem_type, (1,) * rank)
    return results


def _types(ctx: Interpretation, node: NodeProto, results: Results, inferred: Sequence[TensorType]) -> Results:
    """The types of the results for all sizes; what a kept node reads of sizes becomes tensors."""
    types: Results = {name: _shaped(results[name], type_.shape) for name, type_ in zip(results, inferred, strict=True)}
    if any(name in ctx.state.sizes for name in node.input):
        read = _read(ctx, node, types)
        for position, name in enumerate(node.input):
            if name in ctx.state.sizes and position in read:
                node.input[position] = as_tensor(ctx, name)
    return types


def _read(ctx: Interpretation, node: NodeProto, results: Results) -> Container[int | None]:
    """The inputs whose elements the node reads: the operands of its class, all inputs if it has none."""
    op = operators_by_onnx_name().get(node.op_type) if node.domain in ("", "ai.onnx") else None
    every = range(len(node.input))
    if op is None:
        return every
    types = {name: type_ for name, type_ in (ctx.state.types | results).items() if type_ is not None}
    try:
        return op.from_onnx(described(node, types, ctx.state.constants, ctx.name)).operands
    except NotStatic:
        return every


def _shaped(result: ValueType | None, shape: tuple[int, ...]) -> ValueType:
    """The type with a shape that must agree with it for representative sizes."""
    if result is None or result.shape != tuple(map(representative, shape)):
        raise TypeError(f"the shape {shape} does not agree with {result}")
    return ValueType(result.elem_type, shape)
