"""What all kernels ask of the operators around their anchors: common conditions, each with its reason."""

from collections.abc import Collection, Sequence

from dnnf_mlir.graph.ecg import Node, Value
from dnnf_mlir.graph.views import is_permuted_view, is_reshape
from dnnf_mlir.kernels.families import KERNEL_DTYPES, has_scalar_body, is_depthwise, is_pointwise
from dnnf_mlir.kernels.kernel import Candidate, Problem, Refusal, Stage
from dnnf_mlir.kernels.nest.store_layout import store_layout

_STORED = ("i32", "i8", "ui8")
"""Element types of results beside the floats that a kernel computes with."""


def dtype_refusal(anchor: Node) -> Refusal | None:
    """Why no kernel of floats computes the anchor."""
    dtypes = {value.type.dtype for value in [*anchor.data_inputs, *anchor.outputs]}
    if len(dtypes) > 1 or not dtypes <= KERNEL_DTYPES:
        return Refusal(f"kernels compute in {' or '.join(sorted(KERNEL_DTYPES))} only")
    return None


def nothing_before(block: Candidate, anchor: Node) -> Refusal | None:
    """Why a kernel without a prologue does not compute the block."""
    return Refusal(f"{block.nodes[0].kind} before the {anchor.kind}") if block.nodes[0] is not anchor else None


def prologue_refusal(nodes: Sequence[Node], x: Value, outputs: Collection[Value]) -> Refusal | None:
    """Why ``nodes`` before an anchor are no element-wise prologue of its operand ``x``.

    ``outputs`` are results of the block, of which none may be computed there.
    """
    for node in nodes:
        if not has_scalar_body(node) or node.output.type != x.type:
            return Refusal(f"{node.kind} before the anchor")
        if node.output in outputs:
            return Refusal(f"the result of {node.kind} before the anchor is wanted outside")
    return None


def prologue_root(before: Sequence[Node], x: Value) -> Value:
    """The value from outside that the element-wise operators before an anchor turn into its operand ``x``.

    ``x`` itself where there is none.
    """
    inside = set(before)
    outside = [value for node in before for value in node.operands if value.producer not in inside]
    return next((value for value in outside if not value.is_constant and value.type.shape == x.type.shape), x)


def nodes_between(block: Candidate, first: Node, second: Node) -> tuple[tuple[Node, ...], Value] | Refusal:
    """The element-wise operators between two anchors and their result, which the second reads through reshapes."""
    nodes = block.between(first, second)
    fed = second.input(0)
    views: list[Node] = []
    while fed.producer in nodes and fed.producer is not None and is_reshape(fed.producer):
        views.append(fed.producer)
        fed = fed.producer.input(0)
    elementwise = tuple(node for node in nodes if node not in views)
    inside = {first, *elementwise}
    if fed.producer not in inside:
        return Refusal(f"{second.kind} does not read what follows {first.kind}")
    for node in elementwise:
        if not has_scalar_body(node) or node.output.type != first.output.type:
            return Refusal(f"{node.kind} between {first.kind} and {second.kind}")
        if any(value.producer in block.members and value.producer not in inside for value in node.operands):
            return Refusal(f"{node.kind} reads a value from before {first.kind}")
    values = [node.output for node in (*inside, *views)]
    if any(value in block.returned or any(user not in {*nodes, second} for user in value.users) for value in values):
        return Refusal(f"a value between {first.kind} and {second.kind} is needed elsewhere")
    return elementwise, fed


def epilogue_refusal(problem: Problem) -> Refusal | None:
    """Why the kernel cannot compute or store what follows its anchors."""
    stages = problem.stages
    refusals = (
        _stage_refusal(problem, stages[i], problem.results(i, problem.block.stored)) for i in range(len(stages))
    )
    return next((refusal for refusal in refusals if refusal is not None), None)


def _stage_refusal(problem: Problem, stage: Stage, results: Sequence[Value]) -> Refusal | None:
    anchor, behind = stage.root, stage.behind
    shape = anchor.output.type.shape
    if stage.pooled is not None and stage.pooled.type.shape != shape:
        return Refusal("a pool of another shape than the convolution's")
    before = set() if problem.recomputes else problem.block.members.difference(behind, (anchor,))
    for node in behind:
        if any(value.producer in before for value in node.operands):
            return Refusal(f"{node.kind} reads a value from before the {anchor.kind}")
        if is_permuted_view(node):
            read_inside = any(user in behind and not is_permuted_view(user) for user in node.output.users)
            if read_inside or node.output is stage.pooled:
                return Refusal(f"{node.kind} between the {anchor.kind} and an element-wise operator")
        elif not has_scalar_body(node):
            return Refusal(f"{node.kind} behind the {anchor.kind}")
        elif node.output.type.shape != shape:
            return Refusal(f"{node.kind} changes the shape")
    for value in results:
        base, chain = stage.view_chain(value)
        if base.producer in before:
            return Refusal(f"a value from before the {anchor.kind} is wanted outside")
        if value.type.dtype not in (problem.computed_dtype, *_STORED):
            return Refusal(f"a result of {value.type.dtype}")
        if base.type.shape != shape or store_layout(shape, chain) is None:
            return Refusal("a result of another shape")
        if chain and problem.layout is not None:
            return Refusal("a view behind the transposed convolution")
        if chain and problem.merged_from != anchor.output.type.rank - 1:
            return Refusal("a view behind a normalization of merged dimensions")
    return None


_CHANNELS_FIRST_TO_LAST = {rank: (0, *range(2, rank), 1) for rank in (3, 4, 5)}


def is_channels_first_read(block: Candidate, conv: Node, node: Node) -> bool:
    """Whether ``node`` is a Transpose from channels first to last whose operand the convolution reads instead.

    For a convolution on channels-last values that is not depthwise, and the only reader.
    """
    return (
        node.kind == "transpose"
        and conv.kind == "conv"
        and conv.input(0) is node.output
        and node.attributes["perm"] == _CHANNELS_FIRST_TO_LAST.get(node.output.type.rank)
        and conv.attributes.get("layout") == "channels_last"
        and not is_depthwise(conv)
        and block.only_reader(node) is conv
        and node.input(0).producer not in block.members
    )


def is_scale(block: Candidate, anchor: Node, node: Node) -> bool:
    """Whether ``node`` multiplies the operand of a pointwise window by one factor for each channel of an image.

    The kernel multiplies the weights instead.
    """
    if node.kind != "mul" or not is_pointwise(anchor):
        return False
    x = node.output
    factors = [value for value in node.operands if _is_channel_factor(value.type.shape, x.type.shape)]
    return (
        anchor.input(0) is x
        and block.only_reader(node) is anchor
        and len(factors) == 1
        and node.input(0) is not node.input(1)
    )


def _is_channel_factor(shape: Sequence[int], image: Sequence[int]) -> bool:
    """Whether a factor of this shape, [batch or 1, 1..., channels], is the same at all positions of an image."""
    if not shape or shape[-1] != image[-1]:
        return False
    batch, *positions = (1,) * (len(image) - len(shape)) + tuple(shape[:-1])
    return all(extent == 1 for extent in positions) and (batch == 1 or (batch == image[0] and len(image) > 2))


def scaled_value(scale: Node) -> Value:
    """The operand of the multiplication that has the result's shape."""
    return next(value for value in scale.operands if value.type.shape == scale.output.type.shape)
