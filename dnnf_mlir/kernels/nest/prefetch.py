"""Prefetching of what the inner loop of a kernel reads next.

Weights come from memory whenever a model runs: its other kernels have displaced them, and a core's own prefetchers are
slower than the arithmetic. ``memref.prefetch`` has no form on tensors (quirks.EARLY_BUFFERS).
What reaches the code generator whole is a microkernel in bitcode, which LLVM inlines: a single instruction is left::

    %step_1 = iree_codegen.ukernel.generic "dnnf_prefetch" ins(%weights) outs(%slot) (%position, %bytes, %step)
      ->  prefetcht0 8192(%rbx)

An operation whose result nobody reads is deleted, hence ``step``: it goes in as an operand and comes out as the result.
"""

import functools
from collections.abc import Sequence
from importlib.resources import files
from math import prod

from dnnf_mlir.bindings.iree import ir, tensor
from dnnf_mlir.emit.index import Index, linearize, value
from dnnf_mlir.emit.scalar import Scalar
from dnnf_mlir.emit.vectors import element_bytes
from dnnf_mlir.targets import VectorUnit

_CACHE_LINE_BYTES = 64
# Between two calls the rest of a model displaces what is larger than this part of the second-level cache.
_KEPT_PART = 4


def weights_ahead(packed: ir.Value, vector_unit: VectorUnit, row: Sequence[Index], step: Index) -> Index:
    """Asks for packed weights some steps behind [*row, step] and returns ``step``, which what follows must use.

    Rows of steps follow each other in memory, in the order in which they are read. Nothing is asked for where weights
    are so few that they stay in the second-level cache, or where steps are generated one by one.
    """
    type_ = ir.RankedTensorType(packed.type)
    size = element_bytes(type_.element_type)
    is_kept = prod(type_.shape) * size <= vector_unit.l2_bytes // _KEPT_PART
    if isinstance(step, int) or not vector_unit.prefetch_bytes or is_kept:
        return step
    position = linearize([*row, step, 0], type_.shape)
    for line in range(0, type_.shape[-1] * size, _CACHE_LINE_BYTES):
        behind = (vector_unit.prefetch_bytes + line) // size
        step = _prefetched(packed, position + behind, size, step)
    return step


def _prefetched(source: ir.Value, position: Index, bytes_: int, step: Index) -> Index:
    word = ir.IntegerType.get_signless(64)
    with ir.InsertionPoint.at_block_begin(_dispatch_block()):
        slot = tensor.EmptyOp([], word).result
    handed_on = ir.Operation.create(
        "iree_codegen.ukernel.generic",
        results=[slot.type],
        operands=[source, slot, value(position), value(bytes_), value(step)],
        attributes={
            "u_kernel_fn_name": ir.StringAttr.get("dnnf_prefetch"),
            "hal.executable.objects": ir.Attribute.parse(_bitcode()),
            "operandSegmentSizes": ir.DenseI32ArrayAttr.get([1, 1, 3]),
            "fn_def_attrs": ir.Attribute.parse("{hal.import.bitcode = true}"),
            "strided_dims": ir.Attribute.parse("[[], []]"),
        },
    ).result
    return Scalar(tensor.ExtractOp(handed_on, []).result, "i64").to("index")


def _dispatch_block() -> ir.Block:
    """The block of the whole kernel: memory that is made in a loop would not become a register."""
    block = ir.InsertionPoint.current.block
    while block.owner.name != "flow.dispatch.workgroups":
        block = block.owner.operation.block
    return block


@functools.cache
def _bitcode() -> str:
    data = files(__package__).joinpath("prefetch.bc").read_bytes()
    return (
        f'[#hal.executable.object<{{path = "prefetch.bc", data = dense<"0x{data.hex()}"> : vector<{len(data)}xi8>}}>]'
    )
