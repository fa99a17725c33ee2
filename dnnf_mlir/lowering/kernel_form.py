"""The kernel form of a block: its anchor's generated CPU kernel, with what is fused around it.

A block takes this form when its anchor has a kernel, what stands before the anchor is element-wise (softmax,
normalizations and pools only), and what stands behind it is element-wise, or a reshape or transpose at the end. Behind
a convolution there may be a pool, with the same behind it. The functions here return the reason in words when it is
otherwise, and the block takes the linalg form.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.emit import element_wise as one_to_one
from dnnf_mlir.fusion.cost.model import separable
from dnnf_mlir.fusion.in_place import Part
from dnnf_mlir.graph.ecg import Block, Node, Value
from dnnf_mlir.kernels import (
    IDENTITY,
    LINALG,
    Dispatch,
    ElementWise,
    Layout,
    Place,
    Variant,
    attention_dispatch,
    conv_dispatch,
    emit_together,
    integer_dispatch,
    integer_problem,
    normalization_dispatch,
    pool_dispatch,
    pooling_problem,
    product_dispatch,
    softmax_dispatch,
    supports,
)
from dnnf_mlir.targets import VectorUnit

from .api import ModuleLowering
from .graph_lowering import BlockLowering
from .kernel_expression import Dimensions, expression, outside, scaled_and_shifted
from .kernel_problems import (
    ActivationProduct,
    Anchor,
    Attention,
    IntegerProduct,
    Normalization,
    Pool,
    Product,
    Softmax,
    anchor_problem,
)
from .kernel_separable import Separable, separable_kernel, separable_problem
from .kernel_stages import (
    Kernel,
    Stage,
    after,
    anchor_of,
    apart,
    depending_on,
    epilogue_stages,
    is_view,
    last_anchor,
    pool_windows,
    stored_in_order,
    view_chain,
)
from .kernel_variants import VariantChooser, analytic, kernel_variants, with_variant
from .kernel_vector_products import VectorProducts, stages_of, vector_products, vector_products_kernel
from .kernel_weights import packed_integers, packed_weights
from .store_layout import store_layout

_STORED = ("i32", "i8", "ui8")
"""Element types of results beside the floats that a kernel computes with."""
_Store = tuple[Value, Part | None]
"""A result, and the part of a Concat's result that it is written to; None where it is a tensor of its own."""


def kernel_lowering(vector: VectorUnit, choose: VariantChooser = analytic) -> BlockLowering:
    """The kernel form for machines with such vector registers, for :func:`dnnf_mlir.lowering.lower`.

    ``choose`` says which variant each block takes.
    """

    def lower_block(block: Block, lowering: ModuleLowering) -> bool:
        parts = [(part, stored_in_order(part, lowering.graph.outputs)) for part in block.parts()]
        found = [(part, outputs, describe(part, outputs, vector)) for part, outputs in parts]
        known = [(part, outputs, problem) for part, outputs, problem in found if not isinstance(problem, str)]
        if len(known) < len(parts):
            pieces = [each for part, _ in parts for each in apart(part)]
            if len(pieces) > 1:
                _lower_apart(pieces, lowering)
            return len(pieces) > 1
        alone = len(parts) == 1 and not any(lowering.parts(value) for value in parts[0][1])
        chosen = [
            choose(part, lowering.graph.outputs, kernel_variants(problem, vector, alone=alone))
            for part, _, problem in known
        ]
        if LINALG in chosen:
            return False
        with lowering.insertion_point, ir.Location.name(block.name):
            stores = [_stores(part, outputs, lowering) for part, outputs in parts]
            kernels = [
                _kernel(part, with_variant(problem, variant), own, vector, lowering)
                for (part, _, problem), variant, own in zip(known, chosen, stores, strict=True)
            ]
            results = emit_together(kernels)
        for own, tensors in zip(stores, results, strict=True):
            for (value, place), tensor in zip(own, tensors, strict=True):
                if place is None:
                    lowering.bind(value, tensor)
                else:
                    lowering.wrote(place, tensor)
        return True

    def _lower_apart(parts: Sequence[Block], lowering: ModuleLowering) -> None:
        """A kernel for each part, where one of them has no kernel form."""
        for part in parts:
            if not lower_block(part, lowering):
                lowering.lower_block(part)

    return lower_block


def has_kernel_form(block: Block, returned: Collection[Value], vector: VectorUnit) -> bool:
    """Whether the block, or each sibling in it, becomes a generated kernel; ``returned``: the function's results."""
    return all(not isinstance(describe(part, part.outputs(returned), vector), str) for part in block.parts())


def block_variants(part: Block, returned: Sequence[Value], vector: VectorUnit) -> list[Variant]:
    """The variants of a block without siblings, or of one sibling, where it is alone; none without a kernel form."""
    found = describe(part, stored_in_order(part, returned), vector)
    return [] if isinstance(found, str) else kernel_variants(found, vector, alone=True)


def describe(block: Block, outputs: Sequence[Value], vector: VectorUnit | None = None) -> Kernel | str:
    """The block's anchor as a kernel problem, or the reason why the block has no kernel (on such a machine).

    ``outputs`` are the block's results in order.
    """
    if block.anchor is None:
        return "no dominant operator"
    if any(v.type.elements == 0 for node in block.nodes for v in (*node.operands, *node.outputs)):
        return "a tensor has no elements"
    floats = {v.type.dtype for node in block.nodes for v in (*node.operands, *node.outputs) if v.type.is_float}
    if len(floats) > 1:
        return " beside ".join(sorted(floats))
    pair = separable(block.nodes)
    if pair is not None:
        both = separable_problem(block, *pair)
        return both if isinstance(both, str) else _epilogue_problem(block, both, outputs) or both
    stages = stages_of(block)
    if stages is not None:
        chain = vector_products(block, stages)
        return chain if isinstance(chain, str) else _epilogue_problem(block, chain, outputs) or chain
    found = anchor_problem(block, block.anchor)
    if isinstance(found, str):
        return found
    if isinstance(found, Product | IntegerProduct | ActivationProduct | Pool):
        reason = supports(found.problem)
        if reason is not None:
            return reason
    if isinstance(found, IntegerProduct) and vector is not None:
        reason = integer_problem(found.problem, found.shifted_weights(), vector)
        if reason is not None:
            return reason
    if isinstance(found, Product) and found.pool is not None:
        beside = any(value.producer not in depending_on(found.pool, block) for value in outputs)
        reason = pooling_problem(found.problem, pool_windows(found.pool), beside)
        if reason is not None:
            return reason
    return _prologue_problem(block, found, outputs) or _epilogue_problem(block, found, outputs) or found


def _stores(block: Block, outputs: Sequence[Value], lowering: ModuleLowering) -> list[_Store]:
    """What a kernel stores: each result where Concats want it, and as a tensor of its own where others read it."""
    stores: list[_Store] = []
    for value in outputs:
        parts = lowering.parts(value)
        stores += [(value, part) for part in parts]
        stores += [(value, None)] if not parts or lowering.needs_tensor(value, block) else []
    return stores


def stored_layout(block: Block, value: Value) -> Layout | str | None:
    """How the block's kernel stores a result, or why that cannot be said; None for a block that has no kernel."""
    parts = block.parts()
    found = [describe(part, part.outputs(())) for part in parts]
    for part, problem in zip(parts, found, strict=True):
        if isinstance(problem, str) or value.producer not in part.nodes:
            continue
        if isinstance(problem, Normalization | VectorProducts):
            return f"the kernel of {value.name} stores whole tensors only"
        for stage in epilogue_stages(part, problem, part.outputs(())):
            if value in stage.results:
                return _layout(problem, stage.root.output, view_chain(stage.behind, value)[1])
    return None


def _kernel(
    block: Block,
    found: Kernel,
    stores: Sequence[_Store],
    vector: VectorUnit,
    lowering: ModuleLowering,
) -> Dispatch:
    last = last_anchor(block, found)
    dimensions = _dimensions(found, last)
    stages = epilogue_stages(block, found, [value for value, _ in stores])
    epilogue, layouts = _fused_behind(block, stages[0], found, dimensions, stores, lowering)
    if isinstance(found, VectorProducts):
        return vector_products_kernel(found, epilogue, layouts, vector, lowering)
    if isinstance(found, Separable):
        return separable_kernel(found, epilogue, layouts, vector, lowering)
    if isinstance(found, Attention):
        between = block.nodes[block.nodes.index(found.scores) + 1 : block.nodes.index(anchor_of(block))]
        scored = anchor_of(block).input(0)
        scoring = expression(between, found.scores.output, [scored], lowering) if between else IDENTITY
        factors = [found.scores.input(0), found.scores.input(1), found.sums.input(1)]
        queries, keys, values = (lowering.shaped(value) for value in factors)
        return attention_dispatch(found.problem, queries, keys, values, vector, scoring, epilogue, layouts)
    if isinstance(found, Softmax | Normalization | Pool):
        before = block.nodes[: block.nodes.index(last)]
        root = _root(before, found.x)
        around = None if isinstance(found, Pool) else dimensions
        prologue = expression(before, root, [found.x], lowering, around) if before else None
        if isinstance(found, Pool):
            return pool_dispatch(found.problem, lowering.shaped(root), vector, epilogue, prologue, layouts)
        if isinstance(found, Normalization):
            parameters = [
                None if value is None else dimensions.operand(value, lowering, found.aligned_to)
                for value in found.parameters
            ]
            epilogue = scaled_and_shifted(epilogue, *parameters)
            x = lowering.reshape(lowering.tensor(root), found.problem.shape, lowering.insertion_point)
            return normalization_dispatch(found.problem, x, vector, epilogue, prologue, layouts)
        x = lowering.shaped(root)
        return softmax_dispatch(found.problem, x, vector, epilogue, prologue, layouts, safe=found.safe)
    if isinstance(found, ActivationProduct):
        x = lowering.shaped(found.x)
        return product_dispatch(found.problem, x, lowering.shaped(found.b), vector, epilogue, layouts=layouts)
    if isinstance(found, IntegerProduct):
        return _integer_kernel(found, epilogue, layouts, vector, lowering)
    bias = None if found.bias is None else lowering.pool.get(found.bias)
    scale = _scale_before(block, found)
    prologue = None
    if scale is not None:
        prologue = replace(expression([scale], _scaled(scale), [found.x], lowering), scales=True)
    x = lowering.shaped(found.x if scale is None else _scaled(scale))
    packed = packed_weights(found, found.problem, vector, lowering)
    pooling = None
    if found.pool is not None:
        behind, pooled = _fused_behind(block, stages[1], found, Dimensions.of(found.pool.output), stores, lowering)
        pooling = replace(pool_windows(found.pool), epilogue=behind, layouts=pooled)
    return conv_dispatch(found.problem, x, packed, bias, vector, epilogue, prologue, layouts, pooling)


def _integer_kernel(
    found: IntegerProduct,
    epilogue: ElementWise,
    layouts: tuple[Layout, ...],
    vector: VectorUnit,
    lowering: ModuleLowering,
) -> Dispatch:
    zero_point: ir.Value | int = 0
    if found.zero_point is not None:
        known = found.zero_point.constant
        zero_point = lowering.tensor(found.zero_point) if known is None else int(known.reshape(()))
    filters, sums = packed_integers(found, vector, lowering)
    x = lowering.shaped(found.x)
    return integer_dispatch(found.problem, x, zero_point, found.signed, filters, sums, vector, epilogue, layouts)


def _fused_behind(
    block: Block,
    stage: Stage,
    found: Kernel,
    dimensions: Dimensions,
    stores: Sequence[_Store],
    lowering: ModuleLowering,
) -> tuple[ElementWise, tuple[Layout, ...]]:
    """The stage's element-wise operators, and how its results are stored; what a pool reads comes first."""
    own = [(value, part) for value, part in stores if value in stage.results]
    chains = [view_chain(stage.behind, value) for value, _ in own]
    wanted = [base for base, _ in chains]
    computed = [node for node in stage.behind if not is_view(node)]
    if isinstance(found, Softmax | Normalization):
        computed = _needed_before(block, stage.root, stage.behind, wanted) + computed
    if stage.pooled is not None:
        wanted = [stage.pooled, *wanted]
    epilogue = expression(computed, stage.root.output, wanted, lowering, dimensions)
    parts = [part for _, part in own]
    return epilogue, _layouts(found, stage.root.output, [chain for _, chain in chains], parts, lowering)


def _dimensions(found: Kernel, last: Node) -> Dimensions:
    """How the epilogue's operands are seen, and a prologue's whose anchor keeps the shape."""
    if isinstance(found, Normalization):
        return Dimensions(found.x.type.shape, found.merged_from)
    return Dimensions.of(last.output)


def _needed_before(block: Block, last: Node, behind: Sequence[Node], wanted: Sequence[Value]) -> list[Node]:
    """Operators before the anchor whose results are wanted behind it: the epilogue computes them again."""
    before = block.nodes[: block.nodes.index(last)]
    needed = {*wanted, *(value for node in behind for value in node.operands)}
    found: list[Node] = []
    for node in reversed(before):
        if node.output in needed:
            found.insert(0, node)
            needed.update(node.operands)
    return found


def _scale_before(block: Block, found: Product) -> Node | None:
    """The multiplication before a product that becomes a factor of its weights."""
    producer = found.x.producer
    return producer if producer in block.nodes and producer is not None and producer.kind == "mul" else None


def _scaled(scale: Node) -> Value:
    """The operand of the multiplication that has the result's shape."""
    return next(value for value in scale.operands if value.type.shape == scale.output.type.shape)


def _root(before: Sequence[Node], x: Value) -> Value:
    """The value from outside that the element-wise operators before an anchor turn into its operand ``x``."""
    inside = set(before)
    outside = [value for node in before for value in node.operands if value.producer not in inside]
    return next((value for value in outside if not value.is_constant and value.type.shape == x.type.shape), x)


def _prologue_problem(block: Block, found: Anchor, outputs: Sequence[Value]) -> str | None:
    nodes, anchor = block.nodes, anchor_of(block)
    if isinstance(found, Softmax | Normalization | Pool):
        before = nodes[: nodes.index(anchor)]
        if before and _root(before, found.x) is found.x:
            return f"nothing of the shape of the {anchor.kind}'s operand is read"
        if isinstance(found, Normalization) and not _follows(found, [*before, *after(block, anchor)]):
            return "an operand follows a part of the normalized dimensions"
        return _elementwise_problem(before, found.x, outputs if isinstance(found, Pool) else ())
    if isinstance(found, Attention):
        between = nodes[nodes.index(found.scores) + 1 : nodes.index(anchor)]
        if nodes[0] is not found.scores or nodes[nodes.index(anchor) + 1] is not found.sums:
            return "operators inside the attention that are not part of its scores"
        if found.sums.input(0) is not anchor.output or found.scores.output in outputs or anchor.output in outputs:
            return "the scores are wanted outside"
        return _elementwise_problem(between, found.scores.output, outputs)
    position = nodes.index(anchor)
    if position == 1 and isinstance(found, Product) and _scale_before(block, found) is nodes[0]:
        return f"{nodes[0].kind} is wanted outside" if nodes[0].output in outputs else None
    if position > 1 or (position == 1 and (anchor.kind != "conv" or nodes[0] is not anchor.input(0).producer)):
        return f"{nodes[0].kind} before the {anchor.kind}"
    return None


def _follows(found: Normalization, nodes: Sequence[Node]) -> bool:
    """Whether all operands of what is fused, and scale and bias, can be read along the merged dimensions."""
    dimensions = Dimensions(found.x.type.shape, found.merged_from)
    operands = [value for value in outside(nodes, found.x) if value.constant is None or value.type.elements > 1]
    parameters = [value for value in found.parameters if value is not None]
    return all(dimensions.seen(value.type.shape) is not None for value in operands) and all(
        dimensions.seen(value.type.shape, found.aligned_to) is not None for value in parameters
    )


def _elementwise_problem(nodes: Sequence[Node], x: Value, outputs: Sequence[Value]) -> str | None:
    for node in nodes:
        if not one_to_one.has_body(node) or node.output.type != x.type:
            return f"{node.kind} before the anchor"
        if node.output in outputs:
            return f"the result of {node.kind} before the anchor is wanted outside"
    return None


def _epilogue_problem(block: Block, found: Kernel, outputs: Sequence[Value]) -> str | None:
    problems = (_stage_problem(block, stage, found) for stage in epilogue_stages(block, found, outputs))
    return next((problem for problem in problems if problem is not None), None)


def _stage_problem(block: Block, stage: Stage, found: Kernel) -> str | None:
    anchor, behind = stage.root, stage.behind
    shape = anchor.output.type.shape
    if stage.pooled is not None and stage.pooled.type.shape != shape:
        return "a pool of another shape than the convolution's"
    before = () if isinstance(found, Softmax | Normalization) else set(block.nodes).difference(behind, (anchor,))
    for node in behind:
        if any(value.producer in before for value in node.operands):
            return f"{node.kind} reads a value from before the {anchor.kind}"
        if is_view(node):
            read_inside = any(user in behind and not is_view(user) for user in node.output.users)
            if read_inside or node.output is stage.pooled:
                return f"{node.kind} between the {anchor.kind} and an element-wise operator"
        elif not one_to_one.has_body(node):
            return f"{node.kind} behind the {anchor.kind}"
        elif node.output.type.shape != shape:
            return f"{node.kind} changes the shape"
    for value in stage.results:
        base, chain = view_chain(behind, value)
        if base.producer in before:
            return f"a value from before the {anchor.kind} is wanted outside"
        computed = "f32" if isinstance(found, IntegerProduct) else anchor.output.type.dtype
        if value.type.dtype not in (computed, *_STORED):
            return f"a result of {value.type.dtype}"
        if base.type.shape != shape or store_layout(shape, chain) is None:
            return "a result of another shape"
        if chain and isinstance(found, Product) and found.layout is not None:
            return "a view behind the transposed convolution"
        if chain and isinstance(found, Normalization) and found.merged_from != anchor.output.type.rank - 1:
            return "a view behind a normalization of merged dimensions"
    return None


def _layouts(
    found: Kernel,
    computed: Value,
    chains: Sequence[Sequence[Node]],
    parts: Sequence[Part | None],
    lowering: ModuleLowering,
) -> tuple[Layout, ...]:
    """How each result is stored; empty when all are stored as computed."""
    layouts = []
    for chain, part in zip(chains, parts, strict=True):
        layout = _layout(found, computed, chain)
        place = None if part is None else Place(lowering.whole(part.concat), part.axis, part.start)
        layouts += [] if layout is None else [replace(layout, place=place)]
    own = isinstance(found, Product) and found.layout is not None
    return tuple(layouts) if own or any(chains) or any(parts) else ()


def _layout(found: Kernel, computed: Value, chain: Sequence[Node]) -> Layout | None:
    if isinstance(found, Product) and found.layout is not None:
        return found.layout
    return store_layout(computed.type.shape, chain)
