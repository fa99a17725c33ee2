"""Small models in ONNX's textual form, run through the compiler and compared with ONNX Runtime."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import ModelProto, numpy_helper, parser

import dnnf_mlir
from dnnf_mlir.compiled_model import CompiledModel

Array = npt.NDArray[np.generic]

HEADER = '<ir_version: 8, opset_import: ["" : {opset}]>\n'
TOLERANCE = 1e-4


def parse(text: str, opset: int = 17, seed: int = 0) -> ModelProto:
    """A model from the text of its graph; inputs whose name starts with ``w`` become weights, drawn from ``seed``.

    ``g (float[1,3,8,8] x, float[4,3,3,3] w) => (float[1,4,8,8] y) { y = Conv(x, w) }``
    """
    model = parser.parse_model(HEADER.format(opset=opset) + text)
    generator = np.random.default_rng(seed)
    for value in [value for value in model.graph.input if value.name.startswith("w")]:
        array = draw(value, generator)
        if array.ndim > 1:
            array = (array / np.sqrt(array.size / array.shape[0])).astype(array.dtype)
        model.graph.initializer.append(numpy_helper.from_array(array, value.name))
        model.graph.input.remove(value)
    onnx.checker.check_model(model)
    return model


def draw(value: onnx.ValueInfoProto, generator: np.random.Generator) -> Array:
    """Normal floats, integers of 0 to 3, booleans."""
    tensor = value.type.tensor_type
    shape = [size.dim_value for size in tensor.shape.dim]
    dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)
    if dtype == np.bool_:
        return generator.random(shape) < 0.5
    if np.issubdtype(dtype, np.integer):
        return generator.integers(0, 4, shape).astype(dtype)
    return np.asarray(generator.standard_normal(shape)).astype(dtype)


def inputs(model: ModelProto, seed: int = 1) -> dict[str, Array]:
    """An array for each input of the model."""
    generator = np.random.default_rng(seed)
    return {value.name: draw(value, generator) for value in model.graph.input}


def expected(model: ModelProto, feeds: dict[str, Array]) -> list[Array]:
    """ONNX Runtime's outputs, without its own rewriting."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return [np.asarray(array) for array in session.run(None, feeds)]


def compiled_and_checked(model: ModelProto, **options: Any) -> CompiledModel:
    """Compiles for this machine and asserts that the outputs are ONNX Runtime's."""
    compiled = dnnf_mlir.compile(model, **options)
    feeds = inputs(model)
    assert_close(compiled.run(list(feeds.values())), expected(model, feeds))
    return compiled


def assert_close(
    found: Sequence[Array], wanted: Sequence[Array], tolerance: float = TOLERANCE, least: float = 0
) -> None:
    """Shapes and dtypes are the same, integers too, floats up to ``tolerance`` of the largest magnitude.

    Where that is below ``least``, such as in a difference of equal numbers, ``least`` takes its place.
    """
    assert len(found) == len(wanted)
    for position, (array, reference) in enumerate(zip(found, wanted, strict=True)):
        assert (array.shape, array.dtype) == (reference.shape, reference.dtype), f"output {position}"
        if not np.issubdtype(reference.dtype, np.floating):
            np.testing.assert_array_equal(array, reference)
            continue
        scale = max(float(np.abs(reference).max(initial=0)), least) or 1.0
        np.testing.assert_allclose(array, reference, rtol=0, atol=tolerance * scale, err_msg=f"output {position}")
