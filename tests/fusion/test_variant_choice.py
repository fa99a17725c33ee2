"""The fastest measured variant is taken where it saves more than noise."""

import pytest

from dnnf_mlir.fusion.profile.choice import choose_variant
from dnnf_mlir.fusion.profile.database import Entry, Status

CANDIDATES = ["analytic", "32x14", "linalg"]


def entries(**seconds: float) -> dict[str, Entry]:
    names = {"analytic": "analytic", "tile": "32x14", "linalg": "linalg", "gone": "64x1"}
    return {
        names[name]: Entry("k", "", Status.OK, value * 1e-6, variant=names[name]) for name, value in seconds.items()
    }


@pytest.mark.parametrize(
    "known, chosen",
    [
        (entries(analytic=10, tile=9, linalg=20), "32x14"),
        (entries(analytic=10, tile=9.8, linalg=9), "linalg"),
        (entries(analytic=10, tile=9.8, linalg=20), "analytic"),
        (entries(analytic=10, gone=1), "analytic"),
        (entries(analytic=10) | {"32x14": Entry("k", "", Status.WRONG, variant="32x14")}, "analytic"),
        (entries(analytic=10), "analytic"),
    ],
)
def test_the_fastest_by_a_margin(known: dict[str, Entry], chosen: str) -> None:
    choice = choose_variant(CANDIDATES, known)
    assert choice is not None
    assert (choice.variant, choice.is_analytic) == (chosen, chosen == "analytic")


@pytest.mark.parametrize("known", [{}, entries(tile=1), {"analytic": Entry("k", "", Status.REJECTED)}])
def test_nothing_is_compared_with_an_analytic_choice_that_was_not_measured(known: dict[str, Entry]) -> None:
    assert choose_variant(CANDIDATES, known) is None


def test_the_reason_names_both_latencies() -> None:
    better = choose_variant(CANDIDATES, entries(analytic=10, tile=9))
    same = choose_variant(CANDIDATES, entries(analytic=10, tile=9.9))
    assert better is not None and better.reason == "measured 9.00 us instead of 10.00 us"
    assert same is not None and same.reason == "measured 10.00 us, none of 2 variants saves 3%"
