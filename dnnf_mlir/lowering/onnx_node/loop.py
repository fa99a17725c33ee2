"""``dnnf.loop``: as many iterations as the running model says, as ``scf.for`` in the function itself::

%last, %size = scf.for %i = 0 to %limit iter_args(%state = %start, %size = ..) { dispatches of the body's blocks }
"""

from collections.abc import Callable, Sequence

import numpy as np

from dnnf_mlir.bindings.iree import arith, cf, flow, ir, scf, tensor
from dnnf_mlir.dialect_defs.loop import Loop
from dnnf_mlir.emit import quirks, shapes
from dnnf_mlir.emit.control import Array
from dnnf_mlir.emit.scalar import Scalar, select
from dnnf_mlir.emit.scalar_programs import each
from dnnf_mlir.emit.sizes import FunctionSizes, current, dynamic, shape_of, static
from dnnf_mlir.emit.types import element_type, index, is_part_of_word, size_value
from dnnf_mlir.errors import UnsupportedModelError
from dnnf_mlir.graph.ecg import Graph, Node, Value
from dnnf_mlir.graph.size import is_dynamic, symbols_of
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.lowering.api import Region, outside

from .node import OutsideNode
from .scan_outputs import Stack, not_waiting, signalled_by

_MOST_ITERATIONS = 1_000_000
"""A loop that its condition ends is walked through to its limit."""

_VIEWS = (
    *("flow.tensor.reshape", "flow.tensor.tie_shape", "tensor.collapse_shape", "tensor.expand_shape"),
    "util.optimization_barrier",
)

_MOST_PARTS = 1 << 31
"""Of a stacked result, for whose bytes an index has room."""


@outside(Loop)
def _lower(region: Region, node: Node) -> list[ir.Value]:
    if node.body is None:
        raise ValueError(f"{node!r} has no body")
    with region.outside(), region.location:
        try:
            return _loop(OutsideNode(region, node), node.body)
        except (ValueError, IndexError, KeyError) as error:
            raise UnsupportedModelError(f"node '{node.name}' (Loop): it cannot be compiled: {error}") from error


def _loop(node: OutsideNode, body: Graph) -> list[ir.Value]:
    """The states after the last iteration, and the scan outputs.

    Sizes that change from iteration to iteration are passed on beside the tensors.
    """
    count = node.node.attributes["states"]
    starts = [node.array(i).tensor for i in range(2, len(node.inputs))]
    inner = [_changing(body, i) for i in range(count)]
    loop_types = [_type(value.type, axes) for value, axes in zip(body.inputs[2:], inner, strict=False)]
    sizes = [
        size_value(size)
        for start, axes in zip(starts, inner, strict=False)
        for size in (shape_of(start)[axis] for axis in axes)
    ]
    limit = node.constant(0)
    if limit is not None and limit.item() > _MOST_ITERATIONS:
        raise ValueError("a loop needs a number of iterations, or a limit for them")
    iterations = arith.MaxSIOp(node.array(0).read(*[0] * node.array(0).rank).to("index").value, index(0)).result
    varying = [i for i, axes in enumerate(inner) if axes or not _is_passed_on(body, i)]
    tensors = [_reshaped(starts[i], loop_types[i], shape_of(starts[i])) for i in varying]
    stacks = [_stack(node, value.type, iterations) for value in node.node.outputs[count:]]
    fences = [not_waiting()] if stacks else []

    def iterate(block: ir.Block, number: ir.Value, state: Sequence[ir.Value]) -> tuple[list[ir.Value], ir.Value | None]:
        arguments = list(starts)
        remaining = iter(state[len(varying) :])
        for i, axes in enumerate(inner):
            passed = [next(remaining) for _ in axes]
            if i in varying:
                arguments[i] = _tied(state[varying.index(i)], shape_of(starts[i]), axes, passed)
        types = [loop_types[i] for i in varying]
        return _iteration(node, body, block, number, arguments, inner, types, varying, stacks, list(remaining))

    first = node.constant(1)
    is_counted = _ends_by_count(body) and first is not None and first.all()
    if is_counted and not stacks and not any(inner) and not _reads_states(body, count):
        last, done = _last_iteration(iterations, tensors, iterate), iterations
    elif is_counted:
        last, done = _counted_loop(iterations, [*tensors, *sizes, *fences], iterate), iterations
    else:
        goes_on = (
            _flag(node.array(1)) if first is None else node.region.lowering.pool.get(first.reshape(1).astype(np.int64))
        )
        last, done = _open_loop(iterations, goes_on, [*tensors, *sizes, *fences], iterate)
    found = starts[:count]
    remaining = iter(last[len(varying) :])
    for i, axes in enumerate(inner):
        passed = [next(remaining) for _ in axes]
        if i not in varying:
            continue
        for axis, size in zip(axes, passed, strict=True):
            node.count(node.node.outputs[i].type.shape[axis], Scalar(size, "index"))
        found[i] = _tied(last[varying.index(i)], shape_of(starts[i]), axes, passed)
    stacked = []
    for stack, result in zip(stacks, node.node.outputs[count:], strict=True):
        if node.determines(result.type.shape[0]):
            node.count(result.type.shape[0], Scalar(done, "index"))
        stacked.append(stack.joined(result.type.shape[0], last[-1]))
    return [*found, *stacked]


def _stack(node: OutsideNode, type_: TensorType, iterations: ir.Value) -> Stack:
    fits = arith.CmpIOp(arith.CmpIPredicate.sle, iterations, index(_MOST_PARTS)).result
    cf.AssertOp(fits, f"node '{node.node.name}' (Loop): it has room for results of {_MOST_PARTS} turns")
    part = TensorType(type_.shape[1:], type_.dtype)
    return Stack(
        part, iterations, in_words=node.region.lowering.has(quirks.PART_OF_WORD_STORES) and is_part_of_word(part)
    )


Iteration = Callable[[ir.Block, ir.Value, Sequence[ir.Value]], tuple[list[ir.Value], ir.Value | None]]
"""(block, number, state) -> the next state, and whether another one follows: i64[1], None where the count tells."""


def _counted_loop(iterations: ir.Value, state: Sequence[ir.Value], iterate: Iteration) -> list[ir.Value]:
    op = scf.ForOp(index(0), iterations, index(1), list(state))
    with ir.InsertionPoint(op.body):
        scf.YieldOp(iterate(op.body, op.induction_variable, list(op.inner_iter_args))[0])
    return list(op.results)


def _last_iteration(iterations: ir.Value, start: Sequence[ir.Value], iterate: Iteration) -> list[ir.Value]:
    """Of iterations that do not read the states, as a branch of an If: no other one is needed."""
    runs = arith.CmpIOp(arith.CmpIPredicate.sgt, iterations, index(0)).result
    branch = scf.IfOp(runs, [value.type for value in start], has_else=True)
    with ir.InsertionPoint(branch.then_block):
        last = iterate(branch.then_block, arith.SubIOp(iterations, index(1)).result, start)[0]
        given = {i: base for i, value in enumerate(last) if (base := _from_outside(value, branch.then_block))}
        scf.YieldOp([start[i] if i in given else value for i, value in enumerate(last)])
    with ir.InsertionPoint(branch.else_block):
        scf.YieldOp(start)
    chosen = {i: _chosen(runs, base, start[i]) for i, base in given.items()}
    return [chosen.get(i, value) for i, value in enumerate(branch.results)]


def _from_outside(value: ir.Value, block: ir.Block) -> ir.Value | None:
    """The tensor from outside of a block that the value is a view of."""
    while not isinstance(value.owner, ir.Block) and value.owner.name in _VIEWS:
        value = value.owner.operands[0]
    inside = not isinstance(value.owner, ir.Block) and value.owner.operation.block == block
    return None if inside else value


def _chosen(condition: ir.Value, then: ir.Value, otherwise: ir.Value) -> ir.Value:
    """One of two tensors with the same number of elements; see quirks.GIVEN_BACK."""
    shape, dtype = shape_of(otherwise), str(ir.RankedTensorType(otherwise.type).element_type)
    pair = [Array(shapes.reshape(each_, shape, outside=True), dtype, shape) for each_ in (then, otherwise)]

    def body(positions: list[Scalar]) -> list[Scalar]:
        a, b = (array.read(*positions) for array in pair)
        return [select(Scalar(condition, "i1"), a, b)]

    return each(shape, [dtype], body)[0]


def _open_loop(
    iterations: ir.Value, goes_on: ir.Value, state: Sequence[ir.Value], iterate: Iteration
) -> tuple[list[ir.Value], ir.Value]:
    """The last state, and after how many iterations.

    Iterations after the last one do nothing: see quirks.LOOP_OF_TENSORS.
    """

    def is_set(flag: ir.Value) -> ir.Value:
        return Array(flag, "i64").read(0).to("index").value

    op = scf.ForOp(index(0), iterations, index(1), [is_set(goes_on), index(0), *state])
    with ir.InsertionPoint(op.body):
        holds, done, *before = op.inner_iter_args
        is_open = arith.CmpIOp(arith.CmpIPredicate.ne, holds, index(0)).result
        branch = scf.IfOp(is_open, [value.type for value in op.inner_iter_args], has_else=True)
        with ir.InsertionPoint(branch.then_block):
            following, again = iterate(branch.then_block, op.induction_variable, before)
            one_more = arith.AddIOp(done, index(1)).result
            scf.YieldOp([holds if again is None else is_set(again), one_more, *following])
        with ir.InsertionPoint(branch.else_block):
            scf.YieldOp([holds, done, *before])
        scf.YieldOp(list(branch.results))
    _, done, *last = op.results
    return last, done


def _ends_by_count(graph: Graph) -> bool:
    """Whether the body never ends the loop."""
    condition = _source(graph.outputs[0])
    return condition is graph.inputs[1] or (condition.constant is not None and bool(condition.constant.all()))


def _iteration(
    node: OutsideNode,
    graph: Graph,
    block: ir.Block,
    number: ir.Value,
    arguments: Sequence[ir.Value],
    inner: Sequence[Sequence[int]],
    types: Sequence[ir.RankedTensorType],
    varying: Sequence[int],
    stacks: Sequence[Stack],
    fences: Sequence[ir.Value],
) -> tuple[list[ir.Value], ir.Value | None]:
    """Emits the body; gives what the next iteration takes, and whether there is another iteration.

    That is the tensors that vary, the sizes that change, and the fence where parts are stacked.
    """
    outer = node.region.lowering
    counted = arith.IndexCastOp(element_type("i64"), number).result
    first = tensor.FromElementsOp(ir.RankedTensorType.get([], element_type("i64")), [counted]).result
    always = outer.pool.get(np.array(True))
    with FunctionSizes(block, [first, always, *arguments], graph.inputs, True) as sizes:
        nested = outer.lower_inside(graph, block, sizes)
        values = graph.outputs[1:]
        written = [
            stack.put(number, nested.shaped(part), part.type.shape, *fences)
            for stack, part in zip(stacks, values[len(inner) :], strict=True)
        ]
        results = [
            _reshaped(nested.shaped(values[i]), type_, values[i].type.shape)
            for i, type_ in zip(varying, types, strict=True)
        ]
        changed = [sizes.value(values[i].type.shape[axis]) for i, axes in enumerate(inner) for axis in axes]
        again = None
        if not _ends_by_count(graph):
            again = _flag(Array(nested.shaped(graph.outputs[0]), "i1", graph.outputs[0].type.shape))
        fences = [signalled_by(written)] if written else []
    return [*results, *changed, *fences], again


def _changing(graph: Graph, state: int) -> list[int]:
    """The dimensions of a state whose size is not that of the iteration before."""
    before, after = graph.inputs[2 + state], graph.outputs[1 + state]
    named = enumerate(zip(before.type.shape, after.type.shape, strict=True))
    return [axis for axis, (a, b) in named if a != b or any("state_" in name for name in symbols_of(a))]


def _reads_states(graph: Graph, count: int) -> bool:
    return any(value.users or value in graph.outputs for value in graph.inputs[2 : 2 + count])


def _is_passed_on(graph: Graph, state: int) -> bool:
    return _source(graph.outputs[1 + state]) is graph.inputs[2 + state]


def _source(value: Value) -> Value:
    while value.producer is not None and value.producer.kind == "identity":
        value = value.producer.input(0)
    return value


def _type(type_: TensorType, axes: Sequence[int]) -> ir.RankedTensorType:
    marker = ir.ShapedType.get_dynamic_size()
    shape = [marker if axis in axes else size for axis, size in enumerate(static(type_.shape))]
    return ir.RankedTensorType.get(shape, element_type(type_.dtype))


def _reshaped(value: ir.Value, type_: ir.RankedTensorType, shape: Sequence[int]) -> ir.Value:
    """The tensor in a type in which other dimensions are dynamic."""
    if value.type == type_:
        return value
    sizes = [size_value(size) for axis, size in enumerate(shape) if type_.is_dynamic_dim(axis)]
    return flow.TensorReshapeOp(type_, value, dynamic(shape), sizes).result


def _tied(value: ir.Value, shape: Sequence[int], axes: Sequence[int], passed: Sequence[ir.Value]) -> ir.Value:
    """A state with its sizes: those along ``axes`` are passed on beside it, the others what they are at the start."""
    changing = dict(zip(axes, passed, strict=True))
    others = {
        axis: current().value(size) for axis, size in enumerate(shape) if is_dynamic(size) and axis not in changing
    }
    sizes = [size for _, size in sorted((changing | others).items())]
    return flow.TensorTieShapeOp(value, sizes).result if sizes else value


def _flag(array: Array) -> ir.Value:
    """A boolean of one element as i64[1]: see quirks.BIT_READ."""
    return each((1,), ["i64"], lambda _: [array.read(*[0] * array.rank).to("i64")])[0]
