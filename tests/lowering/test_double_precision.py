"""Elementary functions of doubles against Python's and numpy's: IREE's CPU back end links no such library."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from onnx import TensorProto, helper

from dnnf_mlir.onnx_backend import backend

SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 1e-300, 5.5, -750.0, 750.0]
FUNCTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "Acos": np.arccos,
    "Acosh": np.arccosh,
    "Asin": np.arcsin,
    "Asinh": np.arcsinh,
    "Atan": np.arctan,
    "Atanh": np.arctanh,
    "Cos": np.cos,
    "Cosh": np.cosh,
    "Erf": np.vectorize(math.erf),
    "Exp": np.exp,
    "Log": np.log,
    "Sin": np.sin,
    "Sinh": np.sinh,
    "Tan": np.tan,
    "Tanh": np.tanh,
}


@pytest.fixture(scope="module")
def results() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Arguments, and the results of all functions, from one module."""
    rng = np.random.default_rng(3)
    drawn = [rng.uniform(-1, 1, 2000), rng.uniform(-30, 30, 2000), 10.0 ** rng.uniform(-12, 1, 500), np.array(SPECIAL)]
    x = np.concatenate(drawn)
    graph = helper.make_graph(
        [helper.make_node(name, ["x"], [name]) for name in FUNCTIONS],
        "functions",
        [helper.make_tensor_value_info("x", TensorProto.DOUBLE, x.shape)],
        [helper.make_tensor_value_info(name, TensorProto.DOUBLE, x.shape) for name in FUNCTIONS],
    )
    found = backend.run_model(helper.make_model(graph), [x], verify=False)
    return x, dict(zip(FUNCTIONS, found, strict=True))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_within_some_units_in_the_last_place(name: str, results: tuple[np.ndarray, dict[str, np.ndarray]]) -> None:
    """The tangent, a quotient, and the sine lose absolute precision near their zeros, at multiples of pi."""
    x, found = results
    with np.errstate(all="ignore"):
        expected = FUNCTIONS[name](x)
    np.testing.assert_allclose(found[name], expected, rtol=4e-15, atol=1e-14 if name in ("Sin", "Cos", "Tan") else 0)
