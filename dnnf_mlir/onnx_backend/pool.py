"""Runs functions in worker processes: one that crashes or hangs costs its own job only."""

import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from types import FrameType
from typing import TypeVar

_CONTEXT = multiprocessing.get_context("fork")
"""The workers share what is loaded already. No threads run when they start but those of numpy's BLAS, which survives
a fork: MLIR's contexts, which have threads of their own, are made in the workers."""
_GRACE_S = 5.0
"""Time that a worker has to end the processes that it started itself."""


Result = TypeVar("Result")


@dataclass(frozen=True)
class Lost:
    """Why a job has no result: its process crashed, did not end in time, or raised an exception."""

    reason: str


@dataclass
class _Worker:
    process: ForkProcess
    connection: Connection
    job: int | None = None
    deadline: float = 0.0

    def stop(self) -> None:
        self.process.terminate()
        self.process.join(_GRACE_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.connection.close()


def run_jobs(
    jobs: Sequence[Callable[[], Result]], workers: int, time_limit_s: float
) -> Iterator[tuple[int, Result | Lost]]:
    """Yields (number of the job, what it returned) as jobs end; results travel between processes by pickle."""
    pending = list(reversed(range(len(jobs))))
    pool = [_start(jobs) for _ in range(min(workers, len(jobs)))]
    try:
        while pending or any(worker.job is not None for worker in pool):
            for worker in pool:
                if worker.job is None and pending:
                    worker.job = pending.pop()
                    worker.deadline = time.monotonic() + time_limit_s
                    worker.connection.send(worker.job)
            busy = {worker.connection: worker for worker in pool if worker.job is not None}
            first = min(worker.deadline for worker in busy.values())
            ready = [busy[found] for found in wait(list(busy), max(0.0, first - time.monotonic())) if found in busy]
            for worker in ready or [worker for worker in busy.values() if worker.deadline <= time.monotonic()]:
                job, worker.job = worker.job, None
                if job is None:
                    continue
                if worker not in ready:
                    yield job, Lost(f"timed out after {time_limit_s:g} s")
                else:
                    try:
                        yield job, worker.connection.recv()
                        continue
                    except (EOFError, ConnectionResetError):
                        worker.process.join(_GRACE_S)
                        yield job, Lost(f"crashed: the process ended with exit code {worker.process.exitcode}")
                worker.stop()
                pool[pool.index(worker)] = _start(jobs)
    finally:
        for worker in pool:
            worker.stop()


def _start(jobs: Sequence[Callable[[], object]]) -> _Worker:
    ours, theirs = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=_work, args=(jobs, theirs, ours), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _work(jobs: Sequence[Callable[[], object]], connection: Connection, parent_end: Connection) -> None:
    parent_end.close()
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    while True:
        try:
            job = connection.recv()
        except EOFError:
            return
        outcome: object
        try:
            outcome = jobs[job]()
        except Exception:  # a job that cannot say what went wrong
            outcome = Lost(traceback.format_exc(limit=-3))
        connection.send(outcome)


def _leave(number: int, frame: FrameType | None) -> None:
    """Unwinds the stack, so that the programs that the job started are stopped too."""
    sys.exit(128 + number)
