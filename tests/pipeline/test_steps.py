"""Scans and recurrent layers of as many steps as a sequence has when the model runs: one module for every length."""

import numpy as np
import onnxruntime
import pytest
from onnx import numpy_helper, parser

import dnnf_mlir

HEADER = '<ir_version: 8, opset_import: ["" : 17]>\n'
LENGTHS = (1, 5, 77)
TOLERANCE = 1e-5

SCANS = {
    "forward": """g (float[T,3] x, float[3] s) => (float[3] last, float[T,3] y) {
      last, y = Scan <num_scan_inputs = 1, body = b (float[3] a, float[3] v) => (float[3] n, float[3] o) {
        n = Add(a, v) o = Mul(n, v)
      }> (s, x)
    }""",
    "backwards, along other axes": """g (float[T,3] x, float[2,T] z, float[3] s)
     => (float[3] last, float[3,T] y, float[2,T] w) {
      last, y, w = Scan <num_scan_inputs = 2, scan_input_axes = [0, -1], scan_input_directions = [1, 0],
       scan_output_axes = [-1, 1], scan_output_directions = [0, 1],
       body = b (float[3] a, float[3] x, float[2] q) => (float[3] n, float[3] o, float[2] p) {
        n = Add(a, x) o = Tanh(n) m = ReduceMax <axes = [0]> (x) p = Mul(q, m)
      }> (s, x, z)
    }""",
}


def compare(text: str, weights: dict[str, np.ndarray], shapes: dict[str, tuple[int | str, ...]], verify: bool) -> None:
    """One module against ONNX Runtime at several lengths T, in batches of B."""
    proto = parser.parse_model(HEADER + text)
    proto.graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in weights.items())
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    module = dnnf_mlir.compile(proto, verify=verify, cache=False).load()
    for length, batch in zip(LENGTHS, (2, 3, 1), strict=True):
        random = np.random.default_rng(length)
        sizes = {"T": length, "B": batch}
        given = {
            name: random.integers(1, length + 1, batch).astype(np.int32)
            if name == "lens"
            else random.standard_normal([sizes.get(str(size), size) for size in shape]).astype(np.float32)
            for name, shape in shapes.items()
        }
        for found, expected in zip(module.run(list(given.values())), session.run(None, given), strict=True):
            assert found.shape == expected.shape
            np.testing.assert_allclose(found, expected, atol=TOLERANCE, rtol=1e-4)


@pytest.mark.parametrize("name", SCANS)
def test_scans(name: str) -> None:
    shapes: dict[str, tuple[int | str, ...]] = {"x": ("T", 3), "z": (2, "T"), "s": (3,)}
    if name == "forward":
        del shapes["z"]
    compare(SCANS[name], {}, shapes, verify=True)


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
def test_recurrent_layers(kind: str, direction: str) -> None:
    """Of a free length and batch, with the lengths of the batch's sequences, initial states and peepholes."""
    gates, directions = {"RNN": 1, "GRU": 3, "LSTM": 4}[kind], 1 + (direction == "bidirectional")
    is_lstm = kind == "LSTM"
    random = np.random.default_rng(0)
    weights = {
        "w": random.standard_normal((directions, gates * 4, 3)),
        "r": random.standard_normal((directions, gates * 4, 4)) / 4,
        "b": random.standard_normal((directions, gates * 8)),
        **({"p": random.standard_normal((directions, 12))} if is_lstm else {}),
    }
    text = f"""g (float[T,B,3] x, int32[B] lens, float[{directions},B,4] h{f", float[{directions},B,4] c" * is_lstm})
     => (float[T,{directions},B,4] y, float[{directions},B,4] last{f", float[{directions},B,4] cell" * is_lstm}) {{
      y, last{", cell" * is_lstm} = {kind} <hidden_size = 4, direction = "{direction}">
       (x, w, r, b, lens, h{", c, p" * is_lstm})
    }}"""
    shapes: dict[str, tuple[int | str, ...]] = {"x": ("T", "B", 3), "lens": ("B",), "h": (directions, "B", 4)}
    if is_lstm:
        shapes["c"] = (directions, "B", 4)
    arrays = {name: array.astype(np.float32) for name, array in weights.items()}
    compare(text, arrays, shapes, verify=direction == "bidirectional")


@pytest.mark.parametrize("length", ["T", 40, 300])
def test_a_layer_without_states(length: str | int) -> None:
    """Long sequences of a known length are turns of a loop as well."""
    random = np.random.default_rng(0)
    weights = {name: random.standard_normal((1, 12, n)).astype(np.float32) / 4 for name, n in (("w", 3), ("r", 4))}
    text = f"g (float[{length},2,3] x) => (float[{length},1,2,4] y) {{ y = GRU <hidden_size = 4> (x, w, r) }}"
    compare(text, weights, {"x": (length, 2, 3)}, verify=True)
