"""An engine that has loaded one model, and the clock that compares several of them."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.generic]


@dataclass(frozen=True)
class Session:
    """A model loaded by an engine, with its inputs bound.

    ``invoke`` computes the outputs once, synchronously; ``results`` returns them, in the model's order.
    ``compile_s`` is the time from the file to the loaded model, ``peak_transient_bytes`` the memory for intermediate
    results and outputs of one call (None if the engine does not tell), ``details`` what else belongs into a report.
    """

    invoke: Callable[[], object]
    results: Callable[[], list[Array]]
    compile_s: float
    peak_transient_bytes: int | None = None
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Timing:
    """Latencies of one engine in milliseconds."""

    min_ms: float
    median_ms: float


def time_interleaved(
    calls: Mapping[str, Callable[[], object]], runs: int = 40, warmup: int = 3, budget_s: float = 60.0
) -> dict[str, Timing]:
    """Times each of ``calls`` ``runs`` times, interleaved, so that a change in load affects all alike.

    A call that has taken more than ``budget_s`` seconds in all is not repeated: a slow engine must not stop the rest.
    """
    for call in calls.values():
        begin = time.perf_counter()
        for _ in range(warmup):
            call()
            if time.perf_counter() - begin > budget_s / 10:
                break
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(runs):
        for name, call in calls.items():
            if sum(seconds[name]) > budget_s:
                continue
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    return {name: Timing(min(taken) * 1e3, statistics.median(taken) * 1e3) for name, taken in seconds.items()}
