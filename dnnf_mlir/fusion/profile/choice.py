"""Which variant of a kernel to take, by what was measured of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .database import Entry, Status

MARGIN = 0.03
"""Share of the analytic choice's latency that another variant must save: less may be noise."""


@dataclass(frozen=True)
class VariantChoice:
    """The variant taken, its latency and that of the analytic choice; seconds."""

    variant: str
    seconds: float
    analytic: float
    is_analytic: bool
    measured: int
    """How many variants were."""

    @property
    def reason(self) -> str:
        """In words, for the plan."""
        if not self.is_analytic:
            return f"measured {self.seconds * 1e6:.2f} us instead of {self.analytic * 1e6:.2f} us"
        return f"measured {self.seconds * 1e6:.2f} us, none of {self.measured} variants saves {MARGIN:.0%}"


def choose_variant(candidates: Sequence[str], known: Mapping[str, Entry]) -> VariantChoice | None:
    """The fastest candidate; the first, the analytic choice, unless another is faster by a margin.

    None where the first was not measured: latencies of different runs are not compared. What is no candidate (any
    more) does not count, nor does what failed.
    """
    measured = {
        name: entry.seconds
        for name in candidates
        if (entry := known.get(name)) is not None and entry.status is Status.OK and entry.seconds is not None
    }
    analytic = measured.get(candidates[0])
    if analytic is None:
        return None
    best = min(measured, key=measured.__getitem__)
    chosen = best if measured[best] < analytic * (1 - MARGIN) else candidates[0]
    return VariantChoice(chosen, measured[chosen], analytic, chosen == candidates[0], len(measured))
