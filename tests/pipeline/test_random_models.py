"""Random graphs: fused, unfused and ONNX Runtime's outputs are the same.

Every value that nothing reads is an output, and so are some inner values, so that one compilation checks many paths.
"""

from math import prod

import numpy as np
import onnx
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from onnx import ModelProto, TensorProto, helper, numpy_helper
from small_models import assert_close, expected, inputs

import dnnf_mlir

UNARY = ["Relu", "Sigmoid", "Tanh", "Neg", "Abs", "Exp", "Softplus", "Erf", "HardSwish", "Identity"]
BINARY = ["Add", "Sub", "Mul", "Max", "Min"]
BOUNDED = "Tanh"  # keeps the numbers of long chains small


class Builder:
    """A graph that grows by operators chosen by ``data``."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[TensorProto] = []
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.generator = np.random.default_rng(data.draw(st.integers(0, 1000)))

    def weight(self, array: np.ndarray) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(array, name))
        return name

    def drawn(self, *shape: int) -> str:
        """A weight that keeps the magnitude of what it is multiplied with."""
        array = self.generator.standard_normal(shape) / np.sqrt(max(1, prod(shape) // shape[0]))
        return self.weight(array.astype(np.float32))

    def add(self, operator: str, operands: list[str], shape: tuple[int, ...], **attributes: object) -> str:
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, operands, [name], name=f"n{len(self.nodes)}", **attributes))
        self.shapes[name] = shape
        return name

    def choose(self) -> str:
        return self.data.draw(st.sampled_from(list(self.shapes)))

    def grow(self) -> None:
        getattr(self, self.data.draw(st.sampled_from(STEPS)))(self.choose())

    def unary(self, x: str) -> None:
        y = self.add(BOUNDED, [x], self.shapes[x])
        self.add(self.data.draw(st.sampled_from(UNARY)), [y], self.shapes[x])

    def binary(self, x: str) -> None:
        same = [name for name, shape in self.shapes.items() if shape == self.shapes[x]]
        other = self.data.draw(st.sampled_from(same))
        self.add(self.data.draw(st.sampled_from(BINARY)), [x, other], self.shapes[x])

    def broadcast(self, x: str) -> None:
        shape = tuple(size if self.data.draw(st.booleans()) else 1 for size in self.shapes[x])
        self.add("Mul", [x, self.weight(self.generator.standard_normal(shape).astype(np.float32))], self.shapes[x])

    def transpose(self, x: str) -> None:
        order = self.data.draw(st.permutations(range(len(self.shapes[x]))))
        self.add("Transpose", [x], tuple(self.shapes[x][axis] for axis in order), perm=order)

    def reshape(self, x: str) -> None:
        shape = self.shapes[x]
        cut = self.data.draw(st.integers(0, len(shape)))
        target = tuple(size for size in (prod(shape[:cut]), prod(shape[cut:])))
        if len(shape) == 2 and shape[1] % 4 == 0:
            target = (1, shape[0], shape[1] // 4, 4)
        self.add("Reshape", [x, self.weight(np.array(target, np.int64))], target)

    def reduce(self, x: str) -> None:
        axis = self.data.draw(st.integers(0, len(self.shapes[x]) - 1))
        shape = tuple(1 if i == axis else size for i, size in enumerate(self.shapes[x]))
        operator = self.data.draw(st.sampled_from(["ReduceMean", "ReduceMax"]))
        self.add(operator, [x], shape, axes=[axis], keepdims=1)

    def softmax(self, x: str) -> None:
        self.add("Softmax", [x], self.shapes[x], axis=self.data.draw(st.sampled_from([-1, 0])))

    def product(self, x: str) -> None:
        columns = self.data.draw(st.sampled_from([1, 5, 8]))
        self.add("MatMul", [x, self.drawn(self.shapes[x][-1], columns)], (*self.shapes[x][:-1], columns))

    def convolution(self, x: str) -> None:
        shape = self.shapes[x]
        if len(shape) != 4:
            return
        size = self.data.draw(st.sampled_from([1, 3]))
        depthwise = self.data.draw(st.booleans())
        filters = shape[1] if depthwise else self.data.draw(st.sampled_from([3, 8]))
        weight = self.drawn(filters, 1 if depthwise else shape[1], size, size)
        pads, group = [size // 2] * 4, shape[1] if depthwise else 1
        self.add("Conv", [x, weight], (shape[0], filters, *shape[2:]), pads=pads, group=group)

    def pool(self, x: str) -> None:
        if len(self.shapes[x]) == 4:
            self.add("MaxPool", [x], self.shapes[x], kernel_shape=[3, 3], pads=[1, 1, 1, 1])

    def concat(self, x: str) -> None:
        """Of two to four values, computed by different operators and of different extents along the axis."""
        axis = self.data.draw(st.integers(0, len(self.shapes[x]) - 1))

        def others(shape: tuple[int, ...]) -> tuple[int, ...]:
            return (*shape[:axis], -1, *shape[axis + 1 :])

        fitting = [y for y, shape in self.shapes.items() if others(shape) == others(self.shapes[x])]
        parts = [
            x,
            self.add("Neg", [x], self.shapes[x]),
            *self.data.draw(st.lists(st.sampled_from(fitting), max_size=2)),
        ]
        total = sum(self.shapes[part][axis] for part in parts)
        shape = tuple(total if i == axis else size for i, size in enumerate(self.shapes[x]))
        if prod(shape) <= 2000:
            self.add("Concat", self.data.draw(st.permutations(parts)), shape, axis=axis)

    def slice(self, x: str) -> None:
        axis = self.data.draw(st.integers(0, len(self.shapes[x]) - 1))
        size = self.shapes[x][axis]
        start, step = self.data.draw(st.integers(0, size - 1)), self.data.draw(st.integers(1, 2))
        shape = tuple(len(range(start, size, step)) if i == axis else n for i, n in enumerate(self.shapes[x]))
        bounds = [self.weight(np.array([number], np.int64)) for number in (start, size, axis, step)]
        self.add("Slice", [x, *bounds], shape)

    def model(self, given: list[str]) -> ModelProto:
        read = {operand for node in self.nodes for operand in node.input}
        inner = self.data.draw(st.lists(st.sampled_from(list(self.shapes)), max_size=2, unique=True))
        outputs = [name for name in self.shapes if name not in given and (name not in read or name in inner)]
        graph = helper.make_graph(
            self.nodes,
            "random",
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, self.shapes[name]) for name in given],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, self.shapes[name]) for name in outputs],
            self.weights,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        return model


STEPS = [
    *("unary", "unary", "binary", "binary", "broadcast", "transpose", "reshape", "reduce", "softmax", "product"),
    *("convolution", "convolution", "pool", "concat", "concat", "slice"),
]


@st.composite
def models(draw: st.DrawFn) -> ModelProto:
    """An image and a matrix, and six to sixteen operators on them."""
    builder = Builder(draw(st.data()))
    builder.shapes.update({"x": (1, 4, 5, 6), "m": (6, 8)})
    for _ in range(draw(st.integers(6, 16))):
        builder.grow()
    return builder.model(["x", "m"])


# Shrinking compiles hundreds of models; the graphs are small as they are, and the blob gives one back.
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(models())
def test_fused_is_unfused_is_reference(model: ModelProto) -> None:
    feeds = inputs(model)
    wanted = expected(model, feeds)
    fused = dnnf_mlir.compile(model, verify=False)
    unfused = dnnf_mlir.compile(model, verify=False, fuse=False)
    assert_close(fused.run(list(feeds.values())), wanted, least=1e-2)
    assert_close(unfused.run(list(feeds.values())), wanted, least=1e-2)
    assert fused.kernels <= unfused.kernels
