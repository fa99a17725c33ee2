"""The analytic cost takes its rates from what was measured."""

import pytest

from dnnf_mlir.fusion.cost.calibration import calibrated
from dnnf_mlir.fusion.profile.database import Entry, Status
from dnnf_mlir.kernels.machine import Machine

MACHINE = Machine(flops_per_second=1.0, bytes_per_second=1.0, launch_seconds=1e-6, strided_factor=2.0)


def entries(count: int, flops: int, size: int, seconds: float, status: Status = Status.OK) -> list[Entry]:
    return [Entry(str(i), "", status, seconds, flops=flops, bytes=size) for i in range(count)]


def test_rates_are_medians_of_the_kernels_that_show_them() -> None:
    products = entries(9, flops=10_000_000, size=1000, seconds=1.01e-4)
    copies = entries(8, flops=1000, size=2_000_000, seconds=1.01e-4) + entries(3, 1000, 2_000_000, 5.0)
    found = calibrated(MACHINE, [*products, *copies, *entries(20, flops=4000, size=1000, seconds=1.0)])
    assert found.flops_per_second == pytest.approx(1e11)
    assert found.bytes_per_second == pytest.approx(2e10)
    assert found.launch_seconds == MACHINE.launch_seconds


@pytest.mark.parametrize(
    "known",
    [
        entries(7, flops=10_000_000, size=1000, seconds=1e-4),
        entries(20, flops=10_000_000, size=1000, seconds=2e-6),
        entries(20, flops=10_000_000, size=1000, seconds=1e-4, status=Status.WRONG),
        [],
    ],
    ids=["too few", "too short", "wrong", "none"],
)
def test_the_machine_keeps_its_own_rates_without_evidence(known: list[Entry]) -> None:
    assert calibrated(MACHINE, known) == MACHINE
