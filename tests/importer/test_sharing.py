"""Nodes that compute the same become one; those that draw, have other attributes or are results stay."""

from typing import Any

import numpy as np
import onnx
from onnx import parser
from onnx.reference import ReferenceEvaluator
from onnx_models import prepared

import dnnf_mlir


def model(body: str, outputs: str = "float[n,4] y") -> onnx.ModelProto:
    text = f'<ir_version: 8, opset_import: ["" : 17]> g (float[n,4] x, int64[n,4] mask) => ({outputs}) {{ {body} }}'
    return parser.parse_model(text)


def operators(made: onnx.ModelProto) -> list[str]:
    return [node.op_type for node in prepared(made).nodes]


def test_equal_nodes_become_one() -> None:
    made = model(
        """one = Constant <value = float {1}> () uno = Constant <value = float {1}> ()
        a = Cast <to = 1> (mask) b = Cast <to = 1> (mask) c = Sub(one, a) d = Sub(uno, b)
        e = Mul(x, c) f = Exp(e) y = Add(f, d)"""
    )
    assert operators(made) == ["Cast", "Sub", "Mul", "Exp", "Add"]
    x = np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32)
    feeds: dict[str, Any] = {"x": x, "mask": np.arange(12).reshape(3, 4) % 2}
    found = dnnf_mlir.compile(made, cache=False).run(feeds)
    np.testing.assert_allclose(found, ReferenceEvaluator(made).run(None, feeds), rtol=1e-6)


def test_what_differs_stays() -> None:
    """In attributes, in constants, in the order of the operands."""
    assert operators(model("a = Softmax <axis = 0> (x) b = Softmax <axis = 1> (x) y = Add(a, b)")).count("Softmax") == 2
    constants = "one = Constant <value = float {1}> () two = Constant <value = float {2}> ()"
    assert operators(model(f"{constants} a = Pow(x, one) b = Pow(x, two) y = Add(a, b)")).count("Pow") >= 1
    assert operators(model("a = Exp(x) b = Sub(a, x) c = Sub(x, a) y = Mul(b, c)")).count("Sub") == 2


def test_results_keep_their_names() -> None:
    made = model("y = Exp(x) z = Exp(x)", "float[n,4] y, float[n,4] z")
    assert operators(made) == ["Exp", "Exp"]
    results = dnnf_mlir.compile(made).run([np.ones((2, 4), np.float32), np.ones((2, 4), np.int64)])
    assert [result.shape for result in results] == [(2, 4)] * 2


def test_random_numbers_are_not_shared() -> None:
    body = "a = RandomUniformLike <seed = 1.0> (x) b = RandomUniformLike <seed = 1.0> (x) y = Sub(a, b)"
    assert operators(model(body)).count("RandomUniformLike") == 2
