"""Every file with lowerings of operators is imported, so that it registers them."""

import sys
from pathlib import Path

import pytest

import dnnf_mlir.lowering


@pytest.mark.parametrize("folder", ["linalg", "onnx_node"])
def test_every_file_is_imported(folder: str) -> None:
    root = Path(dnnf_mlir.lowering.__file__).parent / folder
    names = {f"{dnnf_mlir.lowering.__name__}.{folder}.{path.stem}" for path in root.glob("*.py") if path.stem[0] != "_"}
    assert names - set(sys.modules) == set()
