"""Loop, Scan and SequenceMap: unrolled where the number of iterations is known and small, else kept as a Loop."""

from onnx import NodeProto, TypeProto

from dnnf_mlir.errors import InvalidModelError, UnsupportedModelError
from dnnf_mlir.graph.size import is_dynamic, least
from dnnf_mlir.importer.control_flow.loop import ClosedLoop
from dnnf_mlir.importer.control_flow.scan import ScanForm, placed, scan_as_loop
from dnnf_mlir.importer.control_flow.scan_outputs import stack_what_grows
from dnnf_mlir.importer.control_flow.unroll import (
    EndlessError,
    Unrolled,
    passes_on,
    unroll_loop,
    unroll_map,
    unroll_scan,
)
from dnnf_mlir.importer.decompose.builder import Decomposition
from dnnf_mlir.importer.graphs import captured_values, describe, rename_values
from dnnf_mlir.importer.shapes.value_type import ValueType, declared_shape

from .context import Interpretation, UndeterminedShapesError
from .size_tensors import as_tensor


def unroll(ctx: Interpretation, node: NodeProto) -> bool:
    """Replaces a Loop, Scan or SequenceMap by its iterations; False where that cannot be, or would be too long."""
    if node.name in ctx.state.kept_loops:
        return False
    try:
        unrolled = _unrolled(ctx, node)
    except EndlessError as error:
        raise UnsupportedModelError(f"{ctx.name}: {describe(node)}: {error}") from error
    except (IndexError, KeyError, ValueError, StopIteration) as error:
        reason = "its inputs, results and body do not fit"
        raise InvalidModelError(f"{ctx.name}: {describe(node)}: {reason}") from error
    if unrolled is not None:
        ctx.replace_unrolled(unrolled)
    return unrolled is not None


def _unrolled(ctx: Interpretation, node: NodeProto) -> Unrolled | None:
    if node.op_type == "SequenceMap":
        return unroll_map(node, ctx.state.containers)
    if node.op_type == "Scan":
        return unroll_scan(node, ctx.state.types)

    def declared_length(output: str) -> int | None:
        """The declared number of iterations of a scan output."""
        shape = declared_shape(ctx.inference.declared.get(output, TypeProto()))
        return shape[0] if shape else None

    return unroll_loop(node, ctx.state.constants.get, declared_length)


def loop(ctx: Interpretation, node: NodeProto) -> bool:
    """Takes in a Loop."""
    if not unroll(ctx, node):
        _keep_or_refuse(ctx, node)
    return True


def scan(ctx: Interpretation, node: NodeProto) -> bool:
    """Takes in a Scan: its iterations, or a Loop."""
    if unroll(ctx, node):
        return True
    form, decomposition = ScanForm(node, ctx.state.types), Decomposition(node, ctx.state.types)
    first, *others = form.lengths
    for other in others:
        if first != other and not (is_dynamic(first) or is_dynamic(other)):
            raise InvalidModelError(f"{ctx.name}: {describe(node)}: its sequences have {first} and {other} steps")
        if first != other:
            ctx.require_equal(node, first, other)
    scanned = scan_as_loop(decomposition, form)
    ctx.replace(decomposition)
    if all(value in ctx.state.types for value, _ in scanned):
        results = Decomposition(node, ctx.state.types).inside(f"{node.name}/results")
        placed(results, scanned)
        ctx.replace(results)
    return True


def _keep_or_refuse(ctx: Interpretation, node: NodeProto) -> None:
    """Keeps a Loop with a dynamic trip count."""
    state = ctx.state
    names = [*node.input, *captured_values(next(a.g for a in node.attribute if a.name == "body"))]
    if any(name in state.containers for name in names):
        ctx.refuse(
            node, "a loop with a dynamic trip count carries a sequence or optional; make the trip count constant"
        )
        return
    iterations = _iterations(ctx, node)
    rename_values(node, {name: as_tensor(ctx, name) for name in names if name in state.sizes})
    stacking = stack_what_grows(node, state.types)
    if stacking is not None and keep_loop(ctx, stacking[0], iterations) is None:
        ctx.replace_unrolled(stacking[1])
    elif (reason := keep_loop(ctx, node, iterations)) is not None:
        ctx.refuse(node, reason)


def _iterations(ctx: Interpretation, node: NodeProto) -> int | None:
    """How many iterations a Loop has, where sizes alone determine that."""
    limit, start = (ctx.state.sizes.get(name, ctx.state.constants.get(name)) for name in node.input[:2])
    body = next(attribute.g for attribute in node.attribute if attribute.name == "body")
    if limit is None or (node.input[1] and (start is None or not start.all())) or not passes_on(body):
        return None
    iterations: int = limit.item()
    lowest = least(iterations)
    return iterations if lowest is not None and lowest >= 0 else None


def keep_loop(ctx: Interpretation, node: NodeProto, iterations: int | None, *, assumes: bool = False) -> str | None:
    """Adds a Loop with the types of its results, or gives the reason why they are not determined.

    ``assumes`` is as in :class:`ClosedLoop`.
    """
    closed = ClosedLoop(node, ctx.state.types, ctx.state.constants, assumes)
    states, scan_outputs = closed.outputs
    types: list[ValueType] = []
    try:
        while not types or closed.widened([types[i] for i in states]):
            prepared = ctx.prepare_body(closed.model(ctx.opsets, f"{ctx.name}: body of {describe(node)}"))
            types = [prepared.types[name] for name in prepared.outputs]
    except UndeterminedShapesError as error:
        return str(error)
    parts = [part for i in scan_outputs if (part := closed.part(types[i])) is not None]
    if len(parts) < len(scan_outputs):
        return "the sizes of its scan outputs may change between iterations; make them constant"
    results = []
    for state, name in enumerate(closed.states):
        elem_type, shape = ctx.state.types[name]
        sizes = (ctx.new_size() if (state, i) in closed.changing else size for i, size in enumerate(shape))
        results.append(ValueType(elem_type, tuple(sizes)))
    if iterations is None:
        iterations = ctx.new_size() if parts else 0
    results += [ValueType(part.elem_type, (iterations, *part.shape)) for part in parts]
    kept = closed.closed()
    ctx.state.bodies[kept.output[0]] = prepared
    ctx.keep(kept, dict(zip(kept.output, results, strict=True)))
    return None
