"""Questions of a plan are measured, checked, remembered; measuring can be stopped; devices may be commands."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
from device_runners import arm64_tools
from small_models import parse

from dnnf_mlir.compiler import Compilation
from dnnf_mlir.errors import RunError
from dnnf_mlir.fusion.capabilities import capabilities_of
from dnnf_mlir.fusion.planner import plan
from dnnf_mlir.fusion.profile.canonical import region_key
from dnnf_mlir.fusion.profile.database import Entry, ProfileDatabase, Status
from dnnf_mlir.fusion.profile.measured import MeasuredProfile
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.options import Options
from dnnf_mlir.storage.environment import environment
from dnnf_mlir.targets import get_target
from dnnf_mlir.tools import profile
from dnnf_mlir.tune.devices import CommandDevice, LocalDevice
from dnnf_mlir.tune.profiler import MeasuredRegion, open_questions, region_graph

MODEL = """
g (float[1,16,24] x, float[16,24] y) => (float[24,16] z, float[1,16,24] s) {
  t = Transpose<perm = [1, 0]>(y)
  e = Exp(t)
  z = Relu(e)
  s0 = Add(x, y)
  s = Softmax<axis = -1>(s0)
}
"""
GATHER = """
g (int64[5] i, float[7,8] wt) => (float[8,5] z) {
  g = Gather(wt, i)
  z = Transpose<perm = [1, 0]>(g)
}
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.onnx"
    onnx.save(parse(GATHER), path)
    return path


def entries(path: Path, target: str = "host") -> dict[str, Entry]:
    with ProfileDatabase(path) as database:
        return database.entries(environment(get_target(target)))


def test_questions_are_measured_once(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "p.sqlite"
    assert profile.main([str(model), f"--profile-db={path}"]) == 0
    assert "3 kernels measured, 0 of them failed" in capsys.readouterr().err
    found = entries(path)
    assert {entry.status for entry in found.values()} == {Status.OK}
    assert all(entry.seconds is not None and 0 < entry.seconds < 1 for entry in found.values())
    assert profile.main([str(model), f"--profile-db={path}"]) == 0
    assert " 0 kernels measured" in capsys.readouterr().err
    compilation = Compilation(str(model), Options(profile_db=path))
    compilation.simplify()
    compilation.fuse()
    assert compilation.plan is not None
    assert "measured" in compilation.plan.edges[0].reason


def test_measuring_can_be_stopped_and_resumed(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "p.sqlite"
    measure, calls = LocalDevice.seconds, 0

    def stopped(self: LocalDevice, vmfb: Path, function: str, inputs: Sequence[np.ndarray]) -> float:
        nonlocal calls
        calls += 1
        if calls > 2:  # the first measures a call
            raise KeyboardInterrupt
        return measure(self, vmfb, function, inputs)

    with monkeypatch.context() as patch:
        patch.setattr(LocalDevice, "seconds", stopped)
        assert profile.main([str(model), f"--profile-db={path}"]) == 130
    assert len(entries(path)) == 1
    capsys.readouterr()
    assert profile.main([str(model), f"--profile-db={path}"]) == 0
    assert "2 kernels measured" in capsys.readouterr().err


def test_wrong_kernels_are_recorded_and_avoided(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "p.sqlite"
    run = LocalDevice.run

    def wrong(
        self: LocalDevice, vmfb: Path, function: str, inputs: Sequence[np.ndarray], results: Sequence[TensorType]
    ) -> list[np.ndarray]:
        right = run(self, vmfb, function, inputs, results)
        fused = results[0].shape == (8, 5) and inputs[0].shape == (5,)
        return [array + 1 for array in right] if fused else right

    with monkeypatch.context() as patch:
        patch.setattr(LocalDevice, "run", wrong)
        assert profile.main([str(model), f"--profile-db={path}"]) == 0
    assert "wrong: " in capsys.readouterr().err
    assert [entry.status for entry in entries(path).values()].count(Status.WRONG) == 1
    compilation = Compilation(str(model), Options(profile_db=path))
    compilation.simplify()
    compilation.fuse()
    assert compilation.plan is not None
    assert len(compilation.plan.blocks) == 2
    assert "wrongly" in compilation.plan.edges[0].reason


def test_a_region_alone_computes_what_it_computes_in_the_model() -> None:
    compilation = Compilation(parse(MODEL), Options())
    graph = compilation.graph(compilation.simplify())
    for block in plan(graph, capabilities_of(compilation.target)).blocks:
        region = MeasuredRegion("r", block.nodes, graph.outputs)
        alone = region_graph(region)
        assert region_key(alone.nodes, alone.outputs) == region_key(block.nodes, graph.outputs)
        assert [value.type for value in alone.outputs] == [value.type for value in block.outputs(graph.outputs)]
        assert not set(alone.nodes) & set(graph.nodes)


def test_questions_end_when_all_are_answered() -> None:
    compilation = Compilation(parse(GATHER), Options())
    graph = compilation.graph(compilation.simplify())
    known = MeasuredProfile(environment(compilation.target))
    capabilities = capabilities_of(compilation.target)
    regions = open_questions(graph, capabilities, known)
    assert len(regions) == 3
    for region in regions:
        known.record(region.nodes, region.returned, Status.OK, 1.0)
    assert open_questions(graph, capabilities, known) == []


@pytest.mark.arm64
def test_a_command_is_a_device(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "p.sqlite"
    command = f"{shutil.which('qemu-aarch64-static')} -L /usr/aarch64-linux-gnu {arm64_tools()}/{{tool}}"
    options = ["--target=arm64-linux", f"--profile-db={path}", f"--device={command}"]
    assert profile.main([str(model), *options]) == 0
    assert "3 kernels measured, 0 of them failed" in capsys.readouterr().err
    assert {entry.status for entry in entries(path, "arm64-linux").values()} == {Status.OK}
    assert entries(path) == {}


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("/nowhere/{tool}", "cannot be started"),
        ("false {tool}", "failed"),
        ("true {tool}", "left no result"),
        ("true", "does not say where"),
    ],
)
def test_commands_that_do_not_work(template: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=message):
        CommandDevice(template).run(tmp_path / "m.vmfb", "main", [], [TensorType((1,), "f32")])


def test_a_command_prints_its_times(tmp_path: Path) -> None:
    script = tmp_path / "iree-benchmark-module"
    script.write_text(
        "#!/bin/sh\necho start\necho '"
        '{"benchmarks": [{"run_type": "iteration", "real_time": 3.0, "time_unit": "us"},'
        '{"run_type": "iteration", "real_time": 2.0, "time_unit": "us"},'
        '{"run_type": "aggregate", "real_time": 0.5, "time_unit": "us"}]}'
        "'\n"
    )
    script.chmod(0o755)
    device = CommandDevice(f"{tmp_path}/{{tool}} {{inputs}} {{module}} {{function}}")
    assert device.seconds(tmp_path / "m.vmfb", "main", [np.zeros(3, np.float32)]) == pytest.approx(2e-6)


def test_the_database_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, exported = tmp_path / "p.sqlite", tmp_path / "p.json"
    here = environment(get_target("host"))
    with ProfileDatabase(path) as database:
        database.record(here, Entry("k1", "relu {} (x) -> y", Status.OK, 1e-6))
        database.record(here, Entry("k2", "exp {} (x) -> y", Status.HANGS, error="no end"))
    assert profile.main([f"--profile-db={path}", "--list"]) == 0
    assert [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()] == ["k1", "k2"]
    assert profile.main([f"--profile-db={path}", f"--export={exported}"]) == 0
    assert profile.main([f"--profile-db={path}", "--prune=failed"]) == 0
    assert set(entries(path)) == {"k1"}
    assert profile.main([f"--profile-db={path}", f"--import={exported}"]) == 0
    assert set(entries(path)) == {"k1", "k2"}
    assert profile.main([f"--profile-db={path}", "--prune=outdated"]) == 0
    assert set(entries(path)) == {"k1", "k2"}
    assert profile.main([f"--profile-db={path}", "--prune=all"]) == 0
    assert entries(path) == {}
    assert profile.main([f"--profile-db={path}", f"--import={tmp_path}/none.json"]) == 1
    assert "none.json" in capsys.readouterr().err


def test_another_machine_is_not_measured_here(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert profile.main([str(model), "--target=arm64-linux", f"--profile-db={tmp_path}/p.sqlite"]) == 1
    assert "--device=COMMAND" in capsys.readouterr().err
