"""If with branches of much work: each is a loop of one iteration or none, so that the branch taken is computed alone::

    if_not = Loop(1 - condition, , zeros..) <body = (turn, goes_on, ..) => (goes_on, results of else)>
    result = Loop(condition, , if_not..) <body = (turn, goes_on, ..) => (goes_on, results of then)>

What a branch asks of sizes is asserted in its loop, for the branch taken alone.
"""

from collections.abc import Sequence

import numpy as np
from onnx import GraphProto, NodeProto, TensorProto, helper

from dnnf_mlir.errors import InvalidModelError
from dnnf_mlir.importer.control_flow.loop import ClosedLoop
from dnnf_mlir.importer.graphs import captured_values, describe, rename_values, subgraphs
from dnnf_mlir.importer.shapes.value_type import ValueType

from .context import Interpretation, UndeterminedShapesError
from .iterations import keep_loop
from .size_tensors import as_tensor

_WORK = frozenset(
    [
        *("Conv", "ConvInteger", "ConvTranspose", "QLinearConv", "STFT"),
        *("Attention", "Einsum", "Gemm", "MatMul", "MatMulInteger", "QLinearMatMul"),
        *("GRU", "LSTM", "RNN", "Loop", "Scan"),
    ]
)
"""Operators that are not computed in vain. Beside others, reading the condition back costs more than both branches."""


def computed_when_taken(ctx: Interpretation, node: NodeProto) -> bool:
    """Takes in an If; False where its branches are little work, or where their results have no common types."""
    branches = {attribute.name: attribute.g for attribute in node.attribute}
    pair = [branches["then_branch"], branches["else_branch"]]
    names = [name for graph in pair for name in captured_values(graph)]
    if not any(map(_is_work, pair)) or any(name in ctx.state.containers for name in names):
        return False
    if any(value.type.WhichOneof("value") not in (None, "tensor_type") for graph in pair for value in graph.output):
        return False
    read = {name: as_tensor(ctx, name) for name in names if name in ctx.state.sizes}
    found = [_types(ctx, node, graph, read) for graph in pair]
    types = [each for each in found if not isinstance(each, InvalidModelError)]
    if not types or types[0] is None or types[0] != types[-1]:
        return False
    results = [_start(ctx, f"{node.name}/start_{i}", type_) for i, type_ in enumerate(types[0])]
    for number, kind in ((1, "else"), (0, "then")):
        limit = _limit(ctx, node, kind)
        outputs = [f"{node.name}/{kind}_{i}" for i in range(len(results))]
        if kind == "then":
            outputs = [name or made for name, made in zip(node.output, outputs, strict=True)]
        problem = found[number]
        branch = GraphProto(name=kind) if isinstance(problem, InvalidModelError) else pair[number]
        loop = _loop(f"{node.name}/{kind}", branch, [limit, "", *results], outputs, len(results))
        rename_values(loop, read)
        if (reason := keep_loop(ctx, loop, 1, assumes=True)) is not None:
            ctx.refuse(node, reason)
            return True
        if isinstance(problem, InvalidModelError):
            ctx.state.bodies[outputs[0]].requirements[f"its {kind} branch is not to be taken: {problem}"] = -1
        results = outputs
    return True


def _is_work(graph: GraphProto) -> bool:
    return any(node.op_type in _WORK or any(map(_is_work, subgraphs(node))) for node in graph.node)


def _types(
    ctx: Interpretation, node: NodeProto, graph: GraphProto, read: dict[str, str]
) -> list[ValueType] | InvalidModelError | None:
    """The types of a branch's results by the sizes outside; None where these do not tell them.

    Or why the branch does not fit these sizes: the model is right as long as it is not taken.
    """
    loop = _loop(f"{node.name}/types", graph, ["", ""], [f"part_{i}" for i in range(len(graph.output))], 0)
    rename_values(loop, read)
    closed = ClosedLoop(loop, ctx.state.types, ctx.state.constants, assumes=True)
    try:
        prepared = ctx.prepare_body(closed.model(ctx.opsets, f"{ctx.name}: branch of {describe(node)}"))
    except InvalidModelError as error:
        return error
    except UndeterminedShapesError:
        return None
    parts = [closed.part(prepared.types[name]) for name in prepared.outputs[1:]]
    known = [part for part in parts if part is not None]
    return known if len(known) == len(parts) else None


def _loop(name: str, branch: GraphProto, inputs: Sequence[str], outputs: Sequence[str], states: int) -> NodeProto:
    """A Loop whose body is the branch; its results are states, which the branch does not read, or scan outputs.

    An empty branch passes the states on.
    """
    body = GraphProto()
    body.CopyFrom(branch)
    turn, goes_on = f"{name}/turn", f"{name}/goes_on"
    before = [f"{name}/before_{i}" for i in range(states)]
    given = [value.name for value in branch.output] or before
    results = [f"{name}/result_{i}" for i in range(len(given))]
    for source, result in zip([goes_on, *given], [f"{name}/again", *results], strict=True):
        body.node.append(helper.make_node("Identity", [source], [result], result))
    del body.output[:]
    body.input.append(helper.make_tensor_value_info(turn, TensorProto.INT64, []))
    body.input.append(helper.make_tensor_value_info(goes_on, TensorProto.BOOL, []))
    body.input.extend(map(helper.make_empty_tensor_value_info, before))
    body.output.extend(map(helper.make_empty_tensor_value_info, [f"{name}/again", *results]))
    return helper.make_node("Loop", list(inputs), list(outputs), name, body=body)


def _start(ctx: Interpretation, name: str, type_: ValueType) -> str:
    """Zeros of a type."""
    ctx.add_constant(f"{name}/zero", np.zeros((), helper.tensor_dtype_to_np_dtype(type_.elem_type)))
    shape = np.empty(len(type_.shape), object)
    shape[:] = type_.shape
    ctx.add_sizes(f"{name}/shape", shape, ValueType(TensorProto.INT64, (len(type_.shape),)))
    ctx.interpret([helper.make_node("Expand", [f"{name}/zero", f"{name}/shape"], [name], name)])
    return name


def _limit(ctx: Interpretation, node: NodeProto, kind: str) -> str:
    """How often a branch is computed: 1 where it is taken, else 0."""
    name = f"{node.name}/{kind}_limit"
    ctx.add_constant(f"{name}/scalar", np.zeros(0, np.int64))
    ctx.add_constant(f"{name}/one", np.array(1, np.int64))
    nodes = [
        helper.make_node("Reshape", [node.input[0], f"{name}/scalar"], [f"{name}/condition"], f"{name}/condition"),
        helper.make_node("Cast", [f"{name}/condition"], [f"{name}/then"], f"{name}/then", to=TensorProto.INT64),
    ]
    if kind == "else":
        nodes.append(helper.make_node("Sub", [f"{name}/one", f"{name}/then"], [f"{name}/else"], f"{name}/else"))
    ctx.interpret(nodes)
    return f"{name}/{kind}"
