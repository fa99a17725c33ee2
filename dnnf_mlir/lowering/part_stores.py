"""Which kernels can write a result into a part of a larger tensor: a Concat's result."""

from dnnf_mlir.graph.ecg import Block, Value
from dnnf_mlir.graph.in_place import Part
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.graph.views import is_reshape
from dnnf_mlir.kernels.nest.layout import is_part
from dnnf_mlir.lowering.api import OUTSIDE, is_composed
from dnnf_mlir.targets import VectorUnit

from .kernel_form import stored_layout


def part_reason(vector: VectorUnit, block: Block, value: Value, part: Part) -> str | None:
    """Why the block's kernel, on a machine with this vector unit, cannot write ``value`` into the part.

    None when it can.
    """
    if is_dynamic(part.concat.output.type.shape[part.axis]):
        return "the parts have free extents"
    others = [other for other in block.outputs(()) if other is not value]
    if any(other in part.concat.operands for other in others):
        return f"two of its operands are results of one kernel, that of {block.name}"
    layout = stored_layout(block, value, vector)
    if isinstance(layout, str):
        return layout
    if layout is None:
        return "a kernel that stores several results computes " + value.name if others else _linalg_reason(value, part)
    if not is_part(layout, part.axis, part.concat.output.type.shape[part.axis], part.start):
        return f"{value.name} is stored permuted, across the axis"
    return None


def _linalg_reason(value: Value, part: Part) -> str | None:
    """IREE writes the result of an element-wise operation or index map where it is told to, and stores it once."""
    producer = value.producer
    if producer is None or is_reshape(producer) or producer.op in OUTSIDE or not is_composed(producer):
        return f"the kernel of {value.name} stores whole tensors only"
    if any(user is not part.concat for user in value.users):
        return f"{value.name} is also read elsewhere"
    return None
