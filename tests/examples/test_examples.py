"""The examples run: Python as it stands; C and Android as far as a machine without IREE's source and an NDK can.

``DNNF_IREE_SOURCE=FOLDER`` (a checkout of IREE with third_party/flatcc, CMake 3.26) builds and runs the C example.
"""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import onnx
import pytest
from device_runners import iree_run_module, run_arm64
from onnx.reference import ReferenceEvaluator

from dnnf_mlir.tools.compile import main as dnnf_compile

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
ANDROID = EXAMPLES / "android" / "app" / "src" / "main"
HEADERS = Path(__file__).parent / "headers"
IMAGE = np.random.default_rng(1).random((1, 3, 32, 32)).astype(np.float32)
TOLERANCE = 1e-5


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """The model of the examples, written by their own script."""
    subprocess.run([sys.executable, EXAMPLES / "model.py", tmp_path / "small.onnx"], check=True)
    return tmp_path / "small.onnx"


def compiled(model: Path, target: str) -> Path:
    """The module that the documents' command makes of ``model``."""
    output = model.with_suffix(".vmfb")
    assert dnnf_compile([str(model), "-o", str(output), f"--target={target}"]) == 0
    return output


def scores(model: Path) -> np.ndarray:
    """The exact result for IMAGE."""
    [result] = ReferenceEvaluator(onnx.load(model)).run(None, {"image": IMAGE})
    assert isinstance(result, np.ndarray)
    return result


def test_python(model: Path, tmp_path: Path) -> None:
    script = EXAMPLES / "python" / "compile_and_run.py"
    run = subprocess.run([sys.executable, script, model], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout == "6 operators became 3 kernels\nscores: float32[1, 10]\n"
    np.testing.assert_allclose(iree_run_module(tmp_path / "model.vmfb", [IMAGE])[0], scores(model), atol=TOLERANCE)


@pytest.mark.parametrize(
    "source",
    [EXAMPLES / "c" / "model.c", EXAMPLES / "c" / "run_model.c", ANDROID / "cpp" / "classifier_jni.c"],
    ids=lambda path: path.name,
)
def test_c_sources_are_valid(source: Path) -> None:
    flags = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{HEADERS}", f"-I{EXAMPLES / 'c'}"]
    subprocess.run(["gcc", *flags, source], check=True)


def test_module_for_c(model: Path) -> None:
    """The same module and call as the C program's, by IREE's own program."""
    np.testing.assert_allclose(iree_run_module(compiled(model, "host"), [IMAGE])[0], scores(model), atol=TOLERANCE)


def test_c_program(model: Path, tmp_path: Path) -> None:
    source = os.environ.get("DNNF_IREE_SOURCE")
    if not source:
        pytest.skip("needs IREE's source: DNNF_IREE_SOURCE")
    build = tmp_path / "build"
    configure = ["-DCMAKE_BUILD_TYPE=Release", f"-DFETCHCONTENT_SOURCE_DIR_IREE={source}"]
    subprocess.run(["cmake", "-S", EXAMPLES / "c", "-B", build, *configure], check=True)
    subprocess.run(["cmake", "--build", build, "--target", "run_model", "--parallel"], check=True)
    IMAGE.tofile(tmp_path / "image.f32")
    arguments = [compiled(model, "host"), "1x3x32x32", tmp_path / "image.f32", "10", tmp_path / "scores.f32"]
    subprocess.run([build / "run_model", *arguments], check=True)
    result = np.fromfile(tmp_path / "scores.f32", np.float32).reshape(1, 10)
    np.testing.assert_allclose(result, scores(model), atol=TOLERANCE)


@pytest.mark.arm64
def test_module_for_android(model: Path) -> None:
    [result] = run_arm64(compiled(model, "arm64-android"), [IMAGE])
    np.testing.assert_allclose(result, scores(model), atol=TOLERANCE)


def test_android_project() -> None:
    """Names agree between Gradle, manifest, CMake, Java and C: what a build would be the first to notice."""
    package = "org.example.dnnf"
    gradle = (EXAMPLES / "android" / "app" / "build.gradle.kts").read_text()
    assert f'namespace = "{package}"' in gradle
    manifest = ElementTree.parse(ANDROID / "AndroidManifest.xml").getroot()
    activity = manifest.find("application/activity")
    assert activity is not None
    name = activity.attrib["{http://schemas.android.com/apk/res/android}name"]
    java = ANDROID / "java" / Path(*package.split("."))
    assert (java / f"{name.removeprefix('.')}.java").is_file()
    cmake = (ANDROID / "cpp" / "CMakeLists.txt").read_text()
    assert "add_library(dnnf_example SHARED" in cmake
    classifier = (java / "Classifier.java").read_text()
    assert 'loadLibrary("dnnf_example")' in classifier
    native = (ANDROID / "cpp" / "classifier_jni.c").read_text()
    for method in ("load", "run", "release"):
        assert f"native {'long' if method == 'load' else 'void'} {method}(" in classifier
        assert f"Java_{package.replace('.', '_')}_Classifier_{method}(" in native
