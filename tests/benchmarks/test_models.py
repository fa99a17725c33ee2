"""The benchmark's models: deterministic weights, valid files, outputs that are finite."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper

from benchmarks import models

PAPER_MODELS = {
    "albert_base", "bert_base", "c3d", "distilbert", "efficientnet_b0", "faster_rcnn_320", "gpt2", "mask_rcnn_320",
    "mobilebert", "mobilenetv1_ssd", "s3d", "tinybert", "unet", "vgg16", "yolov4",
}  # fmt: skip


def test_names() -> None:
    assert set(models.names()) == PAPER_MODELS | {"magika", "opennsfw", "tinybert_dynamic"}
    with pytest.raises(KeyError, match="there are: albert_base"):
        models.load("no-such-model")


def test_graphs_are_weightless() -> None:
    assert sum(path.stat().st_size for path in models.GRAPHS.iterdir()) < 5_000_000


@pytest.mark.parametrize("name", ["efficientnet_b0", "tinybert", "magika", "opennsfw"])
def test_model_runs_with_finite_outputs(name: str) -> None:
    model = models.load(name)
    feeds = models.inputs(model, models.dynamic_dimensions(model))
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    for output in session.run(None, feeds):
        assert np.isfinite(output).all()
        assert np.ptp(output) > 0


def test_weights_follow_from_seed_and_name() -> None:
    first, again, other = (models.load("efficientnet_b0", seed) for seed in (0, 0, 1))
    assert first.SerializeToString(deterministic=True) == again.SerializeToString(deterministic=True)
    assert first.SerializeToString(deterministic=True) != other.SerializeToString(deterministic=True)
    weights = onnx.numpy_helper.to_array(next(t for t in first.graph.initializer if len(t.dims) == 4))
    assert 0 < weights.std() < 10


def test_free_dimensions() -> None:
    assert models.dynamic_dimensions(models.load("tinybert")) == {}
    [(name, size)] = models.dynamic_dimensions(models.load("magika")).items()
    assert name.startswith("unk_")
    assert size == 1


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "model.onnx"
    assert models.main(["magika", "-o", str(output)]) == 0
    onnx.checker.check_model(output)
    assert models.main([]) == 0
    assert capsys.readouterr().out.split() == models.names()
    assert models.main(["magika", "-o", str(tmp_path / "missing" / "model.onnx")]) == 1
    assert "missing" in capsys.readouterr().err


def test_an_emptied_model_is_filled_with_similar_weights() -> None:
    generator = np.random.default_rng(0)
    weights = {
        "w": generator.normal(1, 3, (40, 50)),
        "v": generator.uniform(0.5, 1.5, 100),
        "c": np.full(100, 0.25),
        "mask": np.where(np.tri(10), 0, -np.inf),
        "small": np.arange(3.0),
    }
    tensors = [numpy_helper.from_array(array.astype(np.float32), name) for name, array in weights.items()]
    model = onnx.helper.make_model(onnx.helper.make_graph([], "weights", [], [], tensors))
    size = model.ByteSize()
    models.emptied(model)
    assert model.ByteSize() < size / 10
    models.filled(model)
    found = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    assert found["w"].shape == (40, 50)
    assert abs(found["w"].mean() - 1) < 0.5
    assert abs(found["w"].std() - 3) < 0.5
    assert 0.4 < found["v"].min() < found["v"].max() < 1.6
    for name in ("c", "mask", "small"):
        np.testing.assert_array_equal(found[name], weights[name].astype(np.float32))
