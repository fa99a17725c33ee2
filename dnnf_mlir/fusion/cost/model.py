"""Latency of blocks: measured where a profile knows them, else an analytic estimate from work and traffic.

Decides the profiled cells of Table 3, and prologues that a kernel would compute several times.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.views import is_reshape
from dnnf_mlir.kernels.api import KERNELS, Kernel
from dnnf_mlir.kernels.families import Family, family_of
from dnnf_mlir.kernels.kernel import stored
from dnnf_mlir.kernels.machine import NOISE, Machine


class Profile(Protocol):
    """What is known of kernels, such as a database of profiled blocks.

    ``nodes`` come in topological order, ``returned`` are the values that the function returns.
    """

    def seconds(self, nodes: Sequence[Node], returned: Collection[Value]) -> float | None:
        """Latency of one kernel that computes ``nodes``; None when not measured."""

    def problem(self, nodes: Sequence[Node], returned: Collection[Value]) -> str | None:
        """Why ``nodes`` cannot be one kernel: the back end refused them or computed them wrongly; None if they can."""

    def calibrate(self, machine: Machine) -> Machine:
        """The machine with the rates that measurements show, where there are enough of them."""


@dataclass(frozen=True)
class Comparison:
    """A block computed by one kernel against two, in seconds."""

    fused: float
    separate: float
    measured: bool

    @property
    def pays(self) -> bool:
        """Whether to fuse: the equal, and what is measured as slower by less than NOISE, is fused."""
        return self.fused <= self.separate * (1 + (NOISE if self.measured else 1e-9))

    def __str__(self) -> str:
        origin = "measured" if self.measured else "estimated"
        return f"{origin} {self.fused * 1e6:.2f} us fused, {self.separate * 1e6:.2f} us separate"


@dataclass(frozen=True)
class CostModel:
    """Compares plans on one machine; ``returned`` are the values that the function returns."""

    machine: Machine
    returned: Collection[Value]
    profile: Profile | None = None
    kernels: Sequence[Kernel] = KERNELS
    """Kernels that know better than the general estimate."""

    def compare(self, together: Sequence[Node], apart: Sequence[Sequence[Node]]) -> Comparison:
        """One kernel for all nodes against one for each part; measured only when all of them are."""
        return self.compare_plans([together], apart)

    def compare_plans(self, together: Sequence[Sequence[Node]], apart: Sequence[Sequence[Node]]) -> Comparison:
        """Kernels that compute the same in two ways, the first being preferred; measured only when all of them are."""
        first, second = self._measure(together), self._measure(apart)
        if first is not None and second is not None:
            return Comparison(first, second, measured=True)
        return Comparison(sum(map(self.estimate, together)), sum(map(self.estimate, apart)), measured=False)

    def _measure(self, kernels: Sequence[Sequence[Node]]) -> float | None:
        """Seconds of all the kernels together; None unless each is measured. Asks for all in any case."""
        if self.profile is None:
            return None
        measured = [0.0 if _is_view(nodes) else self.profile.seconds(nodes, self.returned) for nodes in kernels]
        known = [seconds for seconds in measured if seconds is not None]
        return sum(known) if len(known) == len(measured) else None

    def estimate(self, nodes: Sequence[Node]) -> float:
        """Seconds of one kernel: the launch, and the larger of arithmetic and traffic. Reshapes alone are free."""
        if _is_view(nodes):
            return 0.0
        for kernel in self.kernels:
            seconds = kernel.cost(nodes, self.machine, self.estimate)
            if seconds is not None:
                return seconds
        times = executions(nodes)
        flops = sum(node.flops * times[node] / self._speed(node) for node in nodes)
        traffic = self._read(nodes) + self._stored(nodes)
        machine = self.machine
        return machine.launch_seconds + max(flops / machine.flops_per_second, traffic / machine.bytes_per_second)

    def _speed(self, node: Node) -> float:
        """Of the node's operations, relative to those on f32."""
        return self.machine.half_speed if node.outputs[0].type.dtype == "f16" else 1.0

    def _stored(self, nodes: Sequence[Node]) -> float:
        """Bytes stored; a window scatters its results where a permutation of the innermost dimension follows."""
        kept = stored(nodes, self.returned)
        scattered = any(family_of(node).is_window for node in nodes) and _moves_innermost(nodes[-1])
        return sum(value.type.bytes for value in kept) * (self.machine.strided_factor if scattered else 1.0)

    def _read(self, nodes: Sequence[Node]) -> float:
        """Bytes read, weighted by how they are accessed."""
        members = set(nodes)
        strided = _reached_across(nodes, members)
        passes = _passes_over(nodes)
        read: dict[Value, float] = {}
        for node in nodes:
            factor = self.machine.strided_factor if node in strided else 1.0
            factor *= 1 + (passes[node] - 1) * self.machine.reread_factor
            for value in node.operands:
                if value.producer not in members:
                    read[value] = max(read.get(value, 0.0), _touched_bytes(value, node) * factor)
        return sum(read.values())


def _is_view(nodes: Sequence[Node]) -> bool:
    return all(is_reshape(node) for node in nodes)


def work(nodes: Sequence[Node], returned: Collection[Value]) -> tuple[int, int]:
    """FLOPs of the nodes, and bytes of what they read from outside and store: what no kernel for them can avoid."""
    members = set(nodes)
    read = {value for node in nodes for value in node.operands if value.producer not in members}
    moved = sum(value.type.bytes for value in (*read, *stored(nodes, returned)))
    return sum(node.flops for node in nodes), moved


def executions(nodes: Sequence[Node]) -> dict[Node, float]:
    """How often a kernel computes each element of each node's result (at least once).

    A result that several operators read in the same loop nest is computed once; broadcasting it recomputes it for each
    element, a reduction of several passes for each pass.
    """
    result: dict[Node, float] = {}
    members = set(nodes)
    for node in reversed(nodes):
        times = 1.0
        for value in node.outputs:
            for user in value.users:
                if user in members:
                    times = max(times, result[user] * reads_per_element(value, user) / _shared_reads(node, user))
        result[node] = times
    return result


def reads_per_element(value: Value, reader: Node) -> float:
    """How often ``reader`` reads each element of ``value``, at least once."""
    family = family_of(reader)
    if family is Family.REDUCTION:
        return _passes(reader)
    if family.is_window:
        # Each window and each filter reads it again: flops are two for each multiplication.
        return max(1.0, reader.flops / (2 * max(1, value.type.elements)))
    return max(1.0, reader.output.type.elements / max(1, value.type.elements))


_ROWS_PER_WEIGHT = 12.0
"""Rows of a register tile, for which a weight is loaded once."""


def _shared_reads(node: Node, reader: Node) -> float:
    """How many reads one execution serves: a factor before a window multiplies the weights, not the inputs."""
    return _ROWS_PER_WEIGHT if node.kind == "mul" and family_of(reader).is_window else 1.0


_ONE_PASS = frozenset({"global_average_pool", "global_max_pool", "arg_max", "arg_min"})


def _passes(reduction: Node) -> float:
    """Traversals of the input: maximum, sum and result of a softmax; mean, variance and result of a normalization."""
    return 1.0 if reduction.kind in _ONE_PASS or reduction.kind.startswith("reduce_") else 3.0


def _passes_over(nodes: Sequence[Node]) -> dict[Node, float]:
    """How often each node's operands are read from end to end: as often as the reduction that follows needs them."""
    result: dict[Node, float] = {}
    for node in reversed(nodes):
        own = _passes(node) if family_of(node) is Family.REDUCTION else 1.0
        result[node] = max([own, *(result[user] for user in node.successors() if user in result)])
    return result


def _touched_bytes(value: Value, reader: Node) -> int:
    """Bytes that the reader needs: slices and gathers leave the rest of their operand alone."""
    if not family_of(reader).is_leaf:
        return value.type.bytes
    needed = sum(output.type.elements for output in reader.outputs) * value.type.numpy_dtype.itemsize
    return min(value.type.bytes, needed)


def _reached_across(nodes: Sequence[Node], members: Collection[Node]) -> set[Node]:
    """Nodes whose operands are read across their innermost dimension, because a permutation that moves it follows.

    Windows read in their own order and scatter what they store.
    """
    result: set[Node] = set()
    for node in reversed(nodes):
        if family_of(node).is_window:
            continue
        if _moves_innermost(node) or any(user in result and user in members for user in node.successors()):
            result.add(node)
    return result


def _moves_innermost(node: Node) -> bool:
    if family_of(node) is not Family.PERMUTATION:
        return False
    shape = node.input(0).type.shape
    moved = [i for i in node.attributes["perm"] if shape[i] != 1]
    return bool(moved) and moved[-1] != max(moved)
