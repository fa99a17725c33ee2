"""The fused blocks of the other files compiled for phones, run on an emulated ARM CPU and a software Vulkan driver."""

from pathlib import Path

import pytest
from cases import CompiledCases
from device_runners import run_arm64, run_vulkan
from test_blocks import CASES as BLOCKS
from test_elementwise import CASES as ELEMENT_WISE_CASES
from test_movement import CASES as MOVEMENT
from test_recurrence import CASES as RECURRENCE
from test_structured import CASES as STRUCTURED

# A cast to half or double precision is refused for a GPU that need not have it.
ELEMENT_WISE = {name: case for name, case in ELEMENT_WISE_CASES.items() if name != "casts"}
TABLES = {
    "blocks": BLOCKS,
    "element_wise": ELEMENT_WISE,
    "movement": MOVEMENT,
    "recurrence": RECURRENCE,
    "structured": STRUCTURED,
}


@pytest.mark.parametrize("table", TABLES)
def test_vulkan(table: str, tmp_path: Path) -> None:
    compiled = CompiledCases(TABLES[table], "vulkan-android")
    compiled.found = run_vulkan(_written(compiled, tmp_path), compiled.arrays, len(compiled.graph.outputs))
    assert {name: error for name in TABLES[table] if (error := compiled.error(name)) > 1e-4} == {}


def test_arm64(tmp_path: Path) -> None:
    compiled = CompiledCases(BLOCKS, "arm64-linux")
    compiled.found = run_arm64(_written(compiled, tmp_path), compiled.arrays, len(compiled.graph.outputs))
    assert {name: error for name in BLOCKS if (error := compiled.error(name)) > 1e-5} == {}


def _written(compiled: CompiledCases, directory: Path) -> Path:
    path = directory / "module.vmfb"
    path.write_bytes(compiled.module_bytes)
    return path
