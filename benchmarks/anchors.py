"""The operators that decide a model's time, as problems of their own: which shapes occur in the benchmark's models.

    python -m benchmarks.anchors -o benchmarks/anchors.json

collects them from the models' graphs: for every kind of anchor the distinct problems, those with most work in all
models together first. Softmax between two products is also kept as an attention, the sums of two activations as an
element-wise chain.
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from benchmarks import models

TABLE = Path(__file__).parent / "anchors.json"
# The two detectors hold loops and non-maximum suppression.
SOURCES = tuple(path.stem for path in sorted(models.GRAPHS.glob("*.onnx")) if "_rcnn_" not in path.stem)
_KEPT = 4
# Attributes that tell no problem from another.
_DEFAULTS = {"group": 1, "epsilon": 1e-12, "stash_type": 1, "alpha": 1.0, "beta": 1.0}
_OPSET = 20
_F32_BYTES = 4

Shape = tuple[int, ...]
Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Anchor:
    """One problem: ``inputs`` and ``output`` are shapes, ``attributes`` ONNX's, ``constants`` positions of weights.

    ``models`` counts how often each model has it.
    """

    kind: str
    operator: str
    inputs: tuple[Shape, ...]
    output: Shape
    attributes: Mapping[str, Any]
    constants: tuple[int, ...]
    models: Mapping[str, int]

    @property
    def flops(self) -> int:
        """Two for each multiply-add of a product; 0 for what only moves or reduces."""
        match self.operator:
            case "Conv":
                return 2 * prod(self.output) * prod(self.inputs[1][1:])
            case "ConvTranspose":
                return 2 * prod(self.inputs[0]) * prod(self.inputs[1][1:])
            case "MatMul":
                return 2 * prod(self.output) * self.inputs[0][-1]
            case "Attention":
                queries, keys = self.inputs[0], self.inputs[1]
                return 2 * prod(queries[:-1]) * keys[-1] * (queries[-1] + self.output[-1])
        return 0

    @property
    def bytes(self) -> int:
        """Everything read and written once; of a gathered table only the rows that are read."""
        read = [self.output] if self.operator == "Gather" else self.inputs
        return _F32_BYTES * (sum(map(prod, read)) + prod(self.output))

    @property
    def total(self) -> int:
        """The work in all models."""
        return sum(self.models.values()) * (self.flops or self.bytes)

    @property
    def is_spatial(self) -> bool:
        """Whether channels stand behind the batch, and last in this project's kernels."""
        return self.operator not in ("MatMul", "Attention", "Softmax", "LayerNormalization", "Gather") and (
            len(self.output) > 3
        )

    def arrays(self) -> list[Array]:
        """Random operands."""
        generator = np.random.default_rng(0)
        arrays: list[Array] = [generator.standard_normal(shape, dtype=np.float32) for shape in self.inputs]
        if self.operator == "Gather":
            arrays[1] = generator.integers(0, self.inputs[0][0], self.inputs[1])
        return arrays

    def model(self, *, channels_last: bool) -> onnx.ModelProto:
        """The problem alone as a model; ``channels_last``: with inputs and output that keep their channels so."""
        last = channels_last and self.is_spatial
        if last and self.operator in ("Chain", "Concat", "Resize"):
            return self._permuted().model(channels_last=False)
        nodes, names, weights, inputs = [], [], [], []
        for position, array in enumerate(self.arrays()):
            name = f"x{position}"
            if position in self.constants:
                weights.append(onnx.numpy_helper.from_array(array, name))
            elif last:
                nodes.append(helper.make_node("Transpose", [f"{name}_last"], [name], perm=channels_first(array.ndim)))
                inputs.append(_info(f"{name}_last", np.moveaxis(array, 1, -1)))
            else:
                inputs.append(_info(name, array))
            names.append(name)
        nodes += list(self._nodes(names, weights))
        output = self.output
        if last:
            rank = len(output)
            nodes.append(helper.make_node("Transpose", ["y"], ["y_last"], perm=[0, *range(2, rank), 1]))
            output = (output[0], *output[2:], output[1])
        outputs = [helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, output)]
        graph = helper.make_graph(nodes, self.kind, inputs, outputs, weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=10)

    def _permuted(self) -> "Anchor":
        """The same problem on tensors whose channels are last, for operators that know no channels."""
        shapes = [(shape[0], *shape[2:], shape[1]) for shape in (*self.inputs, self.output)]
        attributes = {**self.attributes, "axis": -1} if self.operator == "Concat" else self.attributes
        return replace(self, inputs=tuple(shapes[:-1]), output=shapes[-1], attributes=attributes)

    def _nodes(self, names: list[str], weights: list[onnx.TensorProto]) -> Iterator[onnx.NodeProto]:
        if self.operator == "Attention":
            yield helper.make_node("MatMul", names[:2], ["scores"])
            yield helper.make_node("Softmax", ["scores"], ["weights"], axis=-1)
            yield helper.make_node("MatMul", ["weights", names[2]], ["y"])
        elif self.operator == "Chain":
            weights.append(onnx.numpy_helper.from_array(np.array(0.5, np.float32), "half"))
            yield helper.make_node("Add", names, ["sum"])
            yield helper.make_node("Mul", ["sum", "half"], ["product"])
            yield helper.make_node("Relu", ["product"], ["y"])
        elif self.operator == "Resize":
            weights.append(onnx.numpy_helper.from_array(np.array(self.output, np.int64), "sizes"))
            yield helper.make_node("Resize", [*names, "", "", "sizes"], ["y"], **self.attributes)
        elif self.operator == "GlobalAveragePool":
            # Written so that it stays channels last without a convolution beside it.
            yield helper.make_node("AveragePool", names, ["y"], kernel_shape=self.inputs[0][2:])
        else:
            yield helper.make_node(self.operator, names, ["y"], **self.attributes)


def channels_first(rank: int) -> list[int]:
    """The permutation from channels last to ONNX's order."""
    return [0, rank - 1, *range(1, rank - 1)]


def load(kinds: Sequence[str] = ()) -> list[Anchor]:
    """The table's anchors of the given kinds (default: all), in its order."""
    anchors = []
    for entry in json.loads(TABLE.read_text()):
        entry |= {key: tuple(entry[key]) for key in ("output", "constants")}
        anchors.append(Anchor(**entry | {"inputs": tuple(map(tuple, entry["inputs"]))}))
    return [anchor for anchor in anchors if not kinds or anchor.kind in kinds]


def collect(sources: Iterable[str], kept: int) -> list[Anchor]:
    """The ``kept`` problems with most work of every kind, over the named models."""
    counts: dict[str, tuple[Anchor, dict[str, int]]] = {}
    for source in sources:
        model = onnx.load(models.GRAPHS / f"{source}.onnx", load_external_data=False)
        for anchor in _anchors(onnx.shape_inference.infer_shapes(model, data_prop=True).graph):
            key = json.dumps(asdict(anchor), sort_keys=True)
            found = counts.setdefault(key, (anchor, {}))[1]
            found[source] = found.get(source, 0) + 1
    distinct = [Anchor(**{**vars(anchor), "models": found}) for anchor, found in counts.values()]
    chosen = []
    for kind in sorted({anchor.kind for anchor in distinct}):
        same = sorted((a for a in distinct if a.kind == kind), key=lambda a: a.total, reverse=True)
        chosen += same[:kept]
    return chosen


def _anchors(graph: onnx.GraphProto) -> Iterator[Anchor]:
    shapes: dict[str, Shape] = {}
    for value in (*graph.input, *graph.value_info, *graph.output):
        shapes[value.name] = tuple(size.dim_value for size in value.type.tensor_type.shape.dim)
    weights = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant":
            weights[node.output[0]] = tuple(node.attribute[0].t.dims)
        elif node.op_type == "Identity" and node.input[0] in weights:
            weights[node.output[0]] = weights[node.input[0]]
    users = {name: node for node in graph.node for name in node.input}
    makers = {name: node for node in graph.node for name in node.output}
    for node in graph.node:
        names = [name for name in node.input if name]
        inputs = tuple(weights.get(name, shapes.get(name, ())) for name in names)
        output = shapes.get(node.output[0], ())
        if node.op_type == "Softmax":
            yield from _attention(node, shapes, weights, users, makers)
        if not output or not inputs or not all(map(len, inputs)) or not all(map(prod, (*inputs, output))):
            continue
        attributes = {a.name: _plain(helper.get_attribute_value(a)) for a in node.attribute}
        kept = {name: value for name, value in attributes.items() if value != _DEFAULTS.get(name)}
        constants = tuple(i for i, name in enumerate(names) if name in weights)
        yield from _of_node(node, inputs, output, kept, constants)


def _of_node(
    node: onnx.NodeProto, inputs: tuple[Shape, ...], output: Shape, attributes: dict[str, Any], constants: Shape
) -> Iterator[Anchor]:
    operator = node.op_type
    match operator:
        case "Conv" if 1 in constants:
            yield Anchor(_conv_kind(inputs, attributes), operator, inputs[:2], output, attributes, (1,), {})
        case "ConvTranspose" if 1 in constants:
            yield Anchor("transposed convolution", operator, inputs[:2], output, attributes, (1,), {})
        case "MatMul" | "Gemm" if constants[:1] == (1,) and len(inputs[1]) == 2:
            factor = inputs[1][::-1] if attributes.get("transB") else inputs[1]
            rows = (prod(inputs[0][:-1]), inputs[0][-1])
            yield Anchor("matmul", "MatMul", (rows, factor), (rows[0], factor[1]), {}, (1,), {})
        case "MatMul" if not constants and len(inputs[1]) > 2:
            yield Anchor("batched matmul", operator, inputs, output, {}, (), {})
        case "MaxPool" | "AveragePool" | "GlobalAveragePool":
            kind = {"MaxPool": "max pool", "AveragePool": "average pool"}.get(operator, "global pool")
            yield Anchor(kind, operator, inputs, output, attributes, (), {})
        case "Softmax":
            yield Anchor("softmax", operator, inputs, output, attributes, (), {})
        case "LayerNormalization":
            yield Anchor("layer norm", operator, inputs, output, {"axis": -1}, constants, {})
        case "Add" if not constants and inputs[0] == inputs[1]:
            yield Anchor("element-wise", "Chain", inputs, output, {}, (), {})
        case "Concat" if not constants and len(output) > 2:
            yield Anchor("concat", operator, inputs, output, attributes, (), {})
        case "Resize":
            yield Anchor("resize", operator, inputs[:1], output, attributes, (), {})
        case "Gather" if constants == (0,) and len(inputs[0]) == 2:
            yield Anchor("gather", operator, inputs, output, attributes, constants, {})


def _conv_kind(inputs: tuple[Shape, ...], attributes: Mapping[str, Any]) -> str:
    group, channels = attributes.get("group", 1), inputs[0][1]
    if group > 1:
        return "depthwise" if group == channels else "grouped convolution"
    kernel = "x".join(map(str, inputs[1][2:]))
    stride = max(attributes.get("strides", (1,)))
    return f"convolution {kernel}" + (f" stride {stride}" if stride > 1 else "")


def _attention(
    softmax: onnx.NodeProto,
    shapes: Mapping[str, Shape],
    weights: Mapping[str, Shape],
    users: Mapping[str, onnx.NodeProto],
    makers: Mapping[str, onnx.NodeProto],
) -> Iterator[Anchor]:
    """The product that makes the scores, behind element-wise operators, the softmax, and the product that uses it."""
    scores = makers.get(softmax.input[0])
    while scores is not None and scores.op_type in ("Add", "Mul", "Div", "Where"):
        scores = next((makers[name] for name in scores.input if name in makers and name not in weights), None)
    sums = users.get(softmax.output[0])
    if scores is None or sums is None or scores.op_type != "MatMul" or sums.op_type != "MatMul":
        return
    names = (*scores.input, sums.input[1])
    if all(all(shapes.get(name, (0,))) for name in names):
        queries, keys, values = (shapes[name] for name in names)
        output = (*queries[:-1], values[-1])
        yield Anchor("attention", "Attention", (queries, keys, values), output, {}, (), {})
        square = (*queries[:-1], keys[-1])
        yield Anchor("softmax", "Softmax", (square,), square, {"axis": -1}, (), {})


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode()
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value


def _info(name: str, array: Array) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)


def main(arguments: list[str] | None = None) -> int:
    """The command: writes the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.anchors", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--kept", type=int, default=_KEPT, help="problems of each kind (default: %(default)s)")
    parser.add_argument("-o", "--output", type=Path, default=TABLE, help="the JSON file (default: the table in use)")
    options = parser.parse_args(arguments)
    lines = [json.dumps(asdict(anchor)) for anchor in collect(SOURCES, options.kept)]
    options.output.write_text("[\n" + ",\n".join(lines) + "\n]\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
