"""What compiling taught about the blocks of one model, and what the next plan therefore does without."""

from collections.abc import Sequence

from dnnf_mlir.graph.ecg import Block, Graph, Value
from dnnf_mlir.graph.in_place import InPlace
from dnnf_mlir.kernels.nest.problem import Variant

from .in_place import PartReason, concats_in_place
from .profile.choice import VariantChoice, choose_variant
from .profile.database import Status
from .profile.measured import MeasuredProfile


class Feedback:
    """Remembers what the back end refused or computed wrongly, from the smallest concession to the largest.

    A measured variant gives way to the analytic one; a Concat that kernels write in place becomes a kernel; a block is
    split; a single operator gets the plain form. Variants and blocks are recorded in the profile too, for later
    compilations.
    """

    def __init__(self, profile: MeasuredProfile, part_reason: PartReason | None) -> None:
        """``part_reason`` says why a kernel cannot write a part of a Concat; None where no Concat is in place."""
        self.profile = profile
        self.rejected: frozenset[frozenset[str]] = frozenset()
        """Blocks that plans split, as the names of their nodes."""
        self.variants: dict[str, VariantChoice] = {}
        """By the anchor's name, the choices among measured variants since :meth:`forget_variants`."""
        self._part_reason = part_reason
        self._kernel_concats: frozenset[str] = frozenset()
        self._plain: dict[frozenset[str], str] = {}
        """Blocks in the plain form, as the names of their nodes, and why."""

    def forget_variants(self) -> None:
        """Begins another lowering, which chooses anew."""
        self.variants.clear()

    def choose(self, part: Block, returned: Sequence[Value], candidates: Sequence[Variant]) -> Variant:
        """The variant that measurements show to be the fastest; the first, the analytic choice, without them."""
        by_name = {str(variant): variant for variant in candidates}
        choice = choose_variant(list(by_name), self.profile.variants(part.nodes, returned))
        if choice is None or part.anchor is None:
            return candidates[0]
        self.variants[part.anchor.name] = choice
        return by_name[choice.variant]

    def in_place(self, blocks: Sequence[Block]) -> InPlace:
        """Which Concats among the blocks are no kernels."""
        if self._part_reason is None:
            return InPlace()
        return concats_in_place(blocks, self._part_reason, self._kernel_concats)

    def avoid(self, graph: Graph, blocks: Sequence[Block], status: Status) -> bool:
        """Makes the smallest concession that changes the kernels of ``blocks``; False where none is left."""
        return (
            self._drop_variants(graph, blocks, status)
            or self.compute_concats(graph, blocks)
            or self._split(graph, blocks, status)
        )

    def plain_reason(self, block: Block, returned: Sequence[Value]) -> str | None:
        """Why a block gets the plain form, now or by what is recorded of it; None for any other block."""
        names = _names(block)
        if names not in self._plain and (problem := self.profile.problem(block.nodes, returned)) is not None:
            self._plain[names] = problem
        return self._plain.get(names)

    def all_plain(self, graph: Graph, reason: str) -> bool:
        """Gives every block the plain form, where nobody knows which one is at fault; whether that changes any."""
        blocks = {_names(block) for block in graph.every_block()}
        new = blocks - self._plain.keys()
        self._plain.update(dict.fromkeys(new, reason))
        return bool(new)

    def compute_concats(self, graph: Graph, blocks: Sequence[Block]) -> bool:
        """Makes kernels again of the Concats that ``blocks`` write in place; whether there are any."""
        in_place = self.in_place(graph.blocks)
        concats = {concat.name for block in blocks for concat in in_place.written_by(block)}
        self._kernel_concats |= concats
        return bool(concats)

    def _drop_variants(self, graph: Graph, blocks: Sequence[Block], status: Status) -> bool:
        dropped = False
        for part in (part for block in blocks for part in block.parts() if part.anchor is not None):
            choice = self.variants.get(part.anchor.name) if part.anchor is not None else None
            if choice is not None and not choice.is_analytic:
                self.profile.record(part.nodes, graph.all_outputs, status, variant=choice.variant)
                dropped = True
        return dropped

    def _split(self, graph: Graph, blocks: Sequence[Block], status: Status) -> bool:
        """Splits blocks, and gives the plain form to those that cannot be split; whether that changes any."""
        new = [block for block in blocks if _names(block) not in self._plain]
        for block in new:
            self.profile.record(block.nodes, graph.all_outputs, status)
            if len(block.nodes) == 1 or _names(block) in self.rejected:
                self.plain_reason(block, graph.all_outputs)
        self.rejected |= {_names(block) for block in new}
        return bool(new)


def _names(block: Block) -> frozenset[str]:
    return frozenset(node.name for node in block.nodes)
