"""How a kernel departs from the analytic choice of its schedule."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Variant:
    """What is fixed about a block's code; None leaves it to the analytic choice.

    ``output_tile`` is that of Winograd's algorithm, 0 the direct sum. ``lanes`` x ``columns`` is the register tile of a
    direct kernel, ``blocks_first`` the order of its workgroups: those of one output row follow each other, or those of
    one block of filters. ``linalg``: no kernel, the block takes the linalg form.
    """

    output_tile: int | None = None
    lanes: int | None = None
    columns: int | None = None
    blocks_first: bool | None = None
    linalg: bool = False

    def __str__(self) -> str:
        """A name that tells variants apart, as ``direct 32x12, blocks first``."""
        if self.linalg:
            return "linalg"
        algorithm = {None: "", 0: "direct"}.get(self.output_tile, f"winograd {self.output_tile}")
        tile = "" if self.lanes is None else f"{self.lanes}x{self.columns}"
        order = {None: "", True: "blocks first", False: "rows first"}[self.blocks_first]
        named = " ".join(filter(None, (algorithm, tile)))
        return ", ".join(filter(None, (named, order))) or "analytic"


ANALYTIC = Variant()
LINALG = Variant(linalg=True)
