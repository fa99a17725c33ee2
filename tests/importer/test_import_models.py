"""Whole models go through, quickly enough and in little memory.

The weights do not matter here, so they are one file of zeros without disk space (a sparse file), which all external
data points to.
"""

import math
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import ModelProto, TensorProto, helper
from onnx_models import as_model, make_model, operators, prepared

from benchmarks import models
from dnnf_mlir.graph.size import at, symbols_of
from dnnf_mlir.importer.prepare import prepare
from dnnf_mlir.importer.read.loading import load_model

STATIC = [n for n in models.names() if "rcnn" not in n and "dynamic" not in n and n not in models.TRAINED]


def external_zeros(tensor: TensorProto) -> int:
    """Points `tensor` to the start of the file of zeros; returns how many bytes it needs there."""
    size: int = math.prod(tensor.dims) * helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
    del tensor.external_data[:]
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": "zeros", "offset": "0", "length": str(size)}.items():
        tensor.external_data.add(key=key, value=value)
    return size


def save(model: ModelProto, size: int, folder: Path) -> Path:
    with (folder / "zeros").open("wb") as zeros:
        zeros.truncate(size)
    path = folder / "model.onnx"
    path.write_bytes(model.SerializeToString())
    return path


def weightless(name: str, folder: Path) -> Path:
    model = onnx.load(models.GRAPHS / f"{name}.onnx", load_external_data=False)
    constants = [node.attribute[0].t for node in model.graph.node if node.op_type == "Constant"]
    tensors = [tensor for tensor in [*model.graph.initializer, *constants] if tensor.data_location]
    return save(model, max(external_zeros(tensor) for tensor in tensors), folder)


def test_free_dimensions_are_followed(tmp_path: Path) -> None:
    result = prepare(load_model(weightless("tinybert_dynamic", tmp_path)))
    assert list(map(str, result.types["last_hidden_state"].shape)) == ["batch", "sequence", "312"]
    assert list(map(str, result.types["pooler_output"].shape)) == ["batch", "312"]
    # The positions are a slice of a table of 512.
    assert list(map(str, result.requirements.values())) == ["-1 * sequence + 512"]
    assert not {"Concat", "ConstantOfShape", "Constant", "Identity"} & set(operators(result))


@pytest.mark.parametrize("name", STATIC)
def test_static_models(name: str, tmp_path: Path) -> None:
    result = prepare(load_model(weightless(name, tmp_path)))
    shape_arithmetic = {"Shape", "Size", "ConstantOfShape", "Range", "Constant", "Identity", "Dropout"}
    assert not shape_arithmetic & set(operators(result))
    assert len(result.nodes) <= result.summary.nodes_before
    onnx.checker.check_model(as_model(result, weights_as_inputs=True), full_check=True)


@pytest.mark.parametrize("name", models.TRAINED)
def test_trained_models(name: str) -> None:
    """The numbers are those of the original model, with ONNX Runtime (in an opset that it knows) computing both."""
    model = models.load(name)
    dims = models.dynamic_dimensions(model)
    result = prepared(model, **dims)
    rebuilt = as_model(result)
    rebuilt.opset_import[0].version = 25
    rebuilt.ir_version = 10
    inputs = models.inputs(model, dims)
    expected, actual = (
        onnxruntime.InferenceSession(each.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, inputs)
        for each in (model, rebuilt)
    )
    for one, other in zip(expected, actual, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("name", "loops"), [("faster_rcnn_320", 0), ("mask_rcnn_320", 1)])
def test_detectors(name: str, loops: int, tmp_path: Path) -> None:
    """As many detections as run-time values say, 100 at most; branches become selections, the masks' loop stays."""
    result = prepare(load_model(weightless(name, tmp_path)))
    assert operators(result).count("Loop") == loops
    assert not {"If", "ConstantOfShape"} & set(operators(result))
    sizes = {result.types[output].shape[0] for output in ("boxes", "labels", "scores")}
    assert len(sizes) == 1
    assert at(*sizes, {name: 1000 for size in sizes for name in symbols_of(size)}) == 100


def layers(count: int, width: int) -> ModelProto:
    """A stack of `count` matrix products with external weights, float32[width, width] each."""
    nodes = [helper.make_node("MatMul", [f"x{layer}", f"w{layer}"], [f"x{layer + 1}"]) for layer in range(count)]
    model = make_model(nodes, [("x0", [1, width])], [(f"x{count}", [1, width])])
    for layer in range(count):
        tensor = model.graph.initializer.add(name=f"w{layer}", data_type=TensorProto.FLOAT, dims=[width, width])
        external_zeros(tensor)
    return model


def test_models_over_two_gigabytes(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = prepare(load_model(save(layers(5, 12_000), 12_000**2 * 4, tmp_path)))
    assert result.summary.constant_bytes == 5 * 12_000**2 * 4 > 2**31
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 100_000, "kilobytes: weights are mapped, not read"


MEASURE = """
import resource, sys
from dnnf_mlir.importer.read.loading import load_model
from dnnf_mlir.importer.prepare import prepare
from dnnf_mlir.graph.size import at, symbols_of
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
model = prepare(load_model(sys.argv[1]))
total = sum(float(array.sum()) for array in model.constants.values())  # touches every page
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024, total)
"""


def test_peak_memory_of_a_self_contained_model(tmp_path: Path) -> None:
    """At most three times the file, in a process of its own as a peak never falls."""
    width = 3_600
    model = layers(4, width)
    for tensor in model.graph.initializer:
        del tensor.external_data[:]
        tensor.data_location = TensorProto.DEFAULT
        tensor.raw_data = np.full((width, width), 0.5, np.float32).tobytes()
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    size = path.stat().st_size
    assert size > 200_000_000
    command = [sys.executable, "-c", MEASURE, str(path)]
    peak, total = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert float(total) == 4 * width**2 * 0.5
    assert int(peak) < 2.2 * size
