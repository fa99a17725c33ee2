"""Nodes whose results have data-dependent shapes: new symbols for their sizes, compared with declared ones."""

from collections.abc import Mapping

from onnx import NodeProto, TensorProto, TypeProto

from dnnf_mlir.errors import InvalidModelError
from dnnf_mlir.graph.size import has_data_dependent, is_dynamic
from dnnf_mlir.importer.graphs import describe
from dnnf_mlir.importer.shapes.data_dependent import Counting, counted_types, is_up_to, listed_shape
from dnnf_mlir.importer.shapes.value_type import ValueType, declared_shape

from .context import Interpretation
from .element_sizes import as_sizes
from .size_tensors import as_tensor

_SHAPE_OPERANDS = {"ConstantOfShape": 0, "Expand": 1, "Reshape": 1, "Tile": 1, "Resize": 3}
"""Operator -> the input that lists the sizes of its result."""


def with_new_sizes(ctx: Interpretation, node: NodeProto) -> bool:
    """Takes in a node whose results get new symbols for their data-dependent sizes; False for a form not covered."""
    state, before = ctx.state, set(ctx.state.places)
    shape_operand = -1 if node.domain else _SHAPE_OPERANDS.get(node.op_type, -1)
    listed = node.input[shape_operand] if -1 < shape_operand < len(node.input) else ""
    if listed and (state.types[listed].elem_type != TensorProto.INT64 or not state.types[listed].is_static):
        return False
    if listed in state.sizes and not (node.op_type == "Expand" and any(map(has_data_dependent, state.sizes[listed]))):
        return False  # what does not fit with these sizes does not fit with others
    if listed and listed not in state.sizes and node.op_type in ("ConstantOfShape", "Expand"):
        ctx.add_sizes(f"{listed}/sizes", as_sizes(ctx, listed), state.types[listed])
        node.input[shape_operand] = f"{listed}/sizes"
        ctx.step(ctx, node)
        return True
    try:
        types = _types(ctx, node, listed)
    except (IndexError, ValueError) as error:
        raise InvalidModelError(f"{ctx.name}: {describe(node)}: its inputs do not fit: {error}") from error
    if types is None:
        return False
    for position, name in enumerate(node.input):
        if name in state.sizes:
            node.input[position] = as_tensor(ctx, name)
    results = {output: result for output, result in zip(node.output, types, strict=False) if output}
    for output, result in results.items():
        ctx.add_value(output, result)
    dynamic = {size for result in results.values() for size in result.shape if is_dynamic(size)}
    if len(dynamic) == 1 and dynamic.isdisjoint(before):
        state.determined[dynamic.pop()] = results
    compare_with_declared(ctx, node, results)
    ctx.keep(node)
    return True


def _types(ctx: Interpretation, node: NodeProto, listed: str) -> list[ValueType] | None:
    """The types of the results; ``listed`` is the input that lists a result's sizes, if there is one."""

    def equal(size: int, other: int) -> None:
        ctx.require_equal(node, size, other)

    counting = Counting(node, ctx.state.types, ctx.state.constants, ctx.new_size, equal)
    if listed:
        sizes = ctx.state.sizes[listed] if listed in ctx.state.sizes else as_sizes(ctx, listed)
        shape = listed_shape(counting, sizes.tolist())
        return None if shape is None else [ValueType(counting.type(0).elem_type, shape)]
    if is_up_to(counting):
        return [ValueType(TensorProto.INT64, (as_sizes(ctx, node.input[1]).item(),))]
    return counted_types(counting)


def compare_with_declared(ctx: Interpretation, node: NodeProto, results: Mapping[str, ValueType | None]) -> None:
    """Compares data-dependent sizes with those that the model declares: the next interpretation can begin with them.

    Where it cannot, the module checks them. A declared type that is wrong in any case is not looked at.
    """
    for output, result in results.items():
        proto = ctx.inference.declared.get(output, TypeProto())
        declared = declared_shape(proto)
        if result is None or declared is None or not any(map(has_data_dependent, result.shape)):
            continue
        pairs = [(a, b) for a, b in zip(result.shape, declared, strict=False) if b is not None and a != b]
        is_ranked = len(declared) == len(result.shape) and proto.tensor_type.elem_type in (0, result.elem_type)
        if not is_ranked or not all(has_data_dependent(size) for size, _ in pairs):
            ctx.inference.contradict(output)
            continue
        ctx.state.meets_declared_sizes |= bool(pairs)
        for size, expected in pairs:
            _learn(ctx, node, size, expected)


def _learn(ctx: Interpretation, node: NodeProto, size: int, expected: int) -> None:
    """A declared size holds where the data-dependent one was determined first, unless that was declared otherwise."""
    first = ctx.state.determined.get(size, {})
    if not first or not all(_is_open(ctx, name) for name in first):
        ctx.require_equal(node, size, expected)
        return
    for name, type_ in first.items():
        shape = tuple(expected if is_dynamic(part) else part for part in type_.shape)
        ctx.state.learned[name] = ValueType(0, shape)


def _is_open(ctx: Interpretation, name: str) -> bool:
    """Whether the model does not declare all sizes of a value."""
    declared = declared_shape(ctx.inference.declared.get(name, TypeProto()))
    return declared is None or None in declared
