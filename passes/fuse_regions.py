"""fuse-regions: the fusion plan (paper, Listing 1) written into the IR as ``dnnf.fusion`` regions.

::

    %1 = "dnnf.conv"(%0, %w) {..}
    %2 = "dnnf.relu"(%1)
    -->
    %2 = "dnnf.fusion"() ({
      %c = "dnnf.conv"(%0, %w) {..}
      %r = "dnnf.relu"(%c)
      "vector.yield"(%r)
    }) {anchor = "dnnf.conv", dnnf.mapping = #dnnf.mapping<"many_to_many">}
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dnnf_mlir.bindings.mlir import ir
from dnnf_mlir.dialect_defs.dialect import MappingAttribute
from dnnf_mlir.dialect_defs.several import RESULT_LIMIT
from dnnf_mlir.fusion.capabilities import Capabilities, capabilities_of
from dnnf_mlir.fusion.cost.model import Profile
from dnnf_mlir.fusion.planner import Plan, one_block_per_operator, plan
from dnnf_mlir.fusion.report import decisions_json, remarks
from dnnf_mlir.graph.ecg import Block, Graph, Value
from dnnf_mlir.graph.from_mlir import TERMINATOR, operands_of, read_graph
from dnnf_mlir.graph.representatives import meeting
from dnnf_mlir.graph.to_mlir import segments
from dnnf_mlir.targets import get_target

from .base import Pass, graph_holders


@dataclass(frozen=True)
class FuseRegions(Pass):
    """Plans every function for ``target`` and wraps each block, single operators too, in a ``dnnf.fusion``.

    ``remarks`` prints on stderr for each edge why it was fused or not; ``single`` leaves every operator alone.
    """

    name = "dnnf-fuse-regions"

    target: str = "host"
    remarks: bool = False
    single: bool = False

    def run(self, module: ir.Operation) -> None:
        capabilities = capabilities_of(get_target(self.target))
        fuse_functions(module, capabilities, single=self.single, on_plan=self._print if self.remarks else None)

    def _print(self, graph: Graph, found: Plan) -> None:
        for line in remarks(decisions_json(found)):
            sys.stderr.write(f"{line}\n")


def fuse_functions(
    module: ir.Operation,
    capabilities: Capabilities,
    *,
    rejected: frozenset[frozenset[str]] = frozenset(),
    single: bool = False,
    profile: Profile | None = None,
    on_plan: Callable[[Graph, Plan], None] | None = None,
) -> None:
    """Plans and fuses every function of a module, and first the bodies of the loops in it, in place.

    ``rejected`` are sets of node names that the back end could not compile as one block, ``profile`` is what was
    measured before. ``on_plan`` gets each graph with its plan; a function's comes after those of its loops.
    """
    with module.context, ir.Location.unknown():
        for holder in graph_holders(module):
            graph = read_graph(holder)
            with meeting(graph.requirements.values()):
                found = one_block_per_operator(graph) if single else plan(graph, capabilities, rejected, profile)
            _wrap_blocks(holder, graph, found.blocks)
            if on_plan is not None:
                on_plan(graph, found)


def _wrap_blocks(holder: Any, graph: Graph, blocks: list[Block]) -> None:
    """Moves the operations of each block into a region; blocks come in topological order."""
    body = holder.regions[0].blocks[0]
    terminator = body.operations[len(body.operations) - 1]
    current: dict[Value, ir.Value] = dict(zip(graph.inputs, body.arguments, strict=True))
    for node in graph.nodes:
        for value, operand in zip(node.inputs, operands_of(node.operation), strict=True):
            if value is not None and value.producer is None and operand is not None:
                current.setdefault(value, operand)
    for value, operand in zip(graph.outputs, terminator.operands, strict=True):
        current.setdefault(value, operand)
    for block in blocks:
        _wrap(block, graph.outputs, current, terminator)
    for position, value in enumerate(graph.outputs):
        terminator.operands[position] = current[value]


def _wrap(block: Block, graph_outputs: list[Value], current: dict[Value, ir.Value], terminator: Any) -> None:
    outputs = block.outputs(graph_outputs)
    results = {value: node.operation.results[i] for node in block.nodes for i, value in enumerate(node.outputs)}
    fusion = ir.Operation.create(
        "dnnf.fusion",
        results=[results[value].type for value in outputs],
        attributes={
            "anchor": ir.StringAttr.get(block.anchor.op.OPERATION_NAME if block.anchor else ""),
            "dnnf.mapping": MappingAttribute.get(ir.StringAttr.get(block.mapping.value)),
            "resultSegmentSizes": segments(len(outputs), RESULT_LIMIT),
        },
        regions=1,
        loc=ir.Location.name(block.name),
        ip=ir.InsertionPoint(terminator),
    )
    body = ir.Block.create_at_start(fusion.regions[0], [])
    ending = ir.Operation.create(
        TERMINATOR,
        operands=[results[value] for value in outputs],
        ip=ir.InsertionPoint(body),
    )
    for node in block.nodes:
        operation = node.operation.operation
        operation.move_before(ending)
        for position, value in enumerate(node.operands):
            if value in current:
                operation.operands[position] = current[value]
    current.update(zip(outputs, fusion.results, strict=True))
