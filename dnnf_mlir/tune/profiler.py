"""Answers the questions that a fusion plan leaves open, by measuring (paper, section 4.4).

Where Table 3 says *profile*, the planner compares one kernel with two. Every kernel that it asks about is compiled as a
function of its own, checked once against the reference evaluation, and timed. As answers change the plan and raise new
questions, this goes on until none is open; every answer is in the database before the next question is taken up.

Then the variants of the kernels that the plan consists of are measured, as many as there is time for.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path

import numpy as np

from dnnf_mlir.dialect_defs.one_to_one.activations import Relu
from dnnf_mlir.errors import CompileError, DnnfError, RunError
from dnnf_mlir.fusion.capabilities import Capabilities
from dnnf_mlir.fusion.cost.model import CostModel
from dnnf_mlir.fusion.ordering import named_blocks
from dnnf_mlir.fusion.planner import plan
from dnnf_mlir.fusion.profile.canonical import region_key
from dnnf_mlir.fusion.profile.database import Status
from dnnf_mlir.fusion.profile.measured import MeasuredProfile
from dnnf_mlir.fusion.table import fold_mapping
from dnnf_mlir.graph.ecg import Block, Graph, Node, Value
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.iree import compile_module
from dnnf_mlir.kernels.families import Family, family_of
from dnnf_mlir.kernels.machine import Machine
from dnnf_mlir.kernels.nest.problem import ANALYTIC, Variant
from dnnf_mlir.lowering import lower_functions
from dnnf_mlir.lowering.kernel_form import block_variants, kernel_lowering
from dnnf_mlir.targets import Target, VectorUnit
from dnnf_mlir.verify.compare import wrong_blocks
from dnnf_mlir.verify.trial import random_inputs

from .devices import Device

BATCH = 16
"""Regions compiled by one run of iree-compile."""

BATCH_BYTES = 1 << 28
"""Size of their weights together, unless those of one alone are larger."""

_VARIANT_ROUNDS = 2
"""Variants are close to each other: they are timed so many times as often."""

_HOPELESS = 1.25
"""Ratio to the fastest variant's latency beyond which another one is not timed again."""

_MAXIMUM_ROUNDS = 20


@dataclass(frozen=True)
class MeasuredRegion:
    """Operators that might be one kernel: ``nodes`` in topological order, ``returned`` what their function returns.

    ``variant``: how the kernel is generated where its variants are compared; None for what a plan compares, which is
    the analytic choice.
    """

    key: str
    nodes: Sequence[Node]
    returned: Collection[Value]
    variant: Variant | None = None

    @property
    def name(self) -> str:
        """What the database calls the variant."""
        return "" if self.variant is None else str(self.variant)


class _Questions:
    """A profile that records the questions without an answer."""

    def __init__(self, known: MeasuredProfile) -> None:
        self._known = known
        self.open: dict[str, MeasuredRegion] = {}

    def seconds(self, nodes: Sequence[Node], returned: Collection[Value]) -> float | None:
        if all(family_of(node) is Family.REORGANIZE for node in nodes):
            return 0.0
        if any(node.body is not None for node in nodes):
            return None  # a loop takes as long as its inputs say
        key = region_key(nodes, returned)
        entry = self._known.entry(key)
        if entry is None or (entry.status is Status.OK and entry.seconds is None):
            self.open.setdefault(key, MeasuredRegion(key, nodes, returned))
            return None
        return entry.seconds

    def problem(self, nodes: Sequence[Node], returned: Collection[Value]) -> str | None:
        return self._known.problem(nodes, returned)

    def calibrate(self, machine: Machine) -> Machine:
        return self._known.calibrate(machine)


def open_questions(graph: Graph, capabilities: Capabilities, known: MeasuredProfile) -> list[MeasuredRegion]:
    """The kernels that planning the graph asks for and nobody has measured, and those that the plan consists of."""
    questions = _Questions(known)
    found = plan(graph, capabilities, profile=questions)
    for block in found.blocks:
        questions.seconds(block.nodes, frozenset(graph.outputs))
    return list(questions.open.values())


def open_variants(
    graph: Graph, capabilities: Capabilities, known: MeasuredProfile, vector: VectorUnit
) -> list[list[MeasuredRegion]]:
    """For each kernel of the plan its variants, unless all of them were measured; what takes most time comes first."""
    returned = frozenset(graph.outputs)
    costs = CostModel(known.calibrate(capabilities.machine), returned)
    found: dict[str, list[MeasuredRegion]] = {}
    seconds: dict[str, float] = {}
    for block in plan(graph, capabilities, profile=known).blocks:
        for part in block.parts():
            variants = block_variants(part, graph.outputs, vector)
            measured = known.variants(part.nodes, returned)
            if len(variants) > 1 and not all(str(variant) in measured for variant in variants):
                key = region_key(part.nodes, returned)
                found[key] = [MeasuredRegion(key, part.nodes, returned, variant) for variant in variants]
                own = known.seconds(part.nodes, returned)
                seconds[key] = seconds.get(key, 0.0) + (costs.estimate(part.nodes) if own is None else own)
    return [found[key] for key in sorted(found, key=seconds.__getitem__, reverse=True)]


def region_graph(region: MeasuredRegion) -> Graph:
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
        nodes.append(Node(node.op, operands, results, node.attributes, node.name, node.mapping, body=node.body))
    [named] = named_blocks([nodes])
    stored = Block(list(region.nodes), fold_mapping(region.nodes)).outputs(region.returned)
    return Graph(
        inputs,
        [copies[value] for value in stored],
        nodes,
        [replace(named, name=f"{region.key} {region.name}")],
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

    def measure(self, regions: Sequence[MeasuredRegion], on_done: Callable[[MeasuredRegion], None]) -> None:
        """Measures and records each region; ``on_done`` is told after each.

        Raises RunError where the device fails on all of them: then the device is at fault, not the kernels.
        """
        if self._call_seconds is None:
            self._call_seconds = self._time_of_a_call()
        for batch in _batches(regions):
            self._measure_together(batch, on_done)

    def search(
        self,
        kernels: Sequence[Sequence[MeasuredRegion]],
        seconds: float,
        on_done: Callable[[Sequence[MeasuredRegion]], None],
    ) -> None:
        """Measures the variants of each kernel, beside each other, until the time is up; ``on_done`` is told of each.

        A kernel that was begun is finished, as variants are compared with what was measured beside them.
        """
        end = time.monotonic() + seconds
        for variants in kernels:
            if time.monotonic() >= end:
                break
            self.measure(variants, lambda _: None)
            on_done(variants)

    def _measure_together(self, regions: Sequence[MeasuredRegion], on_done: Callable[[MeasuredRegion], None]) -> None:
        graphs = {f"region_{number}": region_graph(region) for number, region in enumerate(regions)}
        directory = Path(tempfile.mkdtemp(prefix="dnnf-profile-"))
        try:
            try:
                variants = {
                    graph.nodes[0]: region.variant or ANALYTIC
                    for region, graph in zip(regions, graphs.values(), strict=True)
                }
                vmfb = self._compile(graphs, directory, variants)
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
            compared = all(region.variant is not None for region in regions)
            latencies: dict[str, float] = {}
            for _ in range(self._device.rounds * (_VARIANT_ROUNDS if compared else 1)):
                for region, function, inputs in right:
                    seconds = min(self._seconds(region, vmfb, function, inputs), latencies.get(function, inf))
                    latencies[function] = seconds
                    self._record_latency(region, seconds)
                if compared and right:
                    limit = _HOPELESS * min(latencies.values())
                    right = [each for each in right if latencies[each[1]] <= limit]
            for region in regions:
                on_done(region)
        finally:
            shutil.rmtree(directory)

    def _is_right(self, region: MeasuredRegion, graph: Graph, vmfb: Path, function: str) -> bool:
        """Whether the kernel runs and agrees with the reference; records a failure."""
        inputs = random_inputs(graph)
        try:
            found = self._device.run(vmfb, function, inputs, [value.type for value in graph.outputs])
        except RunError as error:
            self._record(region, Status.REJECTED, error=str(error))
            return False
        wrong = wrong_blocks(graph, inputs, dict(zip(graph.outputs, found, strict=True)))
        if wrong:
            self._record(region, Status.WRONG, error=str(wrong[0][1]))
        return not wrong

    def _seconds(self, region: MeasuredRegion, vmfb: Path, function: str, inputs: Sequence[np.ndarray]) -> float:
        try:
            return self._device.seconds(vmfb, function, inputs)
        except RunError as error:
            self._record(region, Status.REJECTED, error=str(error))
            return inf

    def _record_latency(self, region: MeasuredRegion, seconds: float) -> None:
        if seconds < inf:
            net = max(seconds - (self._call_seconds or 0.0), 0.0) + self._launch
            self._record(region, Status.OK, net)

    def _record_failure(self, region: MeasuredRegion, error: DnnfError) -> None:
        hangs = isinstance(error, CompileError) and error.kind == "timed out"
        message = str(error).splitlines()
        status = Status.HANGS if hangs else Status.REJECTED
        self._record(region, status, error=" ".join(line.strip() for line in message[:2]))

    def _record(self, region: MeasuredRegion, status: Status, seconds: float | None = None, error: str = "") -> None:
        self._known.record(region.nodes, region.returned, status, seconds, error, region.name)

    def _time_of_a_call(self) -> float:
        """Seconds of a function whose kernel computes a single element: what calling a function costs by itself."""
        graph = region_graph(_smallest_region())
        with tempfile.TemporaryDirectory(prefix="dnnf-profile-") as name:
            vmfb = self._compile({"region": graph}, Path(name), {})
            return self._device.seconds(vmfb, "region", random_inputs(graph))

    def _compile(self, graphs: dict[str, Graph], directory: Path, variants: Mapping[Node, Variant]) -> Path:
        """One module; ``variants`` says by a graph's first operator how its kernel is generated."""

        def choose(part: Block, _: Sequence[Value], __: Sequence[Variant]) -> Variant:
            return variants.get(part.nodes[0], ANALYTIC)

        vector = self._target.vector
        kernels = None if vector is None else kernel_lowering(vector, choose)
        bytecode = directory / "module.mlirbc"
        with bytecode.open("wb") as file:
            lower_functions(graphs, kernels, backend=self._target.backend).operation.write_bytecode(file)
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


def _batches(regions: Sequence[MeasuredRegion]) -> Iterator[list[MeasuredRegion]]:
    """In order, at most BATCH of them and BATCH_BYTES of weights at a time."""
    batch: list[MeasuredRegion] = []
    size = 0
    for region in regions:
        weights = sum(
            value.type.bytes for node in region.nodes for value in node.operands if value.constant is not None
        )
        if batch and (len(batch) == BATCH or size + weights > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(region)
        size += weights
    if batch:
        yield batch


def _smallest_region() -> MeasuredRegion:
    x = Value(TensorType((1,), "f32"), "x")
    y = Value(x.type, "y")
    return MeasuredRegion("smallest", [Node(Relu, [x], [y], name="smallest")], [y])


def rounds(graph: Graph, capabilities: Capabilities, known: MeasuredProfile) -> Iterator[list[MeasuredRegion]]:
    """The open questions, again after each round of answers, until there are none."""
    for _ in range(_MAXIMUM_ROUNDS):
        regions = open_questions(graph, capabilities, known)
        if not regions:
            return
        yield regions
