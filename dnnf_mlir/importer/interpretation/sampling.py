"""What a node requires of the dynamic dimensions, and that the model is looked at with sizes that meet it."""

from collections.abc import Mapping
from typing import cast

import numpy as np
from onnx import NodeProto, TensorProto, helper

from dnnf_mlir.dialect_defs import operators_by_onnx_name
from dnnf_mlir.dialect_defs.reorganize import ReorganizeOperator
from dnnf_mlir.graph.representatives import fitting
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.graph.size_relations import Requirements
from dnnf_mlir.importer.shapes.value_type import ValueType

from .context import Interpretation, OtherSizes


def meet(ctx: Interpretation, required: Requirements) -> None:
    """Begins anew where a node requires what is not so yet at the sizes that the model is looked at.

    Raises OtherSizes with the dimensions that equal others, or else with representative sizes.
    """
    if equal := required.equations():
        raise OtherSizes(equal, {})
    if chosen := fitting([*ctx.state.requirements.values(), *cast("list[int]", required.sizes)]):
        raise OtherSizes({}, chosen)


def with_equal_sizes(ctx: Interpretation, node: NodeProto, required: Requirements) -> bool:
    """Takes in a node whose operands have equal sizes that are different expressions; False where there are none.

    ::

        Add(x: (n + 15) // 16, y: 2 * ((n + 31) // 32))
        -->
        Add(x, Reshape(y, [(n + 15) // 16]))      # the module checks that both are equal
    """
    op = operators_by_onnx_name().get(node.op_type)
    if not required.equal or (op is not None and issubclass(op, ReorganizeOperator)):
        return False
    simpler = {max(pair, key=_complexity): min(pair, key=_complexity) for pair in required.equal}
    before = list(node.input)
    for position, name in enumerate(before):
        if name in ctx.state.sizes:
            node.input[position] = _listed(ctx, name, simpler, f"{node.name}/{position}")
            continue
        shape = ctx.state.types[name].shape if name else ()
        sizes = [simpler.get(size, size) for size in shape]
        if sizes != list(shape):
            node.input[position] = _reshaped(ctx, name, sizes, f"{node.name}/{position}")
    if list(node.input) == before:
        return False
    ctx.require_non_negative(node, cast("list[int]", required.sizes))
    ctx.step(ctx, node)
    return True


def _listed(ctx: Interpretation, name: str, simpler: Mapping[int, int], label: str) -> str:
    """The sizes that a node reads, each as the simpler one that it equals; the same name where that changes none."""
    listed = ctx.state.sizes[name]
    sizes = np.array([simpler.get(size, size) for size in listed.flat], object).reshape(listed.shape)
    if all(a == b for a, b in zip(sizes.flat, listed.flat, strict=True)):
        return name
    ctx.add_sizes(f"{label}/simpler", sizes, ctx.state.types[name])
    return f"{label}/simpler"


def _complexity(size: int) -> tuple[bool, int, str]:
    return is_dynamic(size), len(str(size)), str(size)


def _reshaped(ctx: Interpretation, name: str, sizes: list[int], label: str) -> str:
    """The tensor with these sizes, which are its own when the model runs."""
    listed = np.empty(len(sizes), object)
    listed[:] = sizes
    ctx.add_sizes(f"{label}/sizes", listed, ValueType(TensorProto.INT64, (len(sizes),)))
    node = helper.make_node("Reshape", [name, f"{label}/sizes"], [f"{label}/equal"], f"{label}/equal", allowzero=1)
    ctx.step(ctx, node)
    return f"{label}/equal"
