"""The analytic cost's machine, with rates taken from what was measured on it."""

from collections.abc import Iterable
from dataclasses import replace
from statistics import median

from dnnf_mlir.fusion.profile.database import Entry, Status
from dnnf_mlir.kernels.machine import Machine

_ENOUGH = 8
"""Measured kernels from which a rate is taken; fewer say more about themselves than about the machine."""
_BALANCE = 8.0
"""FLOPs for each byte from which arithmetic is taken to decide a kernel's time, and a quarter of it below which traffic
is. Kernels between the two say nothing about either rate."""
_TIMED_WELL = 10.0
"""Multiples of the launch below which a latency is mostly overhead."""


def calibrated(machine: Machine, entries: Iterable[Entry]) -> Machine:
    """``machine`` with the median rates of the entries whose time arithmetic or traffic decides."""
    timed = [
        (entry, net)
        for entry in entries
        if entry.status is Status.OK
        and entry.seconds is not None
        and (net := entry.seconds - machine.launch_seconds) > _TIMED_WELL * machine.launch_seconds
    ]
    arithmetic = [entry.flops / net for entry, net in timed if entry.flops > _BALANCE * entry.bytes]
    traffic = [entry.bytes / net for entry, net in timed if 0 < 4 * entry.flops < _BALANCE * entry.bytes]
    return replace(
        machine,
        flops_per_second=median(arithmetic) if len(arithmetic) >= _ENOUGH else machine.flops_per_second,
        bytes_per_second=median(traffic) if len(traffic) >= _ENOUGH else machine.bytes_per_second,
    )
