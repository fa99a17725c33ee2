"""Operators and forms of com.microsoft that are not covered: one message with the node and the reason."""

from typing import Any

import numpy as np
import pytest

from dnnf_mlir.errors import UnsupportedModelError
from dnnf_mlir.importer import import_onnx
from tests.importer.microsoft.cases import Case, Operand, floats, integers

_X, _W = floats("N", "S", 8), floats(8, 24)

REFUSED: list[tuple[str, tuple[Operand, ...], dict[str, Any], str]] = [
    ("Attention", (_X, _W), {"num_heads": 2, "do_rotary": 1}, "its attribute do_rotary is set"),
    ("Attention", (_X, _W), {"num_heads": 2, "colour": 1}, "its attribute colour is not known"),
    ("BiasGelu", (_X,), {}, "it has no input bias"),
    ("Gelu", (_X, _X), {}, "it has 2 inputs; 1 are known"),
    ("FusedGemm", (floats(3, 4), floats(4, 5)), {"activation": "Swap"}, "its activation Swap is not known"),
    ("Inverse", (floats(40, 40),), {}, "matrices of 40 rows"),
    (
        "CropAndResize",
        (floats(1, 2, 4, 4), floats(1, 4), integers(1, high=1), integers(2, high=4)),
        {},
        "its crop_size is computed at run time",
    ),
    (
        "MatMulNBits",
        (floats(2, 16), *(np.zeros(shape, np.uint8) for shape in [(4, 1, 8)]), floats(4), None, integers(16, high=1)),
        {"K": 16, "N": 4, "block_size": 16},
        "its input g_idx orders the blocks",
    ),
]


@pytest.mark.parametrize(("operator", "operands", "attributes", "reason"), REFUSED, ids=lambda value: str(value)[:20])
def test_form(operator: str, operands: tuple[Operand, ...], attributes: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnsupportedModelError) as refused:
        import_onnx(Case(operator, operands, attributes).model(), name="m.onnx")
    assert f"m.onnx: node 'node' ({operator}) of com.microsoft cannot be compiled: {reason}" in str(refused.value)


def test_unknown_operators_are_named_at_once() -> None:
    model = Case("Tokenizer", (_X,)).model()
    model.graph.node.append(Case("WordConvEmbedding", (_X,)).model().graph.node[0])
    model.graph.node[1].output[0] = "z"
    with pytest.raises(UnsupportedModelError) as refused:
        import_onnx(model)
    message = str(refused.value)
    assert "Tokenizer of domain com.microsoft 1: node" in message
    assert "WordConvEmbedding of domain com.microsoft 1: node" in message


def test_another_version() -> None:
    model = Case("Gelu", (_X,)).model()
    model.opset_import[1].version = 2
    with pytest.raises(UnsupportedModelError, match=r"Gelu of domain com\.microsoft 2"):
        import_onnx(model)


def test_a_domain_that_is_not_imported() -> None:
    """ONNX Runtime's optimiser of transformers writes such files, and ONNX Runtime runs them."""
    model = Case("Gelu", (_X,)).model()
    del model.opset_import[1]
    import_onnx(model)
