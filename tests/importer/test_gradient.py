"""Gradient: derivatives as differences tell them, in double precision, and those of compiled models."""

import numpy as np
import pytest
from onnx import ModelProto, TensorProto, helper, parser
from onnx.reference import ReferenceEvaluator
from onnx_models import as_model, operators, prepared

from dnnf_mlir.errors import InvalidModelError, UnsupportedModelError
from dnnf_mlir.importer.decompose.derivatives import DERIVATIVES
from dnnf_mlir.onnx_backend import backend
from dnnf_mlir.verify.reference.corrections import CORRECTIONS

DOMAIN = "ai.onnx.preview.training"
HEADER = f'<ir_version: 8, opset_import: ["" : 18, "{DOMAIN}" : 1]>\n'
STEP = 1e-6

# y by a [2,3], b [3], c [3,2]; the elements of a and b are positive.
FUNCTIONS = {
    "arithmetic": "p = Mul(a, b) q = Div(p, a) r = Sub(q, a) s = Add(r, p) u = Neg(s) v = Pow(a, b) y = Sum(u, v, b)",
    "power of a constant": "e = Constant <value = double {3.0}> () y = Pow(a, e)",
    "functions": "p = Exp(a) q = Log(p) r = Sqrt(q) s = Tanh(r) t = Sigmoid(s) u = Erf(t) v = Softplus(u) "
    "w = Reciprocal(v) y = Identity(w)",
    "waves": "p = Sin(a) q = Cos(b) y = Mul(p, q)",
    "pieces": "p = Sub(a, b) q = Relu(p) r = Abs(p) f = Floor(a) g = Ceil(a) h = Round(a) i = Sign(p) "
    "c0 = Greater(a, b) w = Where(c0, q, b) y = Sum(w, r, f, g, h, i)",
    "product": "p = MatMul(a, c) q = Softmax <axis = 0> (p) y = Mul(q, p)",
    "product of many": "n = Constant <value_ints = [4, 2, 3]> () p = Expand(a, n) y = MatMul(p, c)",
    "Gemm": "o = Constant <value_ints = [0]> () k = MatMul(c, a) d = Unsqueeze(b, o) "
    "y = Gemm <alpha = 0.5, beta = 2.0, transA = 1, transB = 1> (k, k, d)",
    "shapes": "f = Flatten <axis = 0> (a) o = Constant <value_ints = [0]> () p = Squeeze(f, o) q = Unsqueeze(p, o) "
    "n = Constant <value_ints = [3, 2]> () r = Reshape(q, n) t = Transpose(r) m = Mul(t, a) "
    "y = Concat <axis = 1> (m, a, m)",
    "sums": "o = Constant <value_ints = [-1]> () p = ReduceSum <keepdims = 0> (a, o) "
    "q = ReduceMean <keepdims = 1> (c, o) r = ReduceMean <keepdims = 0> (b) s = ReduceSum <keepdims = 1> (c) "
    "t = Mul(p, r) u = Mul(q, s) y = Mul(u, t)",
    "narrower": "p = Cast <to = 1> (a) z = Cast <to = 11> (p) y = Mul(z, z)",
}


def differentiated(body: str) -> ModelProto:
    """A model that gives y and its derivatives by a, b and c."""
    text = f"g (double[2,3] a, double[3] b, double[3,2] c) => (double da, double db, double dc) {{ {body} }}"
    model = parser.parse_model(HEADER + text)
    node = helper.make_node("Gradient", ["a", "b", "c"], ["da", "db", "dc"], domain=DOMAIN, xs=["a", "b", "c"], y="y")
    model.graph.node.append(node)
    del model.graph.output[:]
    outputs = {"da": [2, 3], "db": [3], "dc": [3, 2]}
    infos = [helper.make_tensor_value_info(name, TensorProto.DOUBLE, shape) for name, shape in outputs.items()]
    model.graph.output.extend(infos)
    return model


def by_differences(model: ModelProto, feeds: dict[str, np.ndarray]) -> list[np.ndarray]:
    """The derivatives of the sum of y's elements."""
    forward = ModelProto()
    forward.CopyFrom(model)
    del forward.graph.node[-1], forward.graph.output[:]
    forward.graph.output.append(helper.make_empty_tensor_value_info("y"))
    evaluator = ReferenceEvaluator(forward, new_ops=list(CORRECTIONS))
    found = []
    for name, array in feeds.items():
        result = np.zeros_like(array)
        for at in np.ndindex(array.shape):
            sums = []
            for sign in (1, -1):
                moved = array.copy()
                moved[at] += sign * STEP
                sums.append(np.sum(evaluator.run(None, {**feeds, name: moved})[0]))
            result[at] = (sums[0] - sums[1]) / (2 * STEP)
        found.append(result)
    return found


def numbers() -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    return {"a": random.random((2, 3)) + 0.2, "b": random.random(3) + 0.3, "c": random.standard_normal((3, 2))}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives(name: str) -> None:
    model = differentiated(FUNCTIONS[name])
    feeds = numbers()
    if name == "narrower":
        feeds = {key: array.astype(np.float32).astype(np.float64) for key, array in feeds.items()}
    result = as_model(prepared(model))
    found = ReferenceEvaluator(result, new_ops=list(CORRECTIONS)).run(None, feeds)
    if name == "narrower":
        assert np.allclose(found[0], 2 * feeds["a"])
        return
    for one, other in zip(found, by_differences(model, feeds), strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-7)


def test_every_derivative_is_tested() -> None:
    used = {node.op_type for body in FUNCTIONS.values() for node in differentiated(body).graph.node}
    assert DERIVATIVES.keys() <= used


def test_at_other_values_than_the_graph_was_built_on() -> None:
    """The inputs of a Gradient are where it is evaluated; what it names are the variables."""
    text = """g (float[3] x, float[3] at) => (float[3] y, float[3] d) <float[3] w = {1.0, 2.0, 3.0}> {
      p = Mul(x, w) q = Mul(p, x) y = Identity(q)
    }"""
    model = parser.parse_model(HEADER + text)
    node = helper.make_node("Gradient", ["at", "w"], ["d", "e"], domain=DOMAIN, xs=["x", "w"], y="y")
    model.graph.node.append(node)
    model.graph.output.append(helper.make_tensor_value_info("e", TensorProto.FLOAT, [3]))
    x, at, w = (np.array(values, np.float32) for values in ((5, 6, 7), (0.5, -1, 2), (1, 2, 3)))
    y, d, e = backend.run_model(model, [x, at], verify=False)
    np.testing.assert_allclose(y, w * x * x)
    np.testing.assert_allclose(d, 2 * w * at)
    np.testing.assert_allclose(e, at * at)


def test_weights_are_variables_and_derivatives_can_be_differentiated() -> None:
    """What is computed from weights alone is not folded before it is differentiated."""
    text = """g (float[2] x) => (float[2] d, float[2] second) <float[2] w = {1.5, -2.0}> {
      v = Mul(w, w) y = Mul(v, x)
    }"""
    model = parser.parse_model(HEADER + text)
    model.graph.node.append(helper.make_node("Gradient", ["w"], ["d"], domain=DOMAIN, xs=["w"], y="y"))
    model.graph.node.append(helper.make_node("Gradient", ["w"], ["second"], domain=DOMAIN, xs=["w"], y="d"))
    x, w = np.array([3, 4], np.float32), np.array([1.5, -2], np.float32)
    d, second = backend.run_model(model, [x], verify=False)
    np.testing.assert_allclose(d, 2 * w * x)
    np.testing.assert_allclose(second, 2 * x)


def test_what_has_no_influence_has_a_gradient_of_zero() -> None:
    model = differentiated("y = Exp(b)")
    found = ReferenceEvaluator(as_model(prepared(model))).run(None, numbers())
    assert not found[0].any() and not found[2].any() and found[1].all()
    assert "Gradient" not in operators(prepared(model))


def test_operators_without_a_derivative_are_named() -> None:
    with pytest.raises(UnsupportedModelError, match=r"no derivative here of node 'wave' \(Asinh\)"):
        model = differentiated("p = Add(a, b) y = Asinh(p)")
        model.graph.node[1].name = "wave"
        prepared(model)


def test_a_value_that_is_not_there() -> None:
    model = differentiated("y = Exp(b)")
    next(attribute for attribute in model.graph.node[-1].attribute if attribute.name == "y").s = b"z"
    with pytest.raises(InvalidModelError, match="'z' is no value"):
        prepared(model)
