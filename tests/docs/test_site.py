"""The documentation site builds without a warning; links between documents lead to files."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from docs.documented_commands import DOCUMENTS, ROOT

_LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")


def test_site_builds(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-c", "docs", "-d", tmp_path / "doctrees"]
    run = subprocess.run(
        [*command, ".", tmp_path / "site"], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert run.returncode == 0, run.stderr
    api = (tmp_path / "site" / "docs" / "api.html").read_text()
    operators = (tmp_path / "site" / "docs" / "operators.html").read_text()
    assert 'id="dnnf_mlir.compiled_model.CompiledModel.run"' in api
    assert "dnnf_mlir.dialect_defs.many_to_many.convolution.Conv" in operators


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links(document: Path) -> None:
    broken = [link for link in _LINK.findall(document.read_text()) if not (document.parent / link).exists()]
    assert not broken
