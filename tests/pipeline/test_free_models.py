"""Whole models with free dimensions: one module, made of kernels, computes what ONNX Runtime does at every size."""

from collections.abc import Sequence

import numpy as np
import onnx
import onnxruntime

import dnnf_mlir
from benchmarks import models

TOLERANCE = 1e-4  # of the largest result, for f32


def check(model: onnx.ModelProto, sizes: Sequence[dict[str, int]], kernels: int) -> None:
    """``kernels``: the least number of blocks that are generated kernels."""
    compiled = dnnf_mlir.compile(model, verify=False)
    forms = [block["form"] for block in compiled.plan["blocks"]]
    assert forms.count("kernel") >= kernels
    module = compiled.load()
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    for dims in sizes:
        feeds = models.inputs(model, dims=dims)
        for expected, found in zip(session.run(None, feeds), module.run(list(feeds.values())), strict=True):
            assert found.shape == expected.shape
            assert np.abs(found - expected).max() <= TOLERANCE * np.abs(expected).max(), dims


def test_tinybert() -> None:
    """Free batch and sequence length: in each of four layers attention, projections and two normalizations."""
    sizes = [{"batch": b, "sequence": n} for b, n in ((1, 1), (1, 128), (3, 77), (8, 512))]
    check(models.load("tinybert_dynamic"), sizes, kernels=4 * 7)


def test_efficientnet() -> None:
    """Free image size, odd ones too."""
    model = models.load("efficientnet_b0")
    shape = model.graph.input[0].type.tensor_type.shape
    shape.dim[2].dim_param, shape.dim[3].dim_param = "height", "width"
    del model.graph.value_info[:]
    sizes = [{"height": h, "width": w} for h, w in ((224, 224), (96, 161), (33, 32))]
    check(model, sizes, kernels=60)
