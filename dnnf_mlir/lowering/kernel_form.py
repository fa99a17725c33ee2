"""The kernel form of a block: one of the kernels of :data:`dnnf_mlir.kernels.api.KERNELS`, with what is fused.

A block that no kernel computes takes the linalg form.
"""

import importlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Protocol, TypeAlias, cast

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.graph.algorithms import descendants
from dnnf_mlir.graph.ecg import Block, Value
from dnnf_mlir.kernels.api import Candidate, Kernel, Match, Problem, Refusal, match
from dnnf_mlir.kernels.nest.around import Around, Store
from dnnf_mlir.kernels.nest.dispatch import Dispatch, emit_together
from dnnf_mlir.kernels.nest.layout import Layout
from dnnf_mlir.kernels.nest.problem import ANALYTIC, LINALG, Variant
from dnnf_mlir.kernels.nest.store_layout import store_layout
from dnnf_mlir.targets import VectorUnit

from .api import ModuleLowering
from .graph_lowering import BlockLowering

VariantChooser: TypeAlias = "Callable[[Block, Sequence[Value], Sequence[Variant]], Variant]"
"""Which of the variants a block takes, siblings one by one; the values are those that the function returns."""


class _Emitter(Protocol):
    def __call__(self, problem: Problem, around: Around, vector: VectorUnit) -> Dispatch: ...


def analytic(_: Block, __: Sequence[Value], ___: Sequence[Variant]) -> Variant:
    """Without measurements."""
    return ANALYTIC


def kernel_lowering(vector: VectorUnit, choose: VariantChooser = analytic) -> BlockLowering:
    """The kernel form for machines with such vector registers, for :func:`dnnf_mlir.lowering.lower`.

    ``choose`` says which variant each block takes.
    """

    def lower_block(block: Block, lowering: ModuleLowering) -> bool:
        returned = lowering.graph.outputs
        parts = block.parts()
        matches = [match_block(part, returned, vector) for part in parts]
        matched = [each for each in matches if isinstance(each, Match)]
        if len(matched) < len(parts):
            pieces = [each for part in parts for each in _apart(part)]
            if len(pieces) > 1:
                _lower_apart(pieces, lowering)
            return len(pieces) > 1
        results = [each.problem.in_order() for each in matched]
        alone = len(parts) == 1 and not any(lowering.parts(value) for value in results[0])
        chosen = [
            choose(part, returned, each.variants(vector, alone=alone))
            for part, each in zip(parts, matched, strict=True)
        ]
        if LINALG in chosen:
            return False
        with lowering.insertion_point, ir.Location.name(block.name):
            stores = [_stores(part, values, lowering) for part, values in zip(parts, results, strict=True)]
            kernels = [
                emitted(replace(each, problem=each.problem.with_variant(variant)), own, vector, lowering)
                for each, variant, own in zip(matched, chosen, stores, strict=True)
            ]
            tensors = emit_together(kernels)
        for own, given in zip(stores, tensors, strict=True):
            for (value, place), tensor in zip(own, given, strict=True):
                if place is None:
                    lowering.bind(value, tensor)
                else:
                    lowering.wrote(place, tensor)
        return True

    def _lower_apart(parts: Sequence[Block], lowering: ModuleLowering) -> None:
        """A kernel for each part, where one of them has no kernel form."""
        for part in parts:
            if not lower_block(part, lowering):
                lowering.lower_block(part)

    return lower_block


def match_block(part: Block, returned: Collection[Value], vector: VectorUnit | None = None) -> Match | Refusal:
    """The kernel of a block without siblings (on such a machine), or why it has none.

    ``returned`` are the values that the function returns.
    """
    return match(Candidate(part.nodes, returned, vector))


def has_kernel_form(block: Block, returned: Collection[Value], vector: VectorUnit) -> bool:
    """Whether the block, or each sibling in it, becomes a generated kernel; ``returned``: the function's results."""
    return all(isinstance(match_block(part, returned, vector), Match) for part in block.parts())


def block_variants(part: Block, returned: Sequence[Value], vector: VectorUnit) -> list[Variant]:
    """The variants of a block without siblings, or of one sibling, where it is alone; none without a kernel form."""
    matched = match_block(part, returned, vector)
    return matched.variants(vector, alone=True) if isinstance(matched, Match) else []


def emitted(matched: Match, stores: Sequence[Store], vector: VectorUnit, lowering: ModuleLowering) -> Dispatch:
    """The kernel of a block, which writes its results to ``stores``."""
    emit = _emitter(matched.kernel)
    return emit(matched.problem, Around(matched.problem, stores, lowering), vector)


def stored_layout(block: Block, value: Value, vector: VectorUnit) -> Layout | str | None:
    """How the block's kernel stores a result, or why that cannot be said; None for a block that has no kernel."""
    for part in block.parts():
        matched = match_block(part, (), vector)
        if isinstance(matched, Refusal) or value.producer not in part.nodes:
            continue
        problem = matched.problem
        if not problem.stores_parts:
            return f"the kernel of {value.name} stores whole tensors only"
        for number, stage in enumerate(problem.stages):
            if value in problem.results(number, problem.block.stored):
                chain = stage.view_chain(value)[1]
                return problem.layout or store_layout(stage.root.output.type.shape, chain)
    return None


def _emitter(kernel: Kernel) -> _Emitter:
    """The kernel's function ``emit``, in the module ``emit`` of its folder unless it names another."""
    package = type(kernel).__module__.rpartition(".")[0]
    return cast(_Emitter, importlib.import_module(kernel.emitter or f"{package}.emit").emit)


def _stores(block: Block, outputs: Sequence[Value], lowering: ModuleLowering) -> list[Store]:
    """What a kernel stores: each result where Concats want it, and as a tensor of its own where others read it."""
    stores: list[Store] = []
    for value in outputs:
        parts = lowering.parts(value)
        stores += [(value, part) for part in parts]
        stores += [(value, None)] if not parts or lowering.needs_tensor(value, block) else []
    return stores


def _apart(block: Block) -> list[Block]:
    """The block without siblings, or two where it has several dominant operators: the last one and what follows it."""
    anchors = Candidate(block.nodes, ()).anchors
    if len(anchors) < 2:
        return [block]
    late = {anchors[-1], *descendants(anchors[-1], block.nodes)}
    before = [node for node in block.nodes if node not in late]
    behind = [node for node in block.nodes if node in late]
    return [replace(block, nodes=before, anchor=anchors[0]), replace(block, nodes=behind, anchor=anchors[-1])]
