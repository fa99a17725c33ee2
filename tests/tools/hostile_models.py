"""Models that nobody exports but who wants to see a compiler fail: refused in words, or compiled as ONNX says."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper, parser
from small_models import HEADER

INT64, FLOAT, BOOL = TensorProto.INT64, TensorProto.FLOAT, TensorProto.BOOL
node = helper.make_node

Write = Callable[[Path], None]
"""Writes a model to the path."""


def info(name: str, shape: Sequence[int | str] | None, elem_type: int = FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, elem_type, shape)


def graph_of(
    nodes: Sequence[NodeProto],
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
    weights: Mapping[str, Any] | None = None,
) -> GraphProto:
    tensors = [numpy_helper.from_array(np.asarray(array), name) for name, array in (weights or {}).items()]
    return helper.make_graph(nodes, "g", inputs, outputs, tensors)


def model_of(*arguments: Any, opset: int = 20, **imports: int) -> ModelProto:
    opsets = [helper.make_opsetid(domain, version) for domain, version in ({"": opset} | imports).items()]
    return helper.make_model(graph_of(*arguments), opset_imports=opsets, ir_version=8)


def text(graph: str, opset: int = 20) -> ModelProto:
    return parser.parse_model(HEADER.format(opset=opset) + graph)


def relu(shape: Sequence[int | str] = (2, 3), weights: Mapping[str, Any] | None = None) -> ModelProto:
    """``y = Relu(x)``, or ``y = Add(x, w)`` with a weight."""
    last = node("Add", ["x", "w"], ["y"], "last") if weights else node("Relu", ["x"], ["y"], "last")
    return model_of([last], [info("x", shape)], [info("y", shape)], weights)


def with_weight(change: Callable[[TensorProto], object], weight: Any = None) -> ModelProto:
    """``y = Add(x, w)`` with a weight that was changed after it was made."""
    model = relu(weights={"w": np.ones((2, 3), np.float32) if weight is None else weight})
    change(model.graph.initializer[0])
    return model


def changed(model: ModelProto, change: Callable[[ModelProto], object]) -> ModelProto:
    change(model)
    return model


def saved(model: ModelProto) -> Write:
    return lambda path: onnx.save(model, path)


def replaced(model: ModelProto, old: bytes, new: bytes) -> Write:
    """The model's file with some bytes replaced by as many others."""
    assert len(old) == len(new) and old in model.SerializeToString()
    return lambda path: path.write_bytes(model.SerializeToString().replace(old, new)) and None


def with_external(location: str, file: str | None = "weights.bin", size: int = 24, **entries: object) -> Write:
    """A model whose weight of 24 bytes is said to lie elsewhere; ``file`` is written, with ``size`` bytes."""

    def write(path: Path) -> None:
        def move(tensor: TensorProto) -> None:
            tensor.ClearField("raw_data")
            tensor.data_location = TensorProto.EXTERNAL
            place = location.replace("FOLDER", str(path.parent))
            for key, value in {"location": place, **entries}.items():
                tensor.external_data.add(key=key, value=str(value))

        if file is not None:
            path.parent.joinpath(file).write_bytes(bytes(size))
        path.write_bytes(with_weight(move).SerializeToString())

    return write


def linked_out(path: Path) -> None:
    """External data beside the model that is a link to somewhere else."""
    path.with_name("weights.bin").symlink_to("/dev/zero")
    with_external("weights.bin", file=None)(path)


def is_folder(path: Path) -> None:
    path.with_name("weights.bin").mkdir()
    with_external("weights.bin", file=None)(path)


def nested_ifs(depth: int, condition: Callable[[int], str]) -> ModelProto:
    """If inside If, each adding 1 in one branch; ``condition`` names that of a level."""

    def level(i: int) -> list[NodeProto]:
        value = f"v{i}"
        if i == depth:
            return [node("Identity", ["x"], [value])]
        inner = [*level(i + 1), node("Add", [f"v{i + 1}", "one"], [f"t{i}"])]
        taken = helper.make_graph(inner, f"then{i}", [], [info(f"t{i}", [2])])
        other = helper.make_graph([node("Neg", ["x"], [f"e{i}"])], f"else{i}", [], [info(f"e{i}", [2])])
        return [node("If", [condition(i)], [value], f"if{i}", then_branch=taken, else_branch=other)]

    weights = {"one": np.ones(1, np.float32), "yes": np.array(True)}
    return model_of(level(0), [info("x", [2]), info("b", [], BOOL)], [info("v0", [2])], weights)


def nested_beyond_reading(path: Path) -> None:
    """If inside If, far deeper than protobuf reads, and so written without it."""

    def field(number: int, content: bytes) -> bytes:
        size, digits = len(content), bytearray()
        while size > 127:
            digits.append(size & 127 | 128)
            size >>= 7
        return bytes([number << 3 | 2, *digits, size]) + content

    graph = b""
    for _ in range(1000):
        attribute = field(5, field(1, b"then_branch") + field(6, graph))
        graph = field(1, field(4, b"If") + field(2, b"y") + attribute)
    path.write_bytes(model_of([], [], []).SerializeToString() + field(7, graph))


def nested_loops(counts: Sequence[int]) -> ModelProto:
    """Loops of constant counts inside each other, around one addition."""

    def loop(level: int, state: str, result: str) -> NodeProto:
        inner_state, inner_result, last = f"s{level}", f"r{level}", level + 1 == len(counts)
        step = node("Add", [inner_state, "one"], [inner_result]) if last else loop(level + 1, inner_state, inner_result)
        body = helper.make_graph(
            [step, node("Identity", [f"c{level}"], [f"d{level}"])],
            f"body{level}",
            [info(f"i{level}", [], INT64), info(f"c{level}", [], BOOL), info(inner_state, [2])],
            [info(f"d{level}", [], BOOL), info(inner_result, [2])],
        )
        return node("Loop", [f"n{level}", "", state], [result], f"loop{level}", body=body)

    weights = {f"n{i}": np.array(count, np.int64) for i, count in enumerate(counts)} | {"one": np.ones(1, np.float32)}
    return model_of([loop(0, "x", "y")], [info("x", [2])], [info("y", [2])], weights)


def with_functions(*functions: onnx.FunctionProto, call: str = "F", inputs: Sequence[str] = ("x",)) -> ModelProto:
    model = model_of([node(call, inputs, ["y"], "call", domain="own")], [info("x", [2])], [info("y", [2])], own=1)
    model.functions.extend(functions)
    return model


def function(name: str, *nodes: NodeProto, inputs: Sequence[str] = ("a",)) -> onnx.FunctionProto:
    imports = [helper.make_opsetid("", 20), helper.make_opsetid("own", 1)]
    return helper.make_function("own", name, inputs, ["b"], list(nodes), imports)


def calls(name: str, a: str = "a", b: str = "b") -> NodeProto:
    return node(name, [a], [b], domain="own")


def doubling(count: int) -> ModelProto:
    """Functions that each call the next one twice: 2 to the power of ``count`` nodes in a few hundred bytes."""
    chain = [function(f"F{i}", calls(f"F{i + 1}", "a", "h"), calls(f"F{i + 1}", "h", "b")) for i in range(count)]
    return with_functions(*chain, function(f"F{count}", node("Neg", ["a"], ["b"])), call="F0")


def body_that_reads_itself() -> ModelProto:
    branch = helper.make_graph(
        [node("Add", ["p", "q"], ["q"], "sum"), node("Neg", ["q"], ["p"], "back")], "branch", [], [info("q", [2])]
    )
    return model_of(
        [node("If", ["b"], ["y"], "choice", then_branch=branch, else_branch=branch)],
        [info("x", [2]), info("b", [], BOOL)],
        [info("y", [2])],
    )


def of_constant(operator: str, values: Sequence[int], shape: Sequence[int | str], **attributes: Any) -> ModelProto:
    """An operator on ``x: float[2,3]`` and constant integers."""
    inputs = ["n"] if operator == "ConstantOfShape" else ["x", "n"]
    return model_of(
        [node(operator, inputs, ["y"], "big", **attributes)],
        [info("x", [2, 3])],
        [info("y", shape)],
        {"n": np.array(values, np.int64)},
    )


def long_sum(count: int) -> ModelProto:
    """``x + x + ... + x``, from the left on."""
    names = ["x", *(f"v{i}" for i in range(count - 1)), "y"]
    nodes = [node("Add", [a, "x"], [b]) for a, b in itertools.pairwise(names)]
    return model_of(nodes, [info("x", [2])], [info("y", [2])])


_SHAPES: Mapping[str, ModelProto | Write] = {
    "input beyond all memory": relu((2**40, 2**40)),
    "input of 2**63 elements": relu((2**32, 2**31)),
    "input of 2**64 elements": relu((2**32, 2**32)),
    "weight beyond all memory": with_weight(lambda w: w.dims.__setitem__(slice(None), [2**62])),
    "weight whose size overflows to what it has": with_weight(lambda w: w.dims.__setitem__(slice(None), [2**62, 4, 6])),
    "weight of negative size": with_weight(lambda w: w.dims.__setitem__(slice(None), [-2, -3])),
    "empty weight for a size": with_weight(lambda w: w.ClearField("raw_data")),
    "result declared of negative size": model_of([node("Relu", ["x"], ["y"])], [info("x", [2])], [info("y", [-2])]),
    "ConstantOfShape beyond all memory": of_constant("ConstantOfShape", [2**40, 2**40], ["a", "b"]),
    "ConstantOfShape of negative size": of_constant("ConstantOfShape", [-1, 3], ["a", "b"]),
    "Expand beyond all memory": of_constant("Expand", [2**50, 2, 3], ["a", 2, 3]),
    "Tile beyond all memory": of_constant("Tile", [2**40, 2**40], ["a", "b"]),
    "Tile a negative number of times": of_constant("Tile", [-1, 1], ["a", "b"]),
    "Pad beyond all memory": of_constant("Pad", [0, 0, 2**50, 0], ["a", "b"]),
    "Pad more away than there is": of_constant("Pad", [-3, 0, 0, 0], ["a", "b"]),
    "Reshape to another number of elements": of_constant("Reshape", [7], ["a"]),
    "Reshape to two open sizes": of_constant("Reshape", [-1, -1], ["a", "b"]),
    "Reshape to 100 dimensions": of_constant("Reshape", [1] * 98 + [2, 3], [1] * 98 + [2, 3]),
    "input of 100 dimensions": relu([1] * 100),
    "Split into 2**40 parts": text(
        "g (float[6] x) => (float[1] y) { [part] y = Split<num_outputs = 1099511627776>(x) }"
    ),
    "OneHot of depth 2**62": model_of(
        [node("OneHot", ["i", "n", "v"], ["y"], "hot")],
        [info("i", [2], INT64)],
        [info("y", [2, "d"])],
        {"n": np.array(2**62), "v": np.array([0, 1], np.float32)},
    ),
    "Range of 2**62 numbers": model_of(
        [node("Range", ["a", "b", "c"], ["y"], "count")],
        [],
        [info("y", ["d"], INT64)],
        {"a": np.array(0), "b": np.array(2**62), "c": np.array(1)},
    ),
    "Concat of nothing": model_of([node("Concat", [], ["y"], "join", axis=0)], [], [info("y", [0])]),
    "EyeLike beyond all memory": model_of(
        [node("Expand", ["o", "n"], ["e"]), node("EyeLike", ["e"], ["y"], "eye")],
        [],
        [info("y", ["a", "b"])],
        {"o": np.ones((1, 1), np.float32), "n": np.array([2**25, 2**25])},
    ),
    **{
        f"Conv with {words}": model_of(
            [node("Conv", ["x", "w"], ["y"], "conv", **attributes)],
            [info("x", [1, 2, 5, 5])],
            [info("y", ["a", "b", "c", "d"])],
            {"w": np.ones((2, 2, 3, 3), np.float32)},
        )
        for words, attributes in {
            "stride 0": {"strides": [0, 1]},
            "negative dilation": {"dilations": [1, -1]},
            "group 0": {"group": 0},
            "group 2**62": {"group": 2**62},
            "negative pads": {"pads": [-9, 0, 0, 0]},
            "pads of 2**62": {"pads": [2**62, 0, 2**62, 0]},
            "the kernel of another weight": {"kernel_shape": [2, 2]},
            "stride 2**62": {"strides": [2**62, 1]},
            "dilation 2**62": {"dilations": [2**62, 1]},
        }.items()
    },
    "MaxPool of a kernel of 2**40": text(
        "g (float[1,1,4,4] x) => (float[1,1,1,1] y) "
        "{ [pool] y = MaxPool<kernel_shape = [1099511627776, 2], pads = [0, 0, 1099511627776, 0]>(x) }"
    ),
    "Transpose by no permutation": text("g (float[2,3] x) => (float[2,3] y) { [t] y = Transpose<perm = [0, 0]>(x) }"),
    "Softmax of no dimension": text("g (float[2,3] x) => (float[2,3] y) { [s] y = Softmax<axis = 7>(x) }"),
    "Einsum of nonsense": text('g (float[2,3] x) => (float[2] y) { [e] y = Einsum<equation = "ij,->...->k">(x) }'),
}

_GRAPHS: Mapping[str, ModelProto | Write] = {
    "node that reads itself": text("g (float[2] x) => (float[2] y) { [self] y = Relu(y) }"),
    "cycle in a branch": body_that_reads_itself(),
    "output that nothing makes": text("g (float[2] x) => (float[2] z) { y = Relu(x) }"),
    "two nodes with one result": text("g (float[2] x) => (float[2] y) { [a] y = Relu(x) [b] y = Neg(x) }"),
    "one node with one result twice": text("g (float[4] x) => (float[2] y) { [a] y, y = Split<num_outputs = 2>(x) }"),
    "two inputs of one name": model_of(
        [node("Relu", ["x"], ["y"])], [info("x", [2]), info("x", [3])], [info("y", [2])]
    ),
    "result with the name of an input": text("g (float[2] x) => (float[2] x) { [a] x = Relu(x) }"),
    "result with the name of a weight": changed(
        relu(weights={"w": np.ones((2, 3), np.float32)}), lambda m: m.graph.node[0].output.__setitem__(0, "w")
    ),
    "two weights of one name": changed(
        relu(weights={"w": np.ones((2, 3), np.float32)}), lambda m: m.graph.initializer.append(m.graph.initializer[0])
    ),
    "an attribute twice": changed(
        text("g (float[2,3] x) => (float[2,3] y) { [s] y = Softmax<axis = 0>(x) }"),
        lambda m: m.graph.node[0].attribute.append(helper.make_attribute("axis", 1)),
    ),
    "an output twice": changed(relu(), lambda m: m.graph.output.append(m.graph.output[0])),
    "nodes of one name": changed(
        text("g (float[2] x) => (float[2] y) { [a] h = Relu(x) [a] k = Neg(h) [a] y = Exp(k) }"), lambda m: None
    ),
    "nothing at all": model_of([], [], []),
    "no nodes": model_of([], [info("x", [2])], [info("x", [2])]),
    "nodes and no outputs": model_of([node("Relu", ["x"], ["y"])], [info("x", [2])], []),
    "no inputs": text("g () => (float[2] y) <float[2] w = {1.0, -2.0}> { y = Neg(w) }"),
    "weight as output": text("g (float[2] x) => (float[2] w, float[2] y) <float[2] w = {1.0, -2.0}> { y = Neg(x) }"),
    "result without a name": changed(relu(), lambda m: m.graph.node[0].output.__setitem__(0, "")),
    "input without a name": changed(relu(), lambda m: m.graph.input[0].ClearField("name")),
    "operator without a name": changed(relu(), lambda m: m.graph.node[0].ClearField("op_type")),
    "graph without a name": changed(relu(), lambda m: m.graph.ClearField("name")),
    "If nested 20 times": nested_ifs(20, lambda i: "b"),
    "If nested 20 times, decided": nested_ifs(20, lambda i: "yes"),
    "If nested 1000 times": nested_beyond_reading,
    "loops of 4 turns, 3 deep": nested_loops([4] * 3),
    "loops of 1000 turns, 4 deep": nested_loops([1000] * 4),
    "loop of 2**62 turns": nested_loops([2**62]),
    "loop of -1 turns": nested_loops([-1]),
    "loop of 0 turns": nested_loops([0]),
    "If without branches": model_of([node("If", ["b"], ["y"], "choice")], [info("b", [], BOOL)], [info("y", [2])]),
    "If with one branch": model_of(
        [node("If", ["b"], ["y"], "choice", then_branch=graph_of([], [], [info("x", [2])]))],
        [info("b", [], BOOL), info("x", [2])],
        [info("y", [2])],
    ),
    "Loop without a body": model_of(
        [node("Loop", ["n", "", "x"], ["y"], "loop")], [info("n", [], INT64), info("x", [2])], [info("y", [2])]
    ),
    "long sum": long_sum(100),
}

_VERSIONS: Mapping[str, ModelProto | Write] = {
    "opset of the future": changed(relu(), lambda m: setattr(m.opset_import[0], "version", 10**6)),
    "opset 0": changed(relu(), lambda m: setattr(m.opset_import[0], "version", 0)),
    "opset -1": changed(relu(), lambda m: setattr(m.opset_import[0], "version", -1)),
    "no opset": changed(relu(), lambda m: m.ClearField("opset_import")),
    "IR version of the future": changed(relu(), lambda m: setattr(m, "ir_version", 10**6)),
    "negative IR version": changed(relu(), lambda m: setattr(m, "ir_version", -1)),
    "domain without an opset": changed(relu(), lambda m: setattr(m.graph.node[0], "domain", "com.example")),
    "operator of a later opset": text("g (float[2] x) => (float[2] y) { [late] y = Gelu(x) }", opset=9),
    "operator of an earlier opset": text(
        "g (float[1,1,2,2] x, float[4] s) => (float[1,1,4,4] y) { [early] y = Upsample(x, s) }"
    ),
    "names that are no UTF-8": replaced(relu(), b"last", b"l\xff\xfet"),
    "operator that is no UTF-8": replaced(relu(), b"Relu", b"\xc3\x28lu"),
}

_FUNCTIONS: Mapping[str, ModelProto | Write] = {
    "function that calls itself": with_functions(function("F", calls("F"))),
    "functions that call each other": with_functions(function("F", calls("G")), function("G", calls("F"))),
    "functions that grow beyond measure": doubling(60),
    "function that is not there": with_functions(),
    "function without nodes": with_functions(function("F")),
    "function twice": with_functions(
        function("F", node("Neg", ["a"], ["b"])), function("F", node("Abs", ["a"], ["b"]))
    ),
    "function with too many arguments": with_functions(
        function("F", node("Neg", ["a"], ["b"])), inputs=("x", "x", "x")
    ),
    "function with too few arguments": with_functions(function("F", node("Add", ["a", "c"], ["b"]), inputs=("a", "c"))),
}

_DATA: Mapping[str, ModelProto | Write] = {
    "too few bytes": with_weight(lambda w: setattr(w, "raw_data", w.raw_data[:-1])),
    "too many bytes": with_weight(lambda w: setattr(w, "raw_data", w.raw_data + b"\0\0\0\0")),
    "data twice": with_weight(lambda w: w.float_data.extend([1.0] * 6)),
    "data of another type": with_weight(lambda w: (w.ClearField("raw_data"), w.int64_data.extend([1] * 6))),
    "too few numbers": with_weight(lambda w: (w.ClearField("raw_data"), w.float_data.extend([1.0] * 5))),
    "unknown element type": with_weight(lambda w: setattr(w, "data_type", 99)),
    "no element type": with_weight(lambda w: w.ClearField("data_type")),
    "segment": with_weight(lambda w: setattr(w.segment, "end", 3)),
    "weight without a name": with_weight(lambda w: w.ClearField("name")),
    "external data above": with_external("../weights.bin", file=None),
    "external data far above": with_external("../" * 30 + "etc/passwd", file=None),
    "external data at an absolute path": with_external("/etc/passwd", file=None),
    "external data without a place": with_external("", file=None),
    "external data in a folder": is_folder,
    "external data through a link": linked_out,
    "external data at a negative offset": with_external("weights.bin", offset=-8),
    "external data at a huge offset": with_external("weights.bin", offset=2**64),
    "external data at no offset": with_external("weights.bin", offset="here"),
    "external data of a wrong length": with_external("weights.bin", length=8),
    "external data of a negative length": with_external("weights.bin", length=-24),
    "external data that is cut off": with_external("weights.bin", size=20),
    "external data that is empty": with_external("weights.bin", size=0),
    "external data with a zero byte in its name": with_external("weights.bin\0", file=None),
}

_EMPTY: Mapping[str, ModelProto | Write] = {
    "element-wise on nothing": text("g (float[0,3] x, float[1,3] z) => (float[0,3] y) { h = Add(x, z) y = Exp(h) }"),
    "product over nothing": text("g (float[2,0] x, float[0,3] z) => (float[2,3] y) { y = MatMul(x, z) }"),
    "convolution of nothing": text("g (float[0,2,5,5] x, float[3,2,3,3] z) => (float[0,3,3,3] y) { y = Conv(x, z) }"),
    "convolution over no channels": text(
        "g (float[1,0,5,5] x, float[3,0,3,3] z) => (float[1,3,3,3] y) { [conv] y = Conv(x, z) }"
    ),
    "pointwise convolution over no channels": text(
        "g (float[1,0,5,5] x, float[3,0,1,1] z) => (float[1,3,5,5] y) { [conv] y = Conv(x, z) }"
    ),
    "mean of no integers": text(
        "g (int32[2,0] x) => (int32[2] y) <int64[1] a = {1}> { [mean] y = ReduceMean<keepdims = 0>(x, a) }"
    ),
    "convolution to no channels": text(
        "g (float[1,2,5,5] x, float[0,2,3,3] z) => (float[1,0,3,3] y) { [conv] y = Conv(x, z) }"
    ),
    "convolution of an empty kernel": text(
        "g (float[1,2,5,5] x, float[3,2,0,3] z) => (float[1,3,6,3] y) { [conv] y = Conv(x, z) }"
    ),
    "transposed convolution over no channels": text(
        "g (float[1,0,5,5] x, float[0,3,3,3] z) => (float[1,3,7,7] y) { [conv] y = ConvTranspose(x, z) }"
    ),
    "depthwise convolution of no channels": text(
        "g (float[1,0,5,5] x, float[0,1,3,3] z) => (float[1,0,3,3] y) { [conv] y = Conv<group = 0>(x, z) }"
    ),
    "sum over nothing": text(
        "g (float[2,0] x) => (float[2] y) <int64[1] a = {1}> { y = ReduceSum<keepdims = 0>(x, a) }"
    ),
    "maximum over nothing": text(
        "g (float[2,0] x) => (float[2] y) <int64[1] a = {1}> { [most] y = ReduceMax<keepdims = 0>(x, a) }"
    ),
    "mean over nothing": text(
        "g (float[2,0] x) => (float[2] y) <int64[1] a = {1}> { [mean] y = ReduceMean<keepdims = 0>(x, a) }"
    ),
    "softmax over nothing": text("g (float[2,0] x) => (float[2,0] y) { y = Softmax(x) }"),
    "normalization over nothing": text(
        "g (float[2,0] x, float[0] s) => (float[2,0] y) { y = LayerNormalization(x, s) }"
    ),
    "global pooling of nothing": text("g (float[1,2,0,4] x) => (float[1,2,1,1] y) { [pool] y = GlobalAveragePool(x) }"),
    "index into nothing": text("g (float[0,3] x, int64[2] i) => (float[2,3] y) { [take] y = Gather(x, i) }"),
    "best of nothing": text(
        "g (float[2,0] x) => (float[2,1] y, int64[2,1] i) <int64[1] k = {1}> { [top] y, i = TopK(x, k) }"
    ),
    "resize of nothing": text(
        "g (float[1,1,0,4] x) => (float[1,1,4,8] y) <int64[4] s = {1, 1, 4, 8}> { [grow] y = Resize(x, , , s) }"
    ),
    "attention over nothing": text(
        "g (float[2,0,4] x) => (float[2,0,4] y) { t = Transpose<perm = [0, 2, 1]>(x) s = MatMul(x, t) "
        "p = Softmax(s) y = MatMul(p, x) }"
    ),
    "weight without elements": text(
        "g (float[2,3] x) => (float[2,3] y) <float[0] w = {}> { f = Flatten<axis = 0>(x) c = Concat<axis = 0>(w, w) "
        "n = Size(c) m = Cast<to = 1>(n) y = Add(x, m) }"
    ),
}

REASONS: Mapping[str, str] = {
    "input beyond all memory": "tensors of up to",
    "input of 2**63 elements": "tensors of up to",
    "input of 2**64 elements": "tensors of up to",
    "weight beyond all memory": "tensor 'w'",
    "weight whose size overflows to what it has": "tensor 'w'",
    "weight of negative size": "invalid shape [-2, -3]",
    "empty weight for a size": "tensor 'w'",
    "ConstantOfShape beyond all memory": "tensors of up to",
    "ConstantOfShape of negative size": "'big' (ConstantOfShape)",
    "Expand beyond all memory": "tensors of up to",
    "Tile beyond all memory": "tensors of up to",
    "Tile a negative number of times": "'big' (Tile)",
    "Pad beyond all memory": "tensors of up to",
    "Pad more away than there is": "'big' (Pad)",
    "Reshape to another number of elements": "'big' (Reshape)",
    "Reshape to two open sizes": "'big' (Reshape)",
    "Reshape to 100 dimensions": "'y' has 100 dimensions",
    "input of 100 dimensions": "'x' has 100 dimensions",
    "Split into 2**40 parts": "num_outputs is 1099511627776, but it has 1",
    "OneHot of depth 2**62": "tensors of up to",
    "Range of 2**62 numbers": "tensors of up to",
    "Concat of nothing": "join",
    "EyeLike beyond all memory": "tensors of up to",
    "Conv with stride 0": "'conv' (Conv)",
    "Conv with negative dilation": "'conv' (Conv)",
    "Conv with group 0": "'conv' (Conv)",
    "Conv with group 2**62": "'conv' (Conv)",
    "Conv with negative pads": "'conv' (Conv)",
    "Conv with pads of 2**62": "'conv' (Conv)",
    "Conv with the kernel of another weight": "'conv' (Conv)",
    "Conv with dilation 2**62": "'conv' (Conv)",
    "MaxPool of a kernel of 2**40": "'pool' (MaxPool)",
    "Transpose by no permutation": "'t' (Transpose)",
    "Softmax of no dimension": "'s' (Softmax)",
    "Einsum of nonsense": "'e' (Einsum)",
    "node that reads itself": "cycle: node 'self'",
    "cycle in a branch": "'choice' (If)",
    "output that nothing makes": "no node defines the output 'z'",
    "two nodes with one result": "both define 'y'",
    "one node with one result twice": "both define 'y'",
    "two inputs of one name": "'x'",
    "result with the name of an input": "'x'",
    "result with the name of a weight": "output 'y'",
    "two weights of one name": "two initializers have the name 'w'",
    "an attribute twice": "'axis' appeared multiple times",
    "result without a name": "output 'y'",
    "input without a name": "reads 'x'",
    "operator without a name": "last",
    "graph without a name": "'name' of 'graph'",
    "If nested 1000 times": "not an ONNX model",
    "loops of 1000 turns, 4 deep": "'loop0' (Loop)",
    "loop of 2**62 turns": "'loop0' (Loop)",
    "If without branches": "else_branch",
    "If with one branch": "choice",
    "Loop without a body": "loop",
    "opset of the future": "opset 1000000 is newer",
    "opset 0": "invalid opset version 0",
    "opset -1": "invalid opset version -1",
    "no opset": "no opset_import",
    "IR version of the future": "IR version 1000000 is newer",
    "domain without an opset": "domain com.example",
    "operator of a later opset": "Gelu of domain ai.onnx 9: late",
    "operator of an earlier opset": "early",
    "names that are no UTF-8": "no UTF-8",
    "operator that is no UTF-8": "no UTF-8",
    "function that calls itself": "call themselves: F",
    "functions that call each other": "call themselves: F",
    "functions that grow beyond measure": "call each other so often",
    "function that is not there": "F of domain own",
    "function without nodes": "Output y",
    "function twice": "own::F",
    "function with too many arguments": "inline",
    "function with too few arguments": "(Add)",
    "too few bytes": "tensor 'w'",
    "too many bytes": "tensor 'w'",
    "data twice": "w",
    "data of another type": "tensor 'w'",
    "too few numbers": "tensor 'w'",
    "unknown element type": "no known element type (99)",
    "no element type": "no known element type (0)",
    "segment": "tensor 'w'",
    "weight without a name": "reads 'w'",
    "external data above": "outside the model's folder",
    "external data far above": "outside the model's folder",
    "external data at an absolute path": "outside the model's folder",
    "external data without a place": "outside the model's folder",
    "external data in a folder": "is missing",
    "external data through a link": "outside the model's folder",
    "external data at a negative offset": "bytes -8 to 16",
    "external data at a huge offset": "which has only 24",
    "external data at no offset": "'here'",
    "external data of a wrong length": "which needs 24",
    "external data of a negative length": "which needs 24",
    "external data that is cut off": "which has only 20",
    "external data that is empty": "which has only 0",
    "external data with a zero byte in its name": "outside the model's folder",
    "depthwise convolution of no channels": "'conv' (Conv)",
    "convolution of an empty kernel": "'conv' (Conv)",
    "index into nothing": "'take' (Gather)",
    "mean of no integers": "'mean' (ReduceMean)",
    "best of nothing": "'top' (TopK)",
    "resize of nothing": "'grow' (Resize)",
}
"""What the message says about those that are no models, or none that can be compiled."""

ALL: Mapping[str, ModelProto | Write] = {**_SHAPES, **_GRAPHS, **_VERSIONS, **_FUNCTIONS, **_DATA, **_EMPTY}
REFUSED: Mapping[str, Write] = {
    name: saved(model) if isinstance(model, ModelProto) else model for name, model in ALL.items() if name in REASONS
}
RIGHT: Mapping[str, ModelProto] = {
    name: model for name, model in ALL.items() if isinstance(model, ModelProto) and name not in REASONS
}
