"""The plan for people and scripts: plan.json's content, and a remark for each edge."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from dnnf_mlir.fusion.cost.model import Comparison
from dnnf_mlir.fusion.profile.choice import VariantChoice
from dnnf_mlir.graph.ecg import Block, Graph
from dnnf_mlir.graph.in_place import InPlace
from dnnf_mlir.graph.views import is_reshape
from dnnf_mlir.kernels.nest.problem import LINALG

from .horizontal import HorizontalDecision
from .planner import EdgeDecision, Plan

PLAIN = "plain"
"""The form of a block that iree-compile refused in another one."""


def remarks(decisions: Mapping[str, Any]) -> Iterator[str]:
    """One line for each edge, for siblings that read the same tensor, for measured kernels: what was decided, and why.

    ``decisions`` is plan.json's content, or the part of it that :func:`decisions_json` gives.
    """
    for edge in decisions["edges"]:
        line = f"{edge['from']} -> {edge['to']}: {edge['decision']}: {edge['reason']}"
        first, second = edge["types"]
        asked = edge["reason"].startswith("Table 3")
        yield line if asked else f"{line} [Table 3 ({first}, {second}): {edge['verdict']}]"
    for siblings in decisions["siblings"]:
        yield f"{' | '.join(siblings['anchors'])}: {siblings['decision']}: {siblings['reason']}"
    yield from plain_blocks(decisions.get("blocks", ()))
    for block in decisions.get("blocks", ()):
        for variant in block.get("variants", ()):
            yield f"{variant['anchor']}: {variant['variant']}: {variant['reason']}"


def plain_blocks(blocks: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """One line for each of plan.json's blocks, those of loops included, that has the plain form."""
    for block in blocks:
        if block["form"] == PLAIN:
            yield f"{', '.join(block['operators'])}: compiled as plain loops, which are slow: {block['reason']}"
        yield from plain_blocks(block.get("body", ()))


def decisions_json(plan: Plan) -> dict[str, Any]:
    """plan.json's ``edges`` and ``siblings``."""
    return {
        "edges": [_edge_json(edge) for edge in plan.edges],
        "siblings": [_siblings_json(siblings) for siblings in plan.siblings],
    }


def plan_json(
    graph: Graph,
    plan: Plan,
    *,
    model: str,
    target: str,
    operators: int,
    kernels: int,
    rewrites: Mapping[str, int] | None = None,
    has_kernel_form: Callable[[Block], bool] = lambda _: False,
    in_place: InPlace | None = None,
    variants: Mapping[str, VariantChoice] | None = None,
    plain_reason: Callable[[Block], str | None] = lambda _: None,
) -> dict[str, Any]:
    """plan.json's content.

    ``graph`` is the planned graph, ``operators`` counts those of the imported model, ``kernels`` is the number of
    dispatches that the compiled module executes, ``rewrites`` counts the applications of each algebraic rule,
    ``has_kernel_form`` says which blocks can take the kernel form, ``in_place`` which Concats are no kernels,
    ``variants`` how the kernels of anchors (by name) were chosen by measurements, ``plain_reason`` why a block has the
    plain form. Intermediate bytes are those of the
    values between operators before fusion, between blocks after it. A loop is one operator: the blocks of its body,
    which each iteration executes, are the ``body`` of its block.
    """
    in_place = in_place or InPlace()
    return {
        "model": model,
        "target": target,
        "operators": operators,
        "operators_after_rewriting": len(graph.nodes),
        "kernels": kernels,
        "intermediate_bytes_before": sum(
            value.type.bytes for node in graph.nodes for value in node.outputs if value.users
        ),
        "intermediate_bytes_after": bytes_between(graph, plan.blocks, in_place),
        "rewrites": dict(rewrites or {}),
        "blocks": _blocks_json(plan.blocks, has_kernel_form, in_place, variants or {}, plain_reason),
        **decisions_json(plan),
    }


def _blocks_json(
    blocks: Sequence[Block],
    has_kernel_form: Callable[[Block], bool],
    in_place: InPlace,
    variants: Mapping[str, VariantChoice],
    plain_reason: Callable[[Block], str | None],
) -> list[dict[str, Any]]:
    result = []
    for number, block in enumerate(blocks):
        body = block.nodes[0].body  # a loop is a block of its own
        blocks_inside = [] if body is None else body.blocks
        inside = _blocks_json(blocks_inside, has_kernel_form, in_place, variants, plain_reason)
        plain = plain_reason(block)
        result.append(
            {
                "id": number,
                "mapping_type": block.mapping.value,
                "operators": [node.name for node in block.nodes],
                "anchor": block.anchor.name if block.anchor is not None else None,
                "form": PLAIN if plain is not None else _form(block, has_kernel_form, in_place, variants),
                "layout": _layout(block),
                **_concat_json(block, in_place),
                **_variants_json(block, variants),
                **({} if plain is None else {"reason": plain}),
                **({} if body is None else {"body": inside}),
            }
        )
    return result


def _form(
    block: Block,
    has_kernel_form: Callable[[Block], bool],
    in_place: InPlace,
    variants: Mapping[str, VariantChoice],
) -> str:
    """The form of the block's code; ``linalg`` also where measurements prefer it to the kernel."""
    if block.nodes[0] in in_place.joined:
        return "in place"
    chosen = {variants[node.name].variant for node in block.nodes if node.name in variants}
    return "kernel" if str(LINALG) not in chosen and has_kernel_form(block) else "linalg"


def _concat_json(block: Block, in_place: InPlace) -> dict[str, Any]:
    """Why a Concat is a kernel or none, and which Concats' results a block writes into."""
    reasons = [in_place.reasons[node] for node in block.nodes if node in in_place.reasons]
    parts = [part for node in block.nodes for value in node.outputs for part in in_place.parts.get(value, ())]
    writes = [{"concat": part.concat.name, "axis": part.axis, "start": part.start} for part in parts]
    return {**({"reason": reasons[0]} if reasons else {}), **({"writes_into": writes} if writes else {})}


def _variants_json(block: Block, variants: Mapping[str, VariantChoice]) -> dict[str, Any]:
    """Which variants of the block's kernels were chosen, where they were measured."""
    chosen = [
        {"anchor": node.name, "variant": choice.variant, "reason": choice.reason}
        for node in block.nodes
        if (choice := variants.get(node.name)) is not None
    ]
    return {"variants": chosen} if chosen else {}


def _siblings_json(siblings: HorizontalDecision) -> dict[str, Any]:
    result: dict[str, Any] = {
        "source": siblings.source,
        "anchors": list(siblings.anchors),
        "decision": siblings.decision,
        "reason": siblings.reason,
    }
    return result | _seconds(siblings.comparison)


def _edge_json(edge: EdgeDecision) -> dict[str, Any]:
    result: dict[str, Any] = {
        "from": edge.producer,
        "to": edge.consumer,
        "types": [mapping.value for mapping in edge.types],
        "verdict": edge.verdict.value,
        "decision": edge.decision,
        "ir_removable": edge.removable,
        "reason": edge.reason,
    }
    return result | _seconds(edge.comparison)


def _seconds(comparison: Comparison | None) -> dict[str, Any]:
    """The costs that decided, where they did."""
    if comparison is None:
        return {}
    origin = "measured" if comparison.measured else "estimated"
    return {"seconds": {"fused": comparison.fused, "separate": comparison.separate, "origin": origin}}


def bytes_between(graph: Graph, blocks: Sequence[Block], in_place: InPlace | None = None) -> int:
    """Bytes of all values that one block computes and another reads.

    A reshape alone gives a view, no bytes; what only a Concat in place reads lies in its result.
    """
    joined = frozenset() if in_place is None else in_place.joined
    block_of = {node: block for block in blocks for node in block.nodes}
    views = {block for block in blocks if all(is_reshape(node) for node in block.nodes)}
    return sum(
        value.type.bytes
        for node in graph.nodes
        if block_of[node] not in views
        for value in node.outputs
        if any(block_of[user] is not block_of[node] and user not in joined for user in value.users)
    )


def _layout(block: Block) -> str:
    """``channels_first`` or ``channels_last`` where an operator of the block has a layout, else ``row_major``."""
    layouts = [node.attributes["layout"] for node in block.nodes if "layout" in node.attributes]
    if block.anchor is not None and "layout" in block.anchor.attributes:
        return str(block.anchor.attributes["layout"])
    return str(layouts[0]) if layouts else "row_major"
