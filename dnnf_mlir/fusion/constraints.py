"""What a back end cannot or should not compile in one kernel: each constraint returns None or the reason in words.

Two kinds. A *structural* constraint that a set of operators violates is violated by every larger set, so growth stops
there. A *border* constraint (what is stored, what stands at the edge) can be repaired by more operators: it must hold
when the block is finished.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.kernels.families import Family, family_of
from dnnf_mlir.kernels.kernel import Candidate

from .capabilities import Capabilities
from .refinement import unrefinable

BORDER_VIEW = "a reshape at the border of a kernel is a free view outside it"


Constraint = Callable[[Candidate, Capabilities], str | None]


def structural_reason(candidate: Candidate, capabilities: Capabilities) -> str | None:
    """The first structural constraint that the operators violate, None when they may grow further."""
    return _first(_STRUCTURAL, candidate, capabilities)


def border_reason(candidate: Candidate, capabilities: Capabilities) -> str | None:
    """The first border constraint that the operators violate, None when they may be a finished block."""
    return _first(_BORDER, candidate, capabilities)


def _first(constraints: Sequence[Constraint], candidate: Candidate, capabilities: Capabilities) -> str | None:
    if len(candidate.nodes) < 2:  # an operator by itself is always a kernel
        return None
    return next((reason for check in constraints if (reason := check(candidate, capabilities)) is not None), None)


def bounds(candidate: Candidate, capabilities: Capabilities) -> str | None:
    """What bounds a kernel whatever it computes: operators, operands, values alive, results."""
    kept = len(candidate.stored)
    if kept > capabilities.maximum_outputs:
        return f"{kept} results are needed outside, at most {capabilities.maximum_outputs} can be stored"
    checks = (size, operands, live_values)
    return next((reason for check in checks if (reason := check(candidate, capabilities)) is not None), None)


def fused_forms_only(candidate: Candidate, capabilities: Capabilities) -> str | None:
    """Operators carried from ONNX, or whose kernel computes nothing else, stay alone."""
    for node in candidate.nodes:
        family = family_of(node)
        if family.is_alone:
            return f"{node.kind} has no form inside a fused kernel"
        if family is Family.JOIN and not capabilities.concat_prologue:
            return f"{node.kind} is compiled alone by {capabilities.name}"
    return None


def one_anchor(candidate: Candidate, capabilities: Capabilities) -> str | None:
    """One Many-to-Many operator a kernel."""
    anchors = [node for node in candidate.nodes if family_of(node).is_anchor]
    if len(anchors) > 1:
        return f"two Many-to-Many operators, {anchors[0].kind} and {anchors[1].kind}, in one kernel"
    return None


def one_float_type(candidate: Candidate, capabilities: Capabilities) -> str | None:
    """No Cast between types of floats beside a Many-to-Many operator, where its kernel would become a slower one."""
    if candidate.anchor is None or not capabilities.one_float_type:
        return None
    values = (value for node in candidate.nodes for value in (*node.operands, *node.outputs))
    types = {value.type.dtype for value in values if value.type.is_float}
    return f"{' and '.join(sorted(types))} in one kernel" if len(types) > 1 else None


def size(candidate: Candidate, capabilities: Capabilities) -> str | None:
    """Bounds on operators, for registers and compile time."""
    limit = capabilities.maximum_nodes
    return f"more than {limit} operators in one kernel" if len(candidate.nodes) > limit else None


def live_values(candidate: Candidate, capabilities: Capabilities) -> str | None:
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
        if len(alive) > capabilities.registers:
            return f"{len(alive)} results are alive at {node.name or node.kind}, more than there are registers"
    return None


def operands(candidate: Candidate, capabilities: Capabilities) -> str | None:
    """Bounds on the tensors that a kernel reads; scalar constants are immediates."""
    read = {
        value
        for node in candidate.nodes
        for value in node.operands
        if value.producer not in candidate.members and not (value.is_constant and value.type.elements == 1)
    }
    limit = capabilities.maximum_operands
    return f"the kernel would read {len(read)} tensors, at most {limit} fit" if len(read) >= limit else None


def leaves_read_stored_tensors(candidate: Candidate, capabilities: Capabilities) -> str | None:
    """Slices, gathers and their like read tensors from outside the kernel.

    In the middle of a kernel they do not compile on Vulkan, and a Pad at the end of one gives wrong numbers.
    """
    for node in candidate.nodes:
        if family_of(node).is_leaf and any(value.producer in candidate.members for value in node.operands):
            return f"{node.kind} must read a stored tensor, not one computed in the same kernel"
    return None


def reshapes_are_index_maps(candidate: Candidate, capabilities: Capabilities) -> str | None:
    """The shapes of one kernel must be groupings of one list of loops."""
    if all(family_of(node) is not Family.REORGANIZE for node in candidate.nodes):
        return None
    node = unrefinable(candidate.nodes)
    if node is None:
        return None
    return f"{node.kind} {node.input(0).type} -> {node.output.type} splits dimensions across each other: no index map"


def window_epilogue(candidate: Candidate, capabilities: Capabilities) -> str | None:
    """After a convolution, matrix product or pool: element-wise operators on the tile in registers."""
    anchor = candidate.anchor
    if anchor is None or not family_of(anchor).is_window:
        return None
    for node in candidate.nodes:
        if node in candidate.after_anchor:
            reason = _epilogue_reason(candidate, capabilities, anchor, node)
            if reason is not None:
                return reason
    return None


def window_prologue(candidate: Candidate, capabilities: Capabilities) -> str | None:
    """Before a convolution, matrix product or pool: nothing that would be computed again for every window."""
    anchor = candidate.anchor
    if anchor is None or not family_of(anchor).is_window:
        return None
    for node in candidate.nodes:
        if node is anchor or node in candidate.after_anchor:
            continue
        if node not in candidate.before_anchor:
            return f"{node.kind} does not depend on {anchor.kind}: operands of the epilogue are computed outside"
        if not _is_read_through(candidate, capabilities, anchor, node):
            again = "computed again for every window" if family_of(node) is Family.ELEMENTWISE else "a scattered read"
            return f"{node.kind} before {anchor.kind} would be {again}"
    return None


def reduction_prologue(candidate: Candidate, capabilities: Capabilities) -> str | None:
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


def reduction_epilogue(candidate: Candidate, capabilities: Capabilities) -> str | None:
    """After a reduction: element-wise operators on its result."""
    anchor = candidate.anchor
    if anchor is None or family_of(anchor) is not Family.REDUCTION:
        return None
    for node in candidate.nodes:
        if node not in candidate.after_anchor:
            continue
        reason = _epilogue_reason(candidate, capabilities, anchor, node)
        if reason is not None:
            return reason
        for value in node.operands:
            if value.producer in candidate.before_anchor and value.type.shape != anchor.output.type.shape:
                return f"{node.kind} reads {value.type} from before the reduction to {anchor.output.type}"
    return None


def reshapes_inside(candidate: Candidate, capabilities: Capabilities) -> str | None:
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


def connected(candidate: Candidate, capabilities: Capabilities) -> str | None:
    """Operators that only share an input, as when the reshape that joined them turned out to be a view."""
    reached = [candidate.nodes[0]]
    seen = set(reached)
    for node in reached:
        for neighbour in (*node.predecessors(), *node.successors()):
            if neighbour in candidate.members and neighbour not in seen:
                seen.add(neighbour)
                reached.append(neighbour)
    return "no value connects the operators" if len(seen) < len(candidate.nodes) else None


def outputs(candidate: Candidate, capabilities: Capabilities) -> str | None:
    """How many values a kernel may store, and that one loop nest can store them."""
    anchor = candidate.anchor
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


def _epilogue_reason(candidate: Candidate, capabilities: Capabilities, anchor: Node, node: Node) -> str | None:
    if any(value.producer is anchor and value is not anchor.output for value in node.operands):
        return f"{node.kind} reads a side result of {anchor.kind}"
    family = family_of(node)
    if family in (Family.PERMUTATION, Family.REORGANIZE):
        return _store_reason(candidate, capabilities, anchor, node)
    if family is not Family.ELEMENTWISE:
        return f"{node.kind} cannot follow {anchor.kind} in one kernel: only element-wise operators can"
    if node.output.type.shape != anchor.output.type.shape:
        return f"{node.kind} changes the shape of {anchor.kind}'s result to {node.output.type}"
    return None


def _store_reason(candidate: Candidate, capabilities: Capabilities, anchor: Node, node: Node) -> str | None:
    """A permuted store: Transposes and reshapes as the last operators, which together are one permutation."""
    if not capabilities.store_permutation or not family_of(anchor).is_window:
        return f"{capabilities.name} has no permuted store for {node.kind} after {anchor.kind}"
    allowed = (Family.PERMUTATION, Family.REORGANIZE)
    if any(family_of(user) not in allowed for user in candidate.readers_inside(node)):
        return f"{node.kind} after {anchor.kind} must be the last operator of the kernel"
    return None


def _is_read_through(candidate: Candidate, capabilities: Capabilities, anchor: Node, node: Node) -> bool:
    """Whether the anchor's kernel takes the operator in front of it into its reads."""
    if capabilities.read_permutation and _is_permuted_read(candidate, anchor, node):
        return True
    return any(kernel.reads_through(candidate, anchor, node) for kernel in capabilities.kernels)


def _is_permuted_read(candidate: Candidate, anchor: Node, node: Node) -> bool:
    """Transposes (and reshapes between them) of stored tensors, read in place by a matrix product."""
    if family_of(anchor) is not Family.PRODUCT:
        return False
    views = (Family.PERMUTATION, Family.REORGANIZE)
    producer, reader = node.input(0).producer, candidate.only_reader(node)
    return (
        family_of(node) in views
        and reader is not None
        and (reader is anchor or family_of(reader) in views)
        and (producer not in candidate.members or producer is None or family_of(producer) in views)
    )


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
