"""Answers the questions that a fusion plan leaves open, by measuring (paper, section 4.4).

Where Table 3 says *profile*, the planner compares one kernel with two. Every kernel that it asks about is compiled as a
function of its own, checked once against the reference evaluation, and timed. As answers change the plan and raise new
questions, this goes on until none is open; every answer is in the database before the next question is taken up.
"""

import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path

import numpy as np

from dnnf_mlir.dialect_defs.one_to_one.activations import Relu

from .ecg import Block, Graph, Node, Value
from .errors import CompileError, DnnfError, RunError
from .fusion.canonical import region_key
from .fusion.capabilities import Capabilities
from .fusion.combination import fold_mapping
from .fusion.families import Family, family_of
from .fusion.measured import MeasuredProfile
from .fusion.ordering import named_blocks
from .fusion.planner import plan
from .fusion.profile_db import Status
from .fusion.profitability import Machine
from .iree import compile_module
from .lowering import lower_functions
from .lowering.kernel_form import kernel_lowering
from .measuring import Device
from .targets import Target
from .tensor_type import TensorType
from .verification import random_inputs, wrong_values

BATCH = 16
"""Regions compiled by one run of iree-compile."""

_MAXIMUM_ROUNDS = 20


@dataclass(frozen=True)
class Region:
    """Operators that might be one kernel: ``nodes`` in topological order, ``returned`` what their function returns."""

    key: str
    nodes: Sequence[Node]
    returned: Collection[Value]


class _Questions:
    """A profile that writes down what it is asked and cannot answer."""

    def __init__(self, known: MeasuredProfile) -> None:
        self._known = known
        self.open: dict[str, Region] = {}

    def seconds(self, nodes: Sequence[Node], returned: Collection[Value]) -> float | None:
        if all(family_of(node) is Family.REORGANIZE for node in nodes):
            return 0.0
        key = region_key(nodes, returned)
        entry = self._known.entry(key)
        if entry is None or (entry.status is Status.OK and entry.seconds is None):
            self.open.setdefault(key, Region(key, nodes, returned))
            return None
        return entry.seconds

    def problem(self, nodes: Sequence[Node], returned: Collection[Value]) -> str | None:
        return self._known.problem(nodes, returned)

    def calibrate(self, machine: Machine) -> Machine:
        return self._known.calibrate(machine)


def open_questions(graph: Graph, capabilities: Capabilities, known: MeasuredProfile) -> list[Region]:
    """The kernels that planning the graph asks for and nobody has measured, and those that the plan consists of."""
    questions = _Questions(known)
    found = plan(graph, capabilities, profile=questions)
    for block in found.blocks:
        questions.seconds(block.nodes, frozenset(graph.outputs))
    return list(questions.open.values())


def region_graph(region: Region) -> Graph:
    """A function that computes the region alone, as one block; weights are shared with the model's."""
    copies: dict[Value, Value] = {}
    inputs: list[Value] = []

    def outside(value: Value) -> Value:
        if value not in copies:
            copies[value] = Value(value.type, value.name, constant=value.constant)
            if value.constant is None:
                inputs.append(copies[value])
        return copies[value]

    nodes = []
    for node in region.nodes:
        operands = [None if value is None else outside(value) for value in node.inputs]
        results = [Value(value.type, value.name) for value in node.outputs]
        copies.update(zip(node.outputs, results, strict=True))
        nodes.append(Node(node.op, operands, results, node.attributes, node.name, node.mapping))
    [named] = named_blocks([nodes])
    stored = Block(list(region.nodes), fold_mapping(region.nodes)).outputs(region.returned)
    return Graph(
        inputs,
        [copies[value] for value in stored],
        nodes,
        [replace(named, name=region.key)],
    )


class Profiler:
    """Measures regions for one target on one device."""

    def __init__(
        self,
        target: Target,
        device: Device,
        known: MeasuredProfile,
        launch_seconds: float,
        *,
        flags: Sequence[str] = (),
        time_limit_s: float = 60.0,
    ) -> None:
        """``launch_seconds`` is what each measured latency includes for starting a kernel inside a model, where it
        replaces the cost of calling a function. ``time_limit_s`` bounds each run of iree-compile."""
        self._target = target
        self._device = device
        self._known = known
        self._launch = launch_seconds
        self._flags = flags
        self._limit = time_limit_s
        self._call_seconds: float | None = None

    def measure(self, regions: Sequence[Region], on_done: Callable[[Region], None]) -> None:
        """Measures and records each region; ``on_done`` is told after each.

        Raises RunError where the device fails on all of them: then the device is at fault, not the kernels.
        """
        if self._call_seconds is None:
            self._call_seconds = self._time_of_a_call()
        for start in range(0, len(regions), BATCH):
            self._measure_together(regions[start : start + BATCH], on_done)

    def _measure_together(self, regions: Sequence[Region], on_done: Callable[[Region], None]) -> None:
        graphs = {f"region_{number}": region_graph(region) for number, region in enumerate(regions)}
        directory = Path(tempfile.mkdtemp(prefix="dnnf-profile-"))
        try:
            try:
                vmfb = self._compile(graphs, directory)
            except DnnfError as error:
                if len(regions) > 1:
                    for region in regions:
                        self._measure_together([region], on_done)
                else:
                    self._record_failure(regions[0], error)
                    on_done(regions[0])
                return
            right = [
                (region, function, random_inputs(graph))
                for region, (function, graph) in zip(regions, graphs.items(), strict=True)
                if self._is_right(region, graph, vmfb, function)
            ]
            latencies: dict[str, float] = {}
            for _ in range(self._device.rounds):
                for region, function, inputs in right:
                    seconds = min(self._seconds(region, vmfb, function, inputs), latencies.get(region.key, inf))
                    latencies[region.key] = seconds
                    self._record_latency(region, seconds)
            for region in regions:
                on_done(region)
        finally:
            shutil.rmtree(directory)

    def _is_right(self, region: Region, graph: Graph, vmfb: Path, function: str) -> bool:
        """Whether the kernel runs and agrees with the reference; what is wrong with it is recorded."""
        inputs = random_inputs(graph)
        try:
            found = self._device.run(vmfb, function, inputs, [value.type for value in graph.outputs])
        except RunError as error:
            self._known.record(region.nodes, region.returned, Status.REJECTED, error=str(error))
            return False
        wrong = wrong_values(graph, inputs, graph.outputs, found)
        if wrong:
            self._known.record(region.nodes, region.returned, Status.WRONG, error=str(wrong[0]))
        return not wrong

    def _seconds(self, region: Region, vmfb: Path, function: str, inputs: Sequence[np.ndarray]) -> float:
        try:
            return self._device.seconds(vmfb, function, inputs)
        except RunError as error:
            self._known.record(region.nodes, region.returned, Status.REJECTED, error=str(error))
            return inf

    def _record_latency(self, region: Region, seconds: float) -> None:
        if seconds < inf:
            net = max(seconds - (self._call_seconds or 0.0), 0.0) + self._launch
            self._known.record(region.nodes, region.returned, Status.OK, net)

    def _record_failure(self, region: Region, error: DnnfError) -> None:
        hangs = isinstance(error, CompileError) and error.kind == "timed out"
        message = str(error).splitlines()
        self._known.record(
            region.nodes,
            region.returned,
            Status.HANGS if hangs else Status.REJECTED,
            error=" ".join(line.strip() for line in message[:2]),
        )

    def _time_of_a_call(self) -> float:
        """Seconds of a function whose kernel computes a single element: what calling a function costs by itself."""
        graph = region_graph(_smallest_region())
        with tempfile.TemporaryDirectory(prefix="dnnf-profile-") as name:
            vmfb = self._compile({"region": graph}, Path(name))
            return self._device.seconds(vmfb, "region", random_inputs(graph))

    def _compile(self, graphs: dict[str, Graph], directory: Path) -> Path:
        vector = self._target.vector
        kernels = None if vector is None else kernel_lowering(vector)
        bytecode = directory / "module.mlirbc"
        with bytecode.open("wb") as file:
            lower_functions(graphs, kernels, gpu=vector is None).operation.write_bytecode(file)
        limit = self._limit * (1 + len(graphs) / 4)
        output = directory / "module.vmfb"
        return compile_module(
            bytecode,
            self._target,
            self._flags,
            output=output,
            time_limit_s=limit,
            statistics=False,
            keep_reproducer=False,
        ).path


def _smallest_region() -> Region:
    x = Value(TensorType((1,), "f32"), "x")
    y = Value(x.type, "y")
    return Region("smallest", [Node(Relu, [x], [y], name="smallest")], [y])


def rounds(graph: Graph, capabilities: Capabilities, known: MeasuredProfile) -> Iterator[list[Region]]:
    """The open questions, again after each round of answers, until there are none."""
    for _ in range(_MAXIMUM_ROUNDS):
        regions = open_questions(graph, capabilities, known)
        if not regions:
            return
        yield regions
