"""Devices that blocks are measured on: this machine through IREE's runtime, or another through a command."""

import json
import shlex
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from dnnf_mlir.errors import RunError
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.iree import load_module

RUNS = 10
"""Timed runs at least; the fastest counts."""

_WARM_UP = 2
_SHORT_S = 0.005  # kernels that are done sooner run more often, up to _MOST_RUNS
_MOST_RUNS = 200


class Device(Protocol):
    """Runs a function of a compiled module. Both methods raise RunError when that fails.

    Other load comes in bursts, so each latency is taken ``rounds`` times, interleaved with other functions.
    """

    @property
    def rounds(self) -> int:
        """Times that each latency is taken."""

    def run(
        self, vmfb: Path, function: str, inputs: Sequence[np.ndarray], results: Sequence[TensorType]
    ) -> list[np.ndarray]:
        """The function's results, which have these types."""

    def seconds(self, vmfb: Path, function: str, inputs: Sequence[np.ndarray]) -> float:
        """The shortest of at least RUNS runs after a warm-up."""


class LocalDevice:
    """The CPU of this process."""

    rounds = 4

    def run(
        self, vmfb: Path, function: str, inputs: Sequence[np.ndarray], results: Sequence[TensorType]
    ) -> list[np.ndarray]:
        """See :class:`Device`."""
        return load_module(vmfb, function=function).run(inputs)

    def seconds(self, vmfb: Path, function: str, inputs: Sequence[np.ndarray]) -> float:
        """See :class:`Device`."""
        call = load_module(vmfb, function=function).prepare(inputs)
        for _ in range(_WARM_UP):
            call()
        best, total, runs = float("inf"), 0.0, 0
        while runs < RUNS or (total < _SHORT_S and runs < _MOST_RUNS):
            start = time.perf_counter()
            call()
            elapsed = time.perf_counter() - start
            best, total, runs = min(best, elapsed), total + elapsed, runs + 1
        return best


@dataclass(frozen=True)
class CommandDevice:
    """IREE's tools run by a command, as ``qemu-aarch64-static -L /usr/aarch64-linux-gnu /opt/iree/bin/{tool}``.

    ``{tool}`` becomes ``iree-run-module`` or ``iree-benchmark-module``, ``{module}`` the module's path and
    ``{function}`` the function's name, ``{inputs}`` the ``--input=`` flags; the others are appended.
    The command sees this machine's files: for a phone it is a script that pushes them and runs the tool through adb.
    """

    template: str
    flags: tuple[str, ...] = ("--device=local-sync",)
    time_limit_s: float = 300.0
    rounds: int = 1

    def __post_init__(self) -> None:
        if "{tool}" not in self.template:
            raise RunError(f"device command '{self.template}' does not say where {{tool}} stands")

    def run(
        self, vmfb: Path, function: str, inputs: Sequence[np.ndarray], results: Sequence[TensorType]
    ) -> list[np.ndarray]:
        """See :class:`Device`."""
        with tempfile.TemporaryDirectory(prefix="dnnf-device-") as name:
            paths = [Path(name) / f"output{index}.npy" for index in range(len(results))]
            outputs = [f"--output=@{path}" for path in paths]
            self._call("iree-run-module", vmfb, function, inputs, outputs, Path(name))
            try:
                arrays = [np.load(path) for path in paths]
            except (OSError, ValueError) as error:
                raise RunError(f"device command '{self.template}' left no result: {error}") from None
        # Booleans come as bytes.
        return [array.astype(type_.numpy_dtype, copy=False) for array, type_ in zip(arrays, results, strict=True)]

    def seconds(self, vmfb: Path, function: str, inputs: Sequence[np.ndarray]) -> float:
        """See :class:`Device`."""
        wanted = [f"--benchmark_repetitions={RUNS}", "--benchmark_format=json", "--benchmark_min_time=0.001s"]
        with tempfile.TemporaryDirectory(prefix="dnnf-device-") as name:
            printed = self._call("iree-benchmark-module", vmfb, function, inputs, wanted, Path(name))
        try:
            document: dict[str, Any] = json.loads(printed[printed.index("{") :])
            runs = [run for run in document["benchmarks"] if run.get("run_type") == "iteration"]
            return min(float(run["real_time"]) * _UNITS[run["time_unit"]] for run in runs)
        except (ValueError, KeyError) as error:
            raise RunError(f"device command '{self.template}' printed no benchmark as JSON ({error!r})") from None

    def _call(
        self,
        tool: str,
        vmfb: Path,
        function: str,
        inputs: Sequence[np.ndarray],
        more: Sequence[str],
        directory: Path,
    ) -> str:
        given = []
        for index, array in enumerate(inputs):
            path = directory / f"input{index}.npy"
            np.save(path, array)
            given.append(f"--input=@{path}")
        command: list[str] = []
        for part in shlex.split(self.template):
            if part == "{inputs}":
                command.extend(given)
            else:
                command.append(
                    part.replace("{tool}", tool).replace("{module}", str(vmfb)).replace("{function}", function)
                )
        if "{module}" not in self.template:
            command.append(f"--module={vmfb}")
        if "{function}" not in self.template:
            command.append(f"--function={function}")
        command += [*([] if "{inputs}" in self.template else given), *self.flags, *more]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=self.time_limit_s, check=False)
        except OSError as error:
            raise RunError(f"device command '{shlex.join(command)}' cannot be started: {error.strerror}") from None
        except subprocess.TimeoutExpired:
            raise RunError(f"device command '{shlex.join(command)}' took longer than {self.time_limit_s:g} s") from None
        if done.returncode != 0:
            message = done.stderr.strip().splitlines()[-5:]
            raise RunError("\n".join([f"device command '{shlex.join(command)}' failed:", *message]))
        return done.stdout


_UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
