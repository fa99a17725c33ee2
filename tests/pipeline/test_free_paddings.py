"""Pad along free dimensions, with every mode: what ONNX Runtime computes, and numpy where ONNX Runtime refuses."""

import numpy as np
import onnxruntime
import pytest
from onnx import parser

import dnnf_mlir
from dnnf_mlir.compiled_model import CompiledModel
from dnnf_mlir.errors import RunError

MODES = ("constant", "edge", "reflect", "wrap")
HEADER = '<ir_version: 8, opset_import: ["" : 19]>\n'

# Paddings of images: two free dimensions between fixed ones, cut on one side; a computation before and behind.
IMAGES = """g (float[batch,3,height,width] x) => (float[batch,3,h,w] y) <int64[8] p = {0, 1, 2, -1, 0, 0, 1, 3}> {
  a = Tanh(x) b = Pad <mode = "MODE"> (a, p) c = Slice(b, one, four, one) y = Sigmoid(c)
}"""
SIGNALS = """g (float[batch,length] x) => (float[batch,longer] y) <int64[2] p = {BEFORE, AFTER}, int64[1] axis = {-1}> {
  y = Pad <mode = "MODE"> (x, p, , axis)
}"""


def compiled(text: str) -> tuple[onnxruntime.InferenceSession, CompiledModel]:
    proto = parser.parse_model(HEADER + text)
    for name, number in (("one", 1), ("four", 4)):
        tensor = proto.graph.initializer.add(name=name, data_type=7, dims=[1])
        tensor.int64_data.append(number)
    session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    return session, dnnf_mlir.compile(proto, verify=False)


@pytest.mark.parametrize("mode", MODES)
def test_images(mode: str) -> None:
    session, model = compiled(IMAGES.replace("MODE", mode))
    for batch, height, width in ((1, 3, 5), (2, 16, 16), (3, 7, 33)):
        x = np.random.default_rng(0).standard_normal((batch, 3, height, width)).astype(np.float32)
        np.testing.assert_allclose(model.run([x])[0], session.run(None, {"x": x})[0], atol=1e-6)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("before", "after"), [(64, 64), (0, 5), (5, -2), (-3, 4), (-2, -1)])
def test_signals(mode: str, before: int, after: int) -> None:
    """Longer paddings than the signal too; ONNX Runtime reflects no more than once."""
    session, model = compiled(SIGNALS.replace("MODE", mode).replace("BEFORE", str(before)).replace("AFTER", str(after)))
    for length in (4, 5, 40, 65, 500):
        x = np.random.default_rng(0).standard_normal((2, length)).astype(np.float32)
        kept = x[:, max(0, -before) : length - max(0, -after)]
        filled = np.pad(kept, ((0, 0), (max(0, before), max(0, after))), mode=mode)  # type: ignore[call-overload]
        found = model.run([x])[0]
        np.testing.assert_array_equal(found, filled)
        if mode != "reflect" or max(before, after) < kept.shape[1]:
            np.testing.assert_array_equal(found, session.run(None, {"x": x})[0])


@pytest.mark.parametrize("mode", MODES[1:])
def test_one_element(mode: str) -> None:
    _, model = compiled(SIGNALS.replace("MODE", mode).replace("BEFORE", "2").replace("AFTER", "1"))
    np.testing.assert_array_equal(model.run([np.float32([[5]])])[0], np.float32([[5, 5, 5, 5]]))


def test_nothing_left_to_copy() -> None:
    """The module says so; memory outside of the tensor is not read."""
    _, model = compiled(SIGNALS.replace("MODE", "edge").replace("BEFORE", "-2").replace("AFTER", "3"))
    assert model.run([np.float32([[1, 2, 3]])])[0].tolist() == [[3, 3, 3, 3]]
    with pytest.raises(RunError, match=r"Pad"):
        model.run([np.float32([[1, 2]])])


@pytest.mark.parametrize("mode", MODES[1:])
def test_paddings_as_inputs(mode: str) -> None:
    """Computed at run time, as in a model that pads to a multiple."""
    text = f'g (float[2,length] x, int64[4] p) => (float[two,longer] y) {{ y = Pad <mode = "{mode}"> (x, p) }}'
    session, model = compiled(text)
    x = np.arange(14, dtype=np.float32).reshape(2, 7)
    for pads in ([0, 3, 0, 2], [1, -2, 0, 4], [0, 4, 1, -2], [0, -1, 0, -2]):
        p = np.array(pads, np.int64)
        np.testing.assert_array_equal(model.run([x, p])[0], session.run(None, {"x": x, "p": p})[0])
