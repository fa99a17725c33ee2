"""The variants of a dense kernel that are worth measuring: few, the likeliest first."""

from dataclasses import replace

from dnnf_mlir.graph.size import representative
from dnnf_mlir.kernels.dense.schedule import DenseSchedule, balanced, dense_tiles
from dnnf_mlir.kernels.nest.problem import ANALYTIC, ConvProblem, Variant, canonical_width
from dnnf_mlir.kernels.winograd.schedule import WinogradSchedule
from dnnf_mlir.targets import VectorUnit

_MOST_TILES = 4
"""Register tiles beside the analytic one."""
_LINALG_INTENSITY = 16
"""Multiply-adds for each element read or stored up to which traffic decides, not the register tile. Above it IREE's own
tiling took 1.1 to 4 times as long as the kernel's on all layers of EfficientNet-B0."""
_PLAUSIBLE = 1.25
"""Ratio to the best estimate up to which a register tile is worth measuring."""


def variants(problem: ConvProblem, vector: VectorUnit, element_bytes: int, *, packed: bool = True) -> list[Variant]:
    """The analytic choice, then what may be faster, by the analytic cost.

    Winograd's other tiles, or the direct sum; for direct kernels the neighbouring register tiles and the other order of
    workgroups. ``packed``: the second factor is constant weights, else a matrix as it is.
    """
    if problem.is_depthwise:
        return [ANALYTIC]
    chosen = WinogradSchedule.choose(problem, vector, element_bytes) if packed else None
    tiles = WinogradSchedule.possible(problem, vector, element_bytes) if packed else []
    others = [Variant(output_tile=each.output_tile) for each in tiles if chosen is None or each != chosen]
    direct = _direct(problem, vector, element_bytes, packed)
    if chosen is None:
        return [ANALYTIC, *others, *direct]
    return [ANALYTIC, *others, *(replace(each, output_tile=0) for each in (ANALYTIC, *direct[:1]))]


def _direct(problem: ConvProblem, vector: VectorUnit, element_bytes: int, packed: bool) -> list[Variant]:
    """Without the analytic choice."""
    width = representative(canonical_width(problem) if packed else problem.output_shape[-2])
    choose = DenseSchedule.choose if packed else DenseSchedule.choose_unpacked
    chosen = choose(problem, width, vector, element_bytes)

    def tile(lanes: int, columns: int) -> tuple[int, int]:
        """What the limit ``columns`` comes to."""
        return lanes, balanced(width, columns)[1]

    found: dict[tuple[int, int], Variant] = {}
    for lanes, columns in dense_tiles(problem, width, vector, element_bytes, packed=packed, within=_PLAUSIBLE):
        found.setdefault(tile(lanes, columns), Variant(lanes=lanes, columns=columns))
    found.pop(tile(chosen.lanes, chosen.columns), None)
    tiles = list(found.values())[:_MOST_TILES]
    ordered = [Variant(blocks_first=not chosen.blocks_first)] if problem.groups * chosen.blocks > 1 else []
    return [*tiles[:1], *ordered, *tiles[1:]]


def traffic_bound(problem: ConvProblem) -> bool:
    """Whether traffic bounds the product, so that IREE's own code may be as fast."""
    if problem.groups > 1 or problem.channels_first_input or not all(axis.is_identity for axis in problem.axes):
        return False
    return problem.channels * problem.filters <= _LINALG_INTENSITY * (problem.channels + problem.filters)
