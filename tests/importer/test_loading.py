"""Reading files: what is no model, and where external data may and may not lie."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper
from onnx_models import make_model

from dnnf_mlir.errors import InvalidModelError
from dnnf_mlir.importer.read.loading import load_model


class TestFiles:
    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", "the file is empty"),
            (b"\x08", "cut off"),
            (b"This is a text file, and no model.\n" * 20, "not an ONNX model"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n", "git lfs pull"),
            (b"\x08\x08", "it has no opset_import"),
        ],
    )
    def test_no_model(self, tmp_path: Path, content: bytes, reason: str) -> None:
        path = tmp_path / "model.onnx"
        path.write_bytes(content)
        with pytest.raises(InvalidModelError, match=reason) as caught:
            load_model(path)
        assert str(path) in str(caught.value)

    def test_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidModelError, match=r"absent\.onnx: cannot read the model: No such file"):
            load_model(tmp_path / "absent.onnx")

    def test_folder(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidModelError, match="directory"):
            load_model(tmp_path)

    def test_cut_off(self, tmp_path: Path) -> None:
        path = tmp_path / "model.onnx"
        nodes = [helper.make_node("Add", ["x", "w"], ["y"])]
        model = make_model(nodes, [("x", [3])], [("y", [3])], {"w": np.ones(3, np.float32)})
        path.write_bytes(model.SerializeToString()[:-30])
        with pytest.raises(InvalidModelError, match="cut off"):
            load_model(path)

    def test_bytes_have_a_name(self) -> None:
        with pytest.raises(InvalidModelError, match="<stdin>: the file is empty"):
            load_model(b"", name="<stdin>")


class TestExternalData:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        path = tmp_path / "model.onnx"
        model = make_model(
            [helper.make_node("Add", ["x", "w"], ["y"])], [("x", [30, 50])], [("y", [30, 50])],
            {"w": np.arange(1500, dtype=np.float32).reshape(30, 50)},
        )  # fmt: skip
        onnx.save(model, path, save_as_external_data=True, location="weights.bin", size_threshold=0)
        return path

    def relocate(self, path: Path, **entries: str) -> None:
        model = onnx.load(path, load_external_data=False)
        for entry in model.graph.initializer[0].external_data:
            entry.value = entries.get(entry.key, entry.value)
        path.write_bytes(model.SerializeToString())

    def test_read(self, path: Path) -> None:
        assert np.array_equal(load_model(path).weights["w"], np.arange(1500).reshape(30, 50))

    def test_missing(self, path: Path) -> None:
        (path.parent / "weights.bin").unlink()
        with pytest.raises(InvalidModelError, match=r"tensor 'w': external data file '.*weights\.bin' is missing"):
            load_model(path)

    def test_cut_off(self, path: Path) -> None:
        data = path.parent / "weights.bin"
        data.write_bytes(data.read_bytes()[:-1])
        with pytest.raises(InvalidModelError, match=r"'w' needs bytes 0 to 6000 of .* has only 5999"):
            load_model(path)

    @pytest.mark.parametrize("location", ["../weights.bin", "/etc/passwd", "sub/../../weights.bin", ""])
    def test_outside(self, path: Path, location: str) -> None:
        self.relocate(path, location=location)
        with pytest.raises(InvalidModelError, match="outside the model's folder"):
            load_model(path)

    def test_link_to_the_outside(self, path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
        secret = tmp_path_factory.mktemp("elsewhere") / "secret"
        secret.write_bytes(bytes(6000))
        (path.parent / "weights.bin").unlink()
        (path.parent / "weights.bin").symlink_to(secret)
        with pytest.raises(InvalidModelError, match="outside the model's folder"):
            load_model(path)

    def test_linked_model(self, path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
        """Download caches keep the files in one folder and link to them, under other names, from another."""
        links = tmp_path_factory.mktemp("links")
        for name in ("model.onnx", "weights.bin"):
            (links / name).symlink_to(path.parent / name)
        assert load_model(links / "model.onnx").weights["w"].size == 1500

    @pytest.mark.parametrize("entries", [{"length": "8"}, {"offset": "-4"}, {"offset": "x"}, {"length": "9" * 30}])
    def test_wrong_place(self, path: Path, entries: dict[str, str]) -> None:
        self.relocate(path, **entries)
        with pytest.raises(InvalidModelError, match="tensor 'w'"):
            load_model(path)

    def test_proto_without_folder(self, path: Path) -> None:
        with pytest.raises(InvalidModelError, match="give the model as a path"):
            load_model(onnx.load(path, load_external_data=False))
