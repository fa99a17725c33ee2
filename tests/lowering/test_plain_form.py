"""The form that every target compiles: the blocks of the other files as plain loops, on all kinds of machines."""

from pathlib import Path

import pytest
from cases import TOLERANCE, CompiledCases
from device_runners import run_vulkan
from test_blocks import CASES as BLOCKS
from test_elementwise import CASES as ELEMENT_WISE
from test_movement import CASES as MOVEMENT
from test_recurrence import CASES as RECURRENCE
from test_structured import CASES as STRUCTURED

from dnnf_mlir.lowering import lower

# A cast to half or double precision is refused for a GPU that need not have it.
ON_GPU = {name: case for name, case in ELEMENT_WISE.items() if name != "casts"}
TABLES = {
    "blocks": BLOCKS,
    "element_wise": ON_GPU,
    "movement": MOVEMENT,
    "recurrence": RECURRENCE,
    "structured": STRUCTURED,
}


@pytest.mark.parametrize("target", ["host", "arm64-linux"])
@pytest.mark.parametrize("table", TABLES)
def test_cpus(table: str, target: str) -> None:
    cases = ELEMENT_WISE if table == "element_wise" else TABLES[table]
    compiled = CompiledCases(cases, target, plain=True)
    assert {name: error for name in cases if not (error := compiled.error(name)) <= TOLERANCE} == {}


@pytest.mark.parametrize("table", TABLES)
def test_vulkan(table: str, tmp_path: Path) -> None:
    compiled = CompiledCases(TABLES[table], "vulkan-android", plain=True)
    path = tmp_path / "module.vmfb"
    path.write_bytes(compiled.module_bytes)
    compiled.found = run_vulkan(path, compiled.arrays, len(compiled.graph.outputs))
    assert {name: error for name in TABLES[table] if not (error := compiled.error(name)) <= 1e-4} == {}


def test_a_dispatch_for_each_operation() -> None:
    """Their pipelines are fixed: nothing is left to iree-compile's rules."""
    module = lower(CompiledCases(STRUCTURED).graph, plain_reason=lambda _: "for a test")
    text = module.operation.get_asm()
    assert "linalg.softmax" not in text
    for dispatch in text.split("flow.dispatch.region")[1:]:
        operations = dispatch.partition("flow.return")[0]
        loops = operations.count("linalg.") - operations.count("linalg.fill") - operations.count("linalg.yield")
        loops -= operations.count("linalg.index") + operations.count("#linalg.iterator_type")
        assert loops == operations.count("compilation_info") == 1
