"""Models of one operator of com.microsoft, and what ONNX Runtime makes of them.

A case gives the node's operands by position: :class:`Given` ones are inputs of the model, arrays are weights, None is
an omitted one. Sizes that are text are dynamic, and stand for the numbers in ``SIZES`` when the model runs.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import ModelProto, ValueInfoProto, helper, numpy_helper

Array = npt.NDArray[Any]

SIZES = {"N": 3, "S": 5, "P": 4, "T": 5}
DOMAIN = "com.microsoft"


@dataclass(frozen=True)
class Given:
    """An input of the model: its array at run time, and its declared shape."""

    array: Array
    shape: tuple[int | str, ...]


Operand = Given | Array | None


def floats(*shape: int | str, dtype: Any = np.float32, scale: float = 1.0) -> Given:
    """Normal numbers."""
    array = np.asarray(_generator(shape).standard_normal(sized(shape)) * scale)
    return Given(array.astype(dtype), shape)


def integers(*shape: int | str, dtype: Any = np.int32, low: int = 0, high: int) -> Given:
    """Integers from ``low`` to below ``high``."""
    return Given(_generator(shape).integers(low, high, sized(shape)).astype(dtype), shape)


def octets(*shape: int | str, dtype: Any = np.uint8) -> Given:
    """8-bit integers of all values."""
    limits = np.iinfo(dtype)
    return integers(*shape, dtype=dtype, low=limits.min, high=limits.max + 1)


def given(values: Any, dtype: Any = np.float32, shape: tuple[int | str, ...] | None = None) -> Given:
    """These values."""
    array = np.array(values, dtype)
    return Given(array, array.shape if shape is None else shape)


def weight(operand: Given) -> Array:
    """The same as a constant of the model."""
    return operand.array


def sized(shape: Sequence[int | str]) -> tuple[int, ...]:
    """The shape when the model runs; text is a size, or a sum of them."""
    return tuple(sum(SIZES[part] for part in size.split("+")) if isinstance(size, str) else size for size in shape)


def _generator(shape: Sequence[int | str]) -> np.random.Generator:
    """Numbers that differ from operand to operand, and not from run to run."""
    _generator.count += 1  # type: ignore[attr-defined]
    return np.random.default_rng([_generator.count, math.prod(sized(shape))])  # type: ignore[attr-defined]


_generator.count = 0  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Case:
    """A node of an operator.

    Attributes:
        operator: its name.
        operands: see the module.
        attributes: of the node.
        outputs: how many the node has, or which ones, by position.
        tolerance: of the largest magnitude, for floats.
        steps: by how much integers may differ: the order of roundings is an engine's own.
        expect: the outputs in numpy, for operators that ONNX Runtime has on no CPU.
        declared: the element type of the outputs, where ONNX Runtime does not infer it.
        domain: the node's domain.
        opset: version of ONNX's own operators.
    """

    operator: str
    operands: tuple[Operand, ...]
    attributes: dict[str, Any] = field(default_factory=dict)
    outputs: int | tuple[int, ...] = 1
    tolerance: float = 1e-5
    steps: int = 0
    expect: Callable[..., Sequence[Array]] | None = None
    declared: int = 0
    domain: str = DOMAIN
    opset: int = 17

    def __str__(self) -> str:
        kinds = [
            "-" if each is None else f"{_array(each).dtype}{list(each.shape)}".replace("'", "").replace(" ", "")
            for each in self.operands
        ]
        given_ = [f"{name}={value}" for name, value in self.attributes.items()]
        return "-".join([self.operator, *kinds, *given_])

    @property
    def feeds(self) -> dict[str, Array]:
        """The arrays of the model's inputs."""
        return {f"x{i}": each.array for i, each in enumerate(self.operands) if isinstance(each, Given)}

    def model(self) -> ModelProto:
        """A model of this node alone."""
        wanted = range(self.outputs) if isinstance(self.outputs, int) else self.outputs
        names = [f"y{i}" if i in wanted else "" for i in range(max(wanted) + 1)]
        inputs = ["" if each is None else f"x{i}" for i, each in enumerate(self.operands)]
        node = helper.make_node(self.operator, inputs, names, "node", domain=self.domain, **self.attributes)
        declared = [
            helper.make_tensor_value_info(f"x{i}", helper.np_dtype_to_tensor_dtype(each.array.dtype), each.shape)
            for i, each in enumerate(self.operands)
            if isinstance(each, Given)
        ]
        weights = [
            numpy_helper.from_array(each, f"x{i}")
            for i, each in enumerate(self.operands)
            if isinstance(each, np.ndarray)
        ]
        results = [
            helper.make_tensor_value_info(name, self.declared, None) if self.declared else ValueInfoProto(name=name)
            for name in names
            if name
        ]
        graph = helper.make_graph([node], "g", declared, results, weights)
        opsets = [helper.make_opsetid("", self.opset), helper.make_opsetid(DOMAIN, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=min(10, onnx.IR_VERSION))

    def expected(self) -> list[Array]:
        """The outputs by ONNX Runtime, or by numpy."""
        if self.expect is not None:
            operands = [None if each is None else _array(each) for each in self.operands]
            return [np.asarray(array) for array in self.expect(*operands)]
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(
            self.model().SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        return [np.asarray(array) for array in session.run(None, self.feeds)]

    def check(self, found: Sequence[Array]) -> None:
        """Asserts that the outputs are the expected ones."""
        expected = self.expected()
        assert len(found) == len(expected)
        for position, (array, reference) in enumerate(zip(found, expected, strict=True)):
            assert (array.shape, array.dtype) == (reference.shape, reference.dtype), f"output {position}"
            wide, wanted = array.astype(np.float64), reference.astype(np.float64)
            if reference.dtype.kind in "iub":
                limit = float(self.steps)
            else:
                narrow = 1e-2 if reference.dtype == np.float16 else 0.0
                limit = max(self.tolerance, narrow) * max(float(np.abs(wanted).max(initial=0)), 1e-3)
            np.testing.assert_allclose(wide, wanted, rtol=0, atol=limit, err_msg=f"output {position}")


def _array(operand: Given | Array) -> Array:
    return operand.array if isinstance(operand, Given) else operand


def plain(nodes: str, opset: int = 17, results: Sequence[str] = ()) -> Callable[..., list[Array]]:
    """What ONNX Runtime makes of nodes of ONNX's own that read ``x0``, ``x1``, ...: the last one's result, or several.

    For operators that it has on no CPU.
    """

    def expect(*operands: Array | None) -> list[Array]:
        names = [f"x{i}" for i, each in enumerate(operands) if each is not None]
        function = onnx.parser.parse_function(
            f'<domain: "plain", opset_import: ["" : {opset}]> f ({", ".join(names)}) => () {{ {nodes} }}'
        )
        wanted = list(results) or [function.node[-1].output[0]]
        declared = [
            helper.make_tensor_value_info(f"x{i}", helper.np_dtype_to_tensor_dtype(each.dtype), each.shape)
            for i, each in enumerate(operands)
            if each is not None
        ]
        graph = helper.make_graph(function.node, "g", declared, [ValueInfoProto(name=name) for name in wanted])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)
        used = {name for node in function.node for name in node.input}
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        feeds = {f"x{i}": each for i, each in enumerate(operands) if f"x{i}" in used}
        return [np.asarray(array) for array in session.run(wanted, feeds)]

    return expect
