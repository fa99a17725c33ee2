"""Opaque nodes (``dnnf.onnx_node``): the lowerings registered here, else torch-mlir's for that node alone.

A lowering here sees run-time values where a class of the dialect wants attributes: axes, bounds and counts that are
inputs of the model. The shapes of the results are known but for counts, which the lowering determines.
"""

from collections.abc import Callable
from typing import TypeAlias

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.dialect_defs.structure import OnnxNodeOperation
from dnnf_mlir.emit import shapes
from dnnf_mlir.emit.types import element_type
from dnnf_mlir.errors import UnsupportedModelError
from dnnf_mlir.graph.ecg import Node
from dnnf_mlir.lowering.api import Region, checked, outside

from .checks import CHECKING_THEMSELVES, require_declared_shapes
from .node import OpaqueNode
from .run_time_shapes import COUNTING_THEMSELVES, determine_sizes
from .torch_fallback import lower_by_torch

OpaqueLowering: TypeAlias = Callable[[OpaqueNode], list[ir.Value] | None]
"""node -> a tensor per present result, made outside all dispatches; None where it does not cover this form."""

_LOWERINGS: dict[str, OpaqueLowering] = {}


def opaque(*op_types: str) -> Callable[[OpaqueLowering], OpaqueLowering]:
    """Registers the lowering of ONNX operators of the default domain."""

    def register(function: OpaqueLowering) -> OpaqueLowering:
        _LOWERINGS.update(dict.fromkeys(op_types, function))
        return function

    return register


def opaque_operators() -> frozenset[str]:
    """The ONNX operators that have a lowering here."""
    return frozenset(_LOWERINGS)


@outside(OnnxNodeOperation)
def _lower(region: Region, node: Node) -> list[ir.Value]:
    found = OpaqueNode(region, node)
    region.lowering.checked.add(node)
    if not found.proto.domain:
        with region.outside(), region.location:
            results = _lower_here(found)
        if results is not None:
            return results
    tensors = [region.materialize_before(value) for value in node.data_inputs]
    with region.outside(), region.location:
        try:
            return lower_by_torch(region.lowering, node, found.proto, tensors)
        except UnsupportedModelError as error:
            region.lowering.missing.append(str(error))
            return [shapes.empty(value.type.shape, element_type(value.type.dtype)) for value in node.outputs]


@checked(OnnxNodeOperation)
def _check(region: Region, node: Node) -> None:
    found = OpaqueNode(region, node)
    if not found.proto.domain:
        with region.outside(), region.location:
            _lower_here(found, only_checks=True)


def _lower_here(found: OpaqueNode, *, only_checks: bool = False) -> list[ir.Value] | None:
    """The registered lowering. ONNX's checker leaves ranks and counts of many operators unchecked: they show here."""
    try:
        require_declared_shapes(found)
        lowering = _LOWERINGS.get(found.proto.op_type)
        if lowering is None or (only_checks and found.proto.op_type not in CHECKING_THEMSELVES):
            return None
        if found.proto.op_type not in COUNTING_THEMSELVES:
            determine_sizes(found)
        return lowering(found)
    except (ValueError, IndexError, KeyError) as error:
        node = f"node '{found.node.name}' ({found.proto.op_type})"
        raise UnsupportedModelError(f"{node}: its operands, attributes and results do not fit: {error}") from error
