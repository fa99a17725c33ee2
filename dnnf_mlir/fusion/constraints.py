"""What a back end cannot or should not compile in one kernel: each constraint returns None or the reason in words.

Two kinds. A *structural* constraint that a set of operators violates is violated by every larger set, so growth stops
there. A *border* constraint (what is stored, what stands at the edge) can be repaired by more operators: it must hold
when the block is finished.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from dnnf_mlir.fusion.cost.model import stored
from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.size import is_free
from dnnf_mlir.kernels.families import Family, family_of, is_pointwise

from .capabilities import Capabilities, capabilities_of
from .refinement import unrefinable

__all__ = [
    "BORDER_VIEW",
    "Candidate",
    "Capabilities",
    "border_problem",
    "capabilities_of",
    "structural_problem",
    "without_border_views",
]

BORDER_VIEW = "a reshape at the border of a kernel is a free view outside it"


@dataclass(frozen=True)
class Candidate:
    """A set of operators, in topological order, that might become one kernel.

    ``returned`` are the values that the function returns.
    """

    nodes: Sequence[Node]
    returned: Collection[Value]
    capabilities: Capabilities

    @cached_property
    def members(self) -> frozenset[Node]:
        return frozenset(self.nodes)

    @cached_property
    def anchor(self) -> Node | None:
        """The dominant operator, None in blocks of element-wise and data movement operators."""
        return next((node for node in self.nodes if family_of(node).is_anchor), None)

    @cached_property
    def after_anchor(self) -> frozenset[Node]:
        """Operators that depend on the anchor's result."""
        found: set[Node] = set()
        for node in self.nodes:
            if any(value.producer is self.anchor or value.producer in found for value in node.operands):
                found.add(node)
        return frozenset(found) if self.anchor is not None else frozenset()

    @cached_property
    def before_anchor(self) -> frozenset[Node]:
        """Operators that the anchor depends on."""
        found: set[Node] = set()
        for node in reversed(self.nodes):
            if any(user is self.anchor or user in found for value in node.outputs for user in value.users):
                found.add(node)
        return frozenset(found) if self.anchor is not None else frozenset()

    @cached_property
    def stored(self) -> list[Value]:
        """Values that the kernel writes."""
        return stored(self.nodes, self.returned)

    def readers_inside(self, node: Node) -> list[Node]:
        return [user for value in node.outputs for user in value.users if user in self.members]


Constraint = Callable[[Candidate], str | None]


def structural_problem(candidate: Candidate) -> str | None:
    """The first structural constraint that the operators violate, None when they may grow further."""
    return _first(_STRUCTURAL, candidate)


def border_problem(candidate: Candidate) -> str | None:
    """The first border constraint that the operators violate, None when they may be a finished block."""
    return _first(_BORDER, candidate)


def _first(constraints: Sequence[Constraint], candidate: Candidate) -> str | None:
    if len(candidate.nodes) < 2:  # an operator by itself is always a kernel
        return None
    return next((problem for check in constraints if (problem := check(candidate)) is not None), None)


def fused_forms_only(candidate: Candidate) -> str | None:
    """Operators carried from ONNX, or whose kernel computes nothing else, stay alone."""
    for node in candidate.nodes:
        family = family_of(node)
        if family is Family.ALONE:
            return f"{node.kind} has no form inside a fused kernel"
        if family is Family.JOIN and not candidate.capabilities.concat_prologue:
            return f"{node.kind} is compiled alone by {candidate.capabilities.name}"
    return None


def one_anchor(candidate: Candidate) -> str | None:
    """One Many-to-Many operator a kernel."""
    anchors = [node for node in candidate.nodes if family_of(node).is_anchor]
    if len(anchors) > 1:
        return f"two Many-to-Many operators, {anchors[0].kind} and {anchors[1].kind}, in one kernel"
    return None


def one_float_type(candidate: Candidate) -> str | None:
    """No Cast between types of floats beside a Many-to-Many operator, where its kernel would become a slower one."""
    if candidate.anchor is None or not candidate.capabilities.one_float_type:
        return None
    values = (value for node in candidate.nodes for value in (*node.operands, *node.outputs))
    types = {value.type.dtype for value in values if value.type.is_float}
    return f"{' and '.join(sorted(types))} in one kernel" if len(types) > 1 else None


def size(candidate: Candidate) -> str | None:
    """Bounds on operators, for registers and compile time."""
    limit = candidate.capabilities.maximum_nodes
    return f"more than {limit} operators in one kernel" if len(candidate.nodes) > limit else None


def live_values(candidate: Candidate) -> str | None:
    """Bounds on the results that wait at once to be read inside: each is a register in every column of a tile."""
    last = {
        value: number
        for number, node in enumerate(candidate.nodes)
        for value in node.operands
        if value.producer in candidate.members
    }
    alive: set[Value] = set()
    for number, node in enumerate(candidate.nodes):
        alive = {value for value in alive if last[value] > number}
        alive |= {value for value in node.outputs if value in last}
        if len(alive) > candidate.capabilities.registers:
            return f"{len(alive)} results are alive at {node.name or node.kind}, more than there are registers"
    return None


def operands(candidate: Candidate) -> str | None:
    """Bounds on the tensors that a kernel reads; scalar constants are immediates."""
    read = {
        value
        for node in candidate.nodes
        for value in node.operands
        if value.producer not in candidate.members and not (value.is_constant and value.type.elements == 1)
    }
    limit = candidate.capabilities.maximum_operands
    return f"the kernel would read {len(read)} tensors, at most {limit} fit" if len(read) >= limit else None


def leaves_read_stored_tensors(candidate: Candidate) -> str | None:
    """Slices, gathers and their like read tensors from outside the kernel.

    In the middle of a kernel they do not compile on Vulkan, and a Pad at the end of one gives wrong numbers.
    """
    for node in candidate.nodes:
        if family_of(node).is_leaf and any(value.producer in candidate.members for value in node.operands):
            return f"{node.kind} must read a stored tensor, not one computed in the same kernel"
    return None


def reshapes_are_index_maps(candidate: Candidate) -> str | None:
    """The shapes of one kernel must be groupings of one list of loops."""
    if all(family_of(node) is not Family.REORGANIZE for node in candidate.nodes):
        return None
    node = unrefinable(candidate.nodes)
    if node is None:
        return None
    return f"{node.kind} {node.input(0).type} -> {node.output.type} splits dimensions across each other: no index map"


def window_epilogue(candidate: Candidate) -> str | None:
    """After a convolution, matrix product or pool: element-wise operators on the tile in registers."""
    anchor = candidate.anchor
    if anchor is None or not family_of(anchor).is_window:
        return None
    for node in candidate.nodes:
        if node in candidate.after_anchor:
            problem = _epilogue_problem(candidate, anchor, node)
            if problem is not None:
                return problem
    return None


def window_prologue(candidate: Candidate) -> str | None:
    """Before a convolution, matrix product or pool: nothing that would be computed again for every window."""
    anchor = candidate.anchor
    if anchor is None or not family_of(anchor).is_window:
        return None
    for node in candidate.nodes:
        if node is anchor or node in candidate.after_anchor:
            continue
        if node not in candidate.before_anchor:
            return f"{node.kind} does not depend on {anchor.kind}: operands of the epilogue are computed outside"
        if not any(allowed(candidate, anchor, node) for allowed in _PROLOGUES):
            again = "computed again for every window" if family_of(node) is Family.ELEMENTWISE else "a scattered read"
            return f"{node.kind} before {anchor.kind} would be {again}"
    return None


def reduction_prologue(candidate: Candidate) -> str | None:
    """Before a reduction: element-wise operators and index maps on the tensor that is reduced."""
    anchor = candidate.anchor
    if anchor is None or family_of(anchor) is not Family.REDUCTION:
        return None
    if any(value is not None and value.producer in candidate.members for value in anchor.inputs[1:]):
        return f"operands of {anchor.kind} other than the reduced tensor are computed outside"
    for node in candidate.nodes:
        if node is anchor or node in candidate.after_anchor:
            continue
        if node not in candidate.before_anchor:
            return f"{node.kind} does not depend on {anchor.kind}: operands of the epilogue are computed outside"
        if family_of(node) not in (Family.ELEMENTWISE, Family.REORGANIZE, Family.PERMUTATION):
            return f"{node.kind} before the reduction {anchor.kind}: only element-wise operators and index maps"
    return None


def reduction_epilogue(candidate: Candidate) -> str | None:
    """After a reduction: element-wise operators on its result."""
    anchor = candidate.anchor
    if anchor is None or family_of(anchor) is not Family.REDUCTION:
        return None
    for node in candidate.nodes:
        if node not in candidate.after_anchor:
            continue
        problem = _epilogue_problem(candidate, anchor, node)
        if problem is not None:
            return problem
        for value in node.operands:
            if value.producer in candidate.before_anchor and value.type.shape != anchor.output.type.shape:
                return f"{node.kind} reads {value.type} from before the reduction to {anchor.output.type}"
    return None


def reshapes_inside(candidate: Candidate) -> str | None:
    """A reshape between stored tensors is a free view; at the border of a kernel it would only change its shape."""
    return BORDER_VIEW if any(_is_border_view(candidate, node) for node in candidate.nodes) else None


def without_border_views(candidate: Candidate) -> Candidate:
    """The candidate without the reshapes at its border, which are free where they are."""
    inner = [node for node in candidate.nodes if not _is_border_view(candidate, node)]
    if len(inner) == len(candidate.nodes):
        return candidate
    return without_border_views(replace(candidate, nodes=inner))


def _is_border_view(candidate: Candidate, node: Node) -> bool:
    return family_of(node) is Family.REORGANIZE and (
        not candidate.readers_inside(node) or node.input(0).producer not in candidate.members
    )


def connected(candidate: Candidate) -> str | None:
    """Operators that only share an input, as when the reshape that joined them turned out to be a view."""
    reached = [candidate.nodes[0]]
    seen = set(reached)
    for node in reached:
        for neighbour in (*node.predecessors(), *node.successors()):
            if neighbour in candidate.members and neighbour not in seen:
                seen.add(neighbour)
                reached.append(neighbour)
    return "no value connects the operators" if len(seen) < len(candidate.nodes) else None


def outputs(candidate: Candidate) -> str | None:
    """How many values a kernel may store, and that one loop nest can store them."""
    capabilities, anchor = candidate.capabilities, candidate.anchor
    values = candidate.stored
    if len(values) < 2:
        return None
    family = family_of(anchor) if anchor is not None else Family.ELEMENTWISE
    limit = capabilities.maximum_outputs if family in capabilities.multiple_outputs else 1
    if len(values) > limit:
        return (
            f"{len(values)} results are needed outside, "
            f"{capabilities.name} stores at most {limit} from a kernel of this family ({family.value})"
        )
    if len({value.type.elements for value in values}) > 1:
        return "results of different sizes cannot be stored by one loop nest"
    for value in values:
        node = value.producer
        if node is not None and node is not anchor and family_of(node) is not Family.ELEMENTWISE:
            return f"the result of {node.kind} is needed outside beside others"
    return None


def _epilogue_problem(candidate: Candidate, anchor: Node, node: Node) -> str | None:
    if any(value.producer is anchor and value is not anchor.output for value in node.operands):
        return f"{node.kind} reads a side result of {anchor.kind}"
    family = family_of(node)
    if family in (Family.PERMUTATION, Family.REORGANIZE):
        return _store_problem(candidate, anchor, node)
    if family is not Family.ELEMENTWISE:
        return f"{node.kind} cannot follow {anchor.kind} in one kernel: only element-wise operators can"
    if node.output.type.shape != anchor.output.type.shape:
        return f"{node.kind} changes the shape of {anchor.kind}'s result to {node.output.type}"
    return None


def _store_problem(candidate: Candidate, anchor: Node, node: Node) -> str | None:
    """A permuted store: Transposes and reshapes as the last operators, which together are one permutation."""
    if not candidate.capabilities.store_permutation or not family_of(anchor).is_window:
        return f"{candidate.capabilities.name} has no permuted store for {node.kind} after {anchor.kind}"
    allowed = (Family.PERMUTATION, Family.REORGANIZE)
    if any(family_of(user) not in allowed for user in candidate.readers_inside(node)):
        return f"{node.kind} after {anchor.kind} must be the last operator of the kernel"
    return None


def _is_channels_first_read(candidate: Candidate, anchor: Node, node: Node) -> bool:
    """A Transpose from channels first to last, only for a dense convolution on channels-last values."""
    if not candidate.capabilities.read_channels_first or node.kind != "transpose" or anchor.kind != "conv":
        return False
    if _suits_winograd(candidate, anchor):
        return False
    rank = node.output.type.rank
    return (
        node.attributes["perm"] == (0, *range(2, rank), 1)
        and anchor.attributes.get("layout") == "channels_last"
        and anchor.attributes.get("group", 1) == 1
        and _only_reader(candidate, node) is anchor
        and anchor.input(0) is node.output
        and node.input(0).producer not in candidate.members
    )


def _suits_winograd(candidate: Candidate, conv: Node) -> bool:
    """Whether Winograd's algorithm may compute it: 3x3 windows side by side, of many channels and of given extents."""
    least, weights = candidate.capabilities.winograd_channels, conv.input(1).type.shape
    steps = (*conv.attributes["strides"], *conv.attributes.get("dilations", ()))
    return (
        least is not None
        and min(weights[:2]) >= least
        and weights[-2:] == (3, 3)
        and all(step == 1 for step in steps)
        and not any(map(is_free, conv.input(0).type.shape[1:]))
    )


def _is_permuted_read(candidate: Candidate, anchor: Node, node: Node) -> bool:
    """Transposes (and reshapes between them) of stored tensors, read in place by a matrix product."""
    if not candidate.capabilities.read_permutation or family_of(anchor) is not Family.PRODUCT:
        return False
    views = (Family.PERMUTATION, Family.REORGANIZE)
    producer, reader = node.input(0).producer, _only_reader(candidate, node)
    return (
        family_of(node) in views
        and reader is not None
        and (reader is anchor or family_of(reader) in views)
        and (producer not in candidate.members or producer is None or family_of(producer) in views)
    )


def _is_scale_before_pointwise(candidate: Candidate, anchor: Node, node: Node) -> bool:
    """A multiplication of the anchor's operand by one factor per channel, which can be applied to the weights."""
    if not candidate.capabilities.scale_before_pointwise or not is_pointwise(anchor) or node.kind != "mul":
        return False
    x = node.output
    factors = [value for value in node.operands if value.type.elements == x.type.shape[-1]]
    return (
        anchor.input(0) is x
        and _only_reader(candidate, node) is anchor
        and len(factors) == 1
        and factors[0].type.shape[-1:] == x.type.shape[-1:]
        and node.input(0) is not node.input(1)
    )


def _only_reader(candidate: Candidate, node: Node) -> Node | None:
    """The single operator that reads the node's result, None when there are several or it is returned."""
    users = set(node.output.users)
    return next(iter(users)) if len(users) == 1 and node.output not in candidate.returned else None


_PROLOGUES = (_is_channels_first_read, _is_permuted_read, _is_scale_before_pointwise)

_STRUCTURAL: tuple[Constraint, ...] = (
    fused_forms_only,
    one_anchor,
    one_float_type,
    size,
    live_values,
    operands,
    leaves_read_stored_tensors,
    window_epilogue,
    window_prologue,
    reduction_prologue,
    reduction_epilogue,
    reshapes_are_index_maps,
)
_BORDER: tuple[Constraint, ...] = (reshapes_inside, connected, outputs)
