"""Exports of the same models by other exporters and opsets end as the same kernels.

``exports/`` holds them by what is computed, without large weights; benchmarks.spellings says how they are made again.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import onnx
import pytest
from small_models import assert_close, expected

import dnnf_mlir
from benchmarks import models
from benchmarks.spellings.counting import Count, count
from benchmarks.spellings.handwritten import GROUPS

EXPORTS = Path(__file__).parent / "exports"
EXPORTED = sorted(folder.name for folder in EXPORTS.iterdir())
SPARE = 1.03
"""Kernel counts of one model may differ by 3 %."""


def counted(group: str) -> dict[str, Count]:
    """The group's spellings, counted."""
    if group in GROUPS:
        return {name: count(build()) for name, build in GROUPS[group].items()}
    return {path.stem: count(load(path)) for path in sorted((EXPORTS / group).glob("*.onnx"))}


def load(path: Path) -> onnx.ModelProto:
    return models.filled(onnx.load(path, load_external_data=False))


RECOGNISED: Mapping[str, Mapping[str, int]] = {
    "bert": {"layer_normalization": 5, "gelu": 2},
    "efficientnet_b0": {"conv": 16, "swish": 10, "batch_normalization": 0},
    "attention": {"softmax": 1, "where": 0},
    "causal_attention": {"softmax": 1, "is_nan": 0},
    "gelu": {"gelu": 1},
    "gelu_tanh": {"gelu": 1},
    "silu": {"swish": 1},
    "hard_swish": {"hard_swish": 1},
    "mish": {"mish": 1},
    "layer_norm": {"layer_normalization": 1},
    "softmax": {"softmax": 1},
    "keras_layer_norm": {"layer_normalization": 1},
    "keras_gelu": {"gelu": 1},
    "keras_gelu_tanh": {"gelu": 1},
    "keras_hard_swish": {"hard_swish": 1},
    "keras_softmax": {"softmax": 1},
    "keras_silu": {"swish": 1},
    "keras_mish": {"mish": 1},
}
"""Operators that every spelling of a group ends with."""


@pytest.mark.parametrize("group", [*EXPORTED, *GROUPS])
def test_spellings_end_as_equally_many_kernels(group: str) -> None:
    found = counted(group)
    assert len(found) > 1
    kernels = {name: entry.kernels for name, entry in found.items()}
    assert max(kernels.values()) <= SPARE * min(kernels.values()), kernels
    for kind, wanted in RECOGNISED.get(group, {}).items():
        kinds = {name: entry.kinds[kind] for name, entry in found.items()}
        assert set(kinds.values()) == {wanted}, f"{kind}: {kinds}"


def every_key(length: int) -> np.ndarray:
    return np.ones((1, length), np.int64)


def half_of_the_keys(length: int) -> np.ndarray:
    return (np.arange(length) < length // 2).astype(np.int64)[None]


def no_key(length: int) -> np.ndarray:
    return np.zeros((1, length), np.int64)


@pytest.mark.parametrize("spelling", ["sdpa-torchscript_14", "sdpa-dynamo_23"])
def test_masked_attention_is_computed_right(spelling: str) -> None:
    """Where a query may look at no key, eager attention looks at all, and PyTorch's operator gives zeros."""
    model = load(EXPORTS / "bert" / f"{spelling}.onnx")
    compiled = dnnf_mlir.compile(model)
    masks: list[Callable[[int], np.ndarray]] = [every_key, half_of_the_keys, no_key]
    for mask in masks:
        length = model.graph.input[0].type.tensor_type.shape.dim[1].dim_value
        ids = np.random.default_rng(0).integers(0, 100, (1, length))
        feeds = {"input_ids": ids, "attention_mask": mask(length), "token_type_ids": np.zeros_like(ids)}
        wanted = expected(model, feeds)
        assert not any(np.isnan(array).any() for array in wanted)
        assert_close(compiled.run(list(feeds.values())), wanted)


@pytest.mark.parametrize("path", ["efficientnet_b0/BatchNormalization_kept-dynamo_18", "attention/operator-dynamo_23"])
def test_export_is_computed_right(path: str) -> None:
    model = load(EXPORTS / f"{path}.onnx")
    feeds = models.inputs(model)
    assert_close(dnnf_mlir.compile(model).run(list(feeds.values())), expected(model, feeds))
