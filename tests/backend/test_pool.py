"""Jobs in worker processes: one that crashes, hangs or raises costs only itself."""

import os
import time

from dnnf_mlir.onnx_backend.pool import Lost, run_jobs


def succeed() -> str | None:
    return None


def fail() -> str | None:
    return "wrong numbers"


def crash() -> str | None:
    os.abort()


def hang() -> str | None:
    time.sleep(600)
    return None


def raise_error() -> str | None:
    raise ValueError("unexpected")


def test_every_job_ends() -> None:
    jobs = [succeed, crash, fail, hang, raise_error, succeed, succeed]
    outcomes = dict(run_jobs(jobs, workers=2, time_limit_s=3))
    assert sorted(outcomes) == list(range(len(jobs)))
    assert [outcomes[i] for i in (0, 5, 6)] == [None, None, None]
    assert outcomes[2] == "wrong numbers"
    for number, reason in ((1, "crashed"), (3, "timed out"), (4, "unexpected")):
        lost = outcomes[number]
        assert isinstance(lost, Lost)
        assert reason in lost.reason


def test_no_jobs() -> None:
    assert list(run_jobs([], workers=2, time_limit_s=1)) == []
