"""Which PyTorch models are exported in which ways. Needs PyTorch."""

import functools
from collections.abc import Callable, Mapping

import onnx
import torch
from torch import nn

from benchmarks.spellings.torch_exports import DYNAMO, TORCHSCRIPT, export
from benchmarks.spellings.torch_modules import SMALL, Bert, EfficientNet, randomise_vectors

Spellings = Mapping[str, Callable[[], onnx.ModelProto]]

# Exporter and opset. The dynamo exporter writes 18 and later, TorchScript's at most 20 and its attention from 14 on.
_WAYS = ((TORCHSCRIPT, 13), (TORCHSCRIPT, 18), (DYNAMO, 18), (DYNAMO, 23))
_OPSETS = (*((TORCHSCRIPT, opset) for opset in (11, 13, 14, 17, 18, 20)), *((DYNAMO, opset) for opset in (18, 20, 23)))
_TINY_OPSETS = ((TORCHSCRIPT, 11), (TORCHSCRIPT, 14), (TORCHSCRIPT, 18), (DYNAMO, 18), (DYNAMO, 23))

TINY_BERT = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128,
             "vocab_size": 100, "max_position_embeddings": 32}  # fmt: skip
TINY_STAGES = ((1, 8, 1, 3, 1), (2, 16, 4, 5, 2))


def groups(*, tiny: bool = False) -> dict[str, Spellings]:
    """All groups; ``tiny`` makes BERT and EfficientNet small enough for tests, with fewer opsets."""
    found = {"bert": _bert(tiny), "efficientnet_b0": _efficientnet(tiny)}
    for name, (shape, modules) in SMALL.items():
        found[name] = {
            f"{way}, {exporter} {opset}": functools.partial(_small, make, shape, exporter, opset)
            for way, make in modules.items()
            for exporter, opset in (_TINY_OPSETS if tiny else _OPSETS)
        }
    return found


def _bert(tiny: bool) -> Spellings:
    length = 16 if tiny else 128
    made = functools.cache(lambda attention: _seeded(lambda: Bert(attention, **(TINY_BERT if tiny else {}))))

    def spelling(attention: str, exporter: str, opset: int) -> onnx.ModelProto:
        ids = torch.zeros(1, length, dtype=torch.long)
        names = ("input_ids", "attention_mask", "token_type_ids")
        return export(made(attention), (ids, torch.ones_like(ids), ids), names, exporter, opset)

    return {
        f"{attention}, {exporter} {opset}": functools.partial(spelling, attention, exporter, opset)
        for attention in ("eager", "sdpa")
        for exporter, opset in (_WAYS if attention == "eager" else ((TORCHSCRIPT, 14), *_WAYS[1:]))
    }


def _efficientnet(tiny: bool) -> Spellings:
    size = 32 if tiny else 224
    made = functools.cache(lambda: _seeded(lambda: EfficientNet(TINY_STAGES, 8, 32, 10) if tiny else EfficientNet()))

    def spelling(exporter: str, opset: int, keep: bool) -> onnx.ModelProto:
        return export(made(), (torch.zeros(1, 3, size, size),), ("image",), exporter, opset, keep)

    return {
        f"BatchNormalization {'kept' if keep else 'folded'}, {exporter} {opset}": functools.partial(
            spelling, exporter, opset, keep
        )
        for keep in (True, False)
        for exporter, opset in _WAYS
    }


def _small(make: Callable[[], nn.Module], shape: tuple[int, ...], exporter: str, opset: int) -> onnx.ModelProto:
    return export(_seeded(make), (torch.zeros(shape),), ("x",), exporter, opset)


def _seeded(make: Callable[[], nn.Module]) -> nn.Module:
    torch.manual_seed(0)
    return randomise_vectors(make())
