"""The variants of a plan's kernels are measured in bounded time, the fastest is compiled, the plan says why."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
from small_models import parse

from dnnf_mlir import compiler
from dnnf_mlir.compiled_model import CompiledModel
from dnnf_mlir.compiler import Compilation, compile_model
from dnnf_mlir.errors import CompileError
from dnnf_mlir.fusion.capabilities import capabilities_of
from dnnf_mlir.fusion.profile.database import Entry, ProfileDatabase, Status
from dnnf_mlir.fusion.profile.measured import MeasuredProfile
from dnnf_mlir.fusion.report import remarks
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.iree import CompiledBinary
from dnnf_mlir.options import Options
from dnnf_mlir.storage.environment import environment
from dnnf_mlir.targets import get_target
from dnnf_mlir.tools import compile as compile_command
from dnnf_mlir.tools import profile
from dnnf_mlir.tune.devices import LocalDevice
from dnnf_mlir.tune.profiler import MeasuredRegion, open_variants

MODEL = """
g (float[1,32,9,9] x, float[48,32,3,3] wt, float[5,96] a, float[96,40] w1) => (float[1,48,9,9] z, float[5,40] q) {
  c = Conv<pads = [1, 1, 1, 1]>(x, wt)
  z = Relu(c)
  p = MatMul(a, w1)
  q = Relu(p)
}
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.onnx"
    onnx.save(parse(MODEL), path)
    return path


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "p.sqlite"


def kernels(model: Path) -> dict[str, list[MeasuredRegion]]:
    """The variants of the model's two kernels, by the kind of their anchor."""
    compilation = Compilation(str(model), Options())
    graph = compilation.graph(compilation.simplify())
    known, vector = MeasuredProfile(environment(compilation.target)), compilation.target.vector
    assert vector is not None
    found = open_variants(graph, capabilities_of(compilation.target), known, vector)
    return {
        next(node.kind for node in regions[0].nodes if node.kind in ("conv", "matmul")): regions for regions in found
    }


def fill(database: Path, regions: Sequence[MeasuredRegion], seconds: dict[str, float]) -> None:
    with ProfileDatabase(database) as opened:
        known = MeasuredProfile(environment(get_target("host")), opened)
        for region in regions:
            own = seconds.get(region.name, 2e-5)
            known.record(region.nodes, region.returned, Status.OK, own, variant=region.name)


def chosen(compiled: CompiledModel) -> dict[str, str]:
    found = [variant for block in compiled.plan["blocks"] for variant in block.get("variants", ())]
    return {variant["anchor"]: variant["variant"] for variant in found}


def variants(database: Path) -> dict[tuple[str, str], Entry]:
    with ProfileDatabase(database) as opened:
        return opened.variants(environment(get_target("host")))


def test_the_most_expensive_kernel_comes_first(model: Path) -> None:
    found = kernels(model)
    assert list(found) == ["conv", "matmul"]
    assert all(regions[0].name == "analytic" and len(regions) > 1 for regions in found.values())


def test_the_fastest_is_compiled_and_the_plan_says_why(model: Path, database: Path) -> None:
    options = Options(profile_db=database)
    before = compile_model(model, options)
    assert chosen(before) == {}
    found = kernels(model)
    keys = {before.key}
    for conv, matmul in zip(found["conv"][1:], reversed(found["matmul"][1:]), strict=False):
        for regions, best in ((found["conv"], conv), (found["matmul"], matmul)):
            fill(database, regions, {"analytic": 1e-5, best.name: 8e-6})
        compiled = compile_model(model, options)
        assert sorted(chosen(compiled).values()) == sorted([conv.name, matmul.name])
        assert sum("measured 8.00 us instead of 10.00 us" in line for line in remarks(compiled.plan)) == 2
        assert compile_model(model, options).plan == compiled.plan
        keys.add(compiled.key)
    assert len(keys) > 1, "other code for other variants"


def test_what_saves_too_little_is_not_taken(model: Path, database: Path) -> None:
    before = compile_model(model, Options(profile_db=database))
    for regions in kernels(model).values():
        fill(database, regions, {"analytic": 1e-5, regions[1].name: 9.9e-6})
    compiled = compile_model(model, Options(profile_db=database))
    assert set(chosen(compiled).values()) == {"analytic"}
    assert compiled.key == before.key


def test_a_variant_that_is_refused_in_the_model_is_taken_back(
    model: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    regions = kernels(model)["conv"]
    fill(database, regions, {"analytic": 1e-5, regions[1].name: 8e-6})
    compile_bytecode, calls = Compilation._compile_bytecode, 0

    def refused(self: Compilation, bytecode: Path) -> CompiledBinary:
        nonlocal calls
        calls += 1
        if calls == 1:
            graph = self.graph(self.fuse())
            raise CompileError("no", failed_locations=tuple(block.name for block in graph.blocks))
        return compile_bytecode(self, bytecode)

    monkeypatch.setattr(compiler.Compilation, "_compile_bytecode", refused)
    compiled = compile_model(model, Options(profile_db=database))
    assert set(chosen(compiled).values()) == {"analytic"}
    assert len(compiled.plan["blocks"]) == 2, "the blocks themselves are not split"
    assert variants(database)[regions[1].key, regions[1].name].status is Status.REJECTED


def test_the_command_measures_them_once(model: Path, database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert profile.main([str(model), f"--profile-db={database}", "--variant-seconds=0"]) == 0
    assert "variants" not in capsys.readouterr().err
    assert variants(database) == {}

    tiny = [str(model), f"--profile-db={database}", "--variant-seconds=0.1"]
    assert profile.main(tiny) == 0
    said = capsys.readouterr().err
    assert "variants of 1 of 2 kernels measured" in said
    assert "measured" in said.splitlines()[1]
    found = kernels(model)
    assert set(variants(database)) == {(region.key, region.name) for region in found["conv"]}
    assert profile.main(tiny) == 0
    assert "variants of 1 of 1 kernels measured" in capsys.readouterr().err
    expected = {(region.key, region.name) for regions in found.values() for region in regions}
    entries = variants(database)
    assert set(entries) == expected
    assert {entry.status for entry in entries.values()} == {Status.OK}
    assert profile.main(tiny) == 0
    assert "variants of 0 of 0 kernels measured" in capsys.readouterr().err
    compile_model(model, Options(profile_db=database))


def test_compiling_may_measure_first(
    model: Path, database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output, plan = tmp_path / "m.vmfb", tmp_path / "plan.json"
    arguments = [str(model), "-o", str(output), f"--plan={plan}", f"--profile-db={database}", "--variant-seconds=60"]
    assert compile_command.main(arguments) == 0
    assert "variants of 2 of 2 kernels measured" in capsys.readouterr().err
    assert all("variants" in block for block in json.loads(plan.read_text())["blocks"])
    assert compile_command.main([*arguments, "--target=arm64-linux"]) == 1
    assert "dnnf-profile --device=COMMAND" in capsys.readouterr().err


def test_wrong_variants_are_recorded_and_not_taken(
    model: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = LocalDevice.run

    def wrong(
        self: LocalDevice, vmfb: Path, function: str, inputs: Sequence[np.ndarray], results: Sequence[TensorType]
    ) -> list[np.ndarray]:
        right = run(self, vmfb, function, inputs, results)
        return right if function == "region_0" else [array + 1 for array in right]

    assert profile.main([str(model), f"--profile-db={database}", "--variant-seconds=0"]) == 0
    with monkeypatch.context() as patch:
        patch.setattr(LocalDevice, "run", wrong)
        assert profile.main([str(model), f"--profile-db={database}"]) == 0
    statuses = {(name == "analytic", entry.status) for (_, name), entry in variants(database).items()}
    assert statuses == {(True, Status.OK), (False, Status.WRONG)}
    assert set(chosen(compile_model(model, Options(profile_db=database))).values()) == {"analytic"}
