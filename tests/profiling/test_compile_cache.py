"""A module is compiled once; what is kept is checked, bounded and never in the way."""

import json
import multiprocessing
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from small_models import parse

from dnnf_mlir import compiler
from dnnf_mlir.compiled_model import CompiledModel
from dnnf_mlir.errors import CompileError, InternalError, InvalidModelError, OutputError
from dnnf_mlir.fusion.profile.database import Status
from dnnf_mlir.iree import CompiledBinary, ModuleStatistics
from dnnf_mlir.storage.module_cache import CompileCache, cache_key
from dnnf_mlir.verify import verifier

STATISTICS = ModuleStatistics(2, 1, 0, 3, 2, 100, 200, ("a", "b"))
WEIGHTED = "g (float[4,800] x, float[800] w) => (float[4,800] y) { y = Add(x, w) }"
MODEL = "g (float[4,8] x) => (float[4,8] z) { y = Exp(x) z = Softmax<axis = -1>(y) }"


def binary(path: Path, contents: bytes) -> CompiledBinary:
    path.write_bytes(contents)
    return CompiledBinary(path, STATISTICS, 1.5, ("iree-compile", "x"))


def age(folder: Path, key: str, seconds: float) -> None:
    path = folder / f"{key}.json"
    moment = path.stat().st_mtime - seconds
    os.utime(path, (moment, moment))


def test_what_is_stored_is_found(tmp_path: Path) -> None:
    cache = CompileCache(tmp_path / "cache")
    assert cache.find("k") is None
    cache.store("k", binary(tmp_path / "m.vmfb", b"module"), verified=True)
    found = cache.find("k")
    assert found is not None
    assert found.verified
    assert found.binary.read() == b"module"
    assert found.binary.statistics == STATISTICS
    output = tmp_path / "out.vmfb"
    there = cache.find("k", output)
    assert there is not None
    assert there.binary.path == output
    assert output.read_bytes() == b"module"


@pytest.mark.parametrize("damage", ["truncated module", "other module", "no module", "garbage", "other fields"])
def test_damaged_entries_are_not_used(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "cache"
    cache = CompileCache(folder)
    cache.store("k", binary(tmp_path / "m.vmfb", b"module" * 100), verified=True)
    module, description = folder / "k.vmfb", folder / "k.json"
    match damage:
        case "truncated module":
            os.truncate(module, 100)
        case "other module":
            module.write_bytes(b"Module" * 100)
        case "no module":
            module.unlink()
        case "garbage":
            description.write_bytes(os.urandom(100))
        case "other fields":
            description.write_text(json.dumps({"statistics": {"dispatches": 1}}))
    assert cache.find("k") is None
    cache.store("k", binary(tmp_path / "m.vmfb", b"again"), verified=False)
    found = cache.find("k")
    assert found is not None
    assert (found.binary.read(), found.verified) == (b"again", False)


def test_the_module_used_longest_ago_goes(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    cache = CompileCache(folder, limit_bytes=250)
    for number, key in enumerate(["a", "b"]):
        cache.store(key, binary(tmp_path / "m.vmfb", b"x" * 100), verified=True)
        age(folder, key, 100 - number)
    assert cache.find("a") is not None
    cache.store("c", binary(tmp_path / "m.vmfb", b"x" * 100), verified=True)
    assert [key for key in "abc" if cache.find(key)] == ["a", "c"]
    cache.store("large", binary(tmp_path / "m.vmfb", b"x" * 300), verified=True)
    assert cache.find("large") is None
    assert cache.find("c") is not None


def _store(folder: Path, name: str) -> None:
    cache = CompileCache(folder)
    for number in range(20):
        cache.store("same", binary(folder.parent / f"{name}.vmfb", f"{name}{number}".encode() * 1000), verified=True)
        cache.store(f"{name}{number}", binary(folder.parent / f"{name}.vmfb", name.encode()), verified=True)


def test_two_processes_share_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_store, args=(folder, name)) for name in "pq"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
        assert writer.exitcode == 0
    cache = CompileCache(folder)
    assert all(cache.find(f"{name}{number}") for name in "pq" for number in range(20))
    assert not list(folder.glob(".*"))


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = CompileCache(tmp_path / "file" / "cache")
    cache.store("k", binary(tmp_path / "m.vmfb", b"module"), verified=True)
    assert cache.find("k") is None


def test_an_output_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    cache = CompileCache(tmp_path / "cache")
    cache.store("k", binary(tmp_path / "m.vmfb", b"module"), verified=True)
    with pytest.raises(OutputError):
        cache.find("k", tmp_path / "none" / "out.vmfb")


def test_keys(tmp_path: Path) -> None:
    source, other = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"1")
    other.write_bytes(b"2")
    keys = [
        cache_key(source, ["--x"], "v1"),
        cache_key(other, ["--x"], "v1"),
        cache_key(source, ["--y"], "v1"),
        cache_key(source, ["--x"], "v2"),
    ]
    assert None not in keys
    assert len(set(keys)) == 4
    assert cache_key(source, ["--x"], "v1") == keys[0]
    assert cache_key(source, ["--iree-hal-dump-executable-files-to=x"], "v1") is None
    assert cache_key(source, [f"--iree-codegen-tuning-spec-path={other}"], "v1") is None


def test_the_second_compilation_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def compiled() -> CompiledModel:
        return compiler.compile(parse(MODEL))

    first = compiled()

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("compiled again")

    with monkeypatch.context() as patch:
        patch.setattr(compiler, "compile_module", refuse)
        patch.setattr(verifier, "wrong_results", refuse)
        second = compiled()
        with pytest.raises(InternalError, match="compiled again"):
            compiler.compile(parse(MODEL), cache=False)
    assert second.vmfb == first.vmfb
    assert second.plan == first.plan


def test_what_was_not_verified_is_verified_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    compiler.compile(parse(MODEL), verify=False)
    calls = 0
    evaluate = verifier.wrong_results

    def counted(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        return evaluate(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(verifier, "wrong_results", counted)
    compiler.compile(parse(MODEL))
    compiler.compile(parse(MODEL))
    assert calls == 1


def test_a_refused_block_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first compilation meets the refusal, the second plans around it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    compile_module, calls = compiler.compile_module, 0

    def refusing(*arguments: object, **options: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise CompileError("no", failed_locations=(block.name,))
        return compile_module(*arguments, **options)  # type: ignore[arg-type]

    compilation = compiler.Compilation(parse(MODEL))
    compilation.simplify()
    (block,) = compilation.graph(compilation.fuse()).blocks
    monkeypatch.setattr(compiler, "compile_module", refusing)
    first = compiler.compile(parse(MODEL), cache=False)
    assert calls == 2
    second = compiler.compile(parse(MODEL), cache=False)
    assert calls == 3
    assert first.plan["blocks"] == second.plan["blocks"]
    assert len(second.plan["blocks"]) == 2


def save(model: onnx.ModelProto, path: Path, *, apart: bool) -> Path:
    """The model in a file, its weights in another one where they are ``apart``."""
    onnx.save(model, path, save_as_external_data=apart, location="weights", size_threshold=0)
    return path


@pytest.mark.parametrize("options", [{"target": "arm64-linux"}, {"precision": "f16"}, {"verify": False}])
def test_what_is_not_verified_is_kept_too(
    options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = compiler.compile(parse(MODEL), **options)
    monkeypatch.setattr(compiler, "import_onnx", lambda *_: pytest.fail("imported again"))
    assert compiler.compile(parse(MODEL), **options).vmfb == first.vmfb


@pytest.mark.parametrize("apart", [False, True])
def test_a_model_that_was_compiled_before_is_not_imported(
    apart: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    model = parse(WEIGHTED)
    path = save(model, tmp_path / "model.onnx", apart=apart)
    imports, really = 0, compiler.import_onnx

    def counted(*arguments: object) -> object:
        nonlocal imports
        imports += 1
        return really(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(compiler, "import_onnx", counted)
    first = compiler.compile(path)
    second = compiler.compile(path)
    assert imports == 1
    assert (second.vmfb, second.plan, second.kernels) == (first.vmfb, first.plan, first.kernels)
    x = np.ones((4, 800), np.float32)
    np.testing.assert_array_equal(second.run([x])[0], first.run([x])[0])
    assert len(second.imported.nodes) == len(first.imported.nodes)
    assert imports == 2

    model.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(np.full((800,), 3, np.float32), "w"))
    save(model, path, apart=apart)
    np.testing.assert_allclose(compiler.compile(path).run([x])[0], x + 3)
    assert imports == 3
    assert compiler.compile(path, simplify=False).plan["rewrites"] == {}
    assert imports == 4


def test_a_model_from_a_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(parse(MODEL).SerializeToString(),))
    writer.start()
    assert compiler.compile(pipe).plan["operators"] == 2
    writer.join()


@pytest.mark.parametrize("location", ["/dev/zero", "../secret", "missing", "pipe"])
def test_what_the_importer_refuses_is_not_read(location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "secret").write_bytes(bytes(5000))
    folder = tmp_path / "models"
    folder.mkdir()
    os.mkfifo(folder / "pipe")
    model = parse(WEIGHTED)
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    (folder / "m.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(InvalidModelError, match="external data"):
        compiler.compile(folder / "m.onnx")


def test_what_is_measured_later_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    path = tmp_path / "profile.sqlite"
    first = compiler.compile(parse(MODEL), profile_db=path)
    assert len(first.plan["blocks"]) == 1
    compilation = compiler.Compilation(parse(MODEL), compiler.Options(profile_db=path))
    compilation.simplify()
    graph = compilation.graph(compilation.fuse())
    compilation.profile.record(graph.blocks[0].nodes, graph.outputs, Status.HANGS)
    assert len(compiler.compile(parse(MODEL), profile_db=path).plan["blocks"]) == 2


def test_a_result_without_its_module_is_compiled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = compiler.compile(parse(MODEL))
    folder = tmp_path / "dnnf-mlir" / "modules"
    (result,) = folder.glob("*.plan")
    result.write_text("{")
    assert compiler.compile(parse(MODEL)).plan == first.plan
    for module in folder.glob("*.vmfb"):
        module.unlink()
    assert compiler.compile(parse(MODEL)).plan == first.plan
    assert len(list(folder.glob("*.plan"))) == 1


def test_results_go_with_their_modules(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    cache = CompileCache(folder, limit_bytes=150)
    for key in "ab":
        cache.store(key, binary(tmp_path / "m.vmfb", b"x" * 100), verified=True)
        cache.store_result(f"0{key}", key, {"model": key})
        age(folder, key, 100)
    assert cache.find_result("0b") == ("b", {"model": "b"})
    cache.store("c", binary(tmp_path / "m.vmfb", b"x" * 100), verified=True)
    assert cache.find_result("0a") is None
    assert cache.find_result("0b") is None
