"""Whether IREE still has its quirks: a test fails where a newer version has mended one. Run by ``pytest -m quirks``."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from iree_modules import RELU_PAD_CONV
from quirk_modules import (
    ASSERTION,
    BIT_WRITE,
    HALF_SOFTMAX,
    HALF_VECTOR_MAXIMUM,
    PADDED_NEGATIVE,
    TIED_SIZE,
    binary,
)

from dnnf_mlir.emit.quirks import QUIRKS
from dnnf_mlir.errors import CompileError
from dnnf_mlir.iree.compiler import compile_module
from dnnf_mlir.iree.runtime import load_module
from dnnf_mlir.targets import get_target

# A CPU without f16 arithmetic, whatever this machine has: nothing is run on it.
_NO_HALF = ("--iree-llvmcpu-target-triple=x86_64-linux-gnu", "--iree-llvmcpu-target-cpu=znver3")


def compiled(source: str, *flags: str) -> Path:
    return compile_module(source, get_target("host"), flags, keep_reproducer=False, statistics=False).path


def run(source: str, *arrays: np.ndarray, flags: tuple[str, ...] = ()) -> np.ndarray:
    binary = compile_module(source, get_target("host"), flags, keep_reproducer=False, statistics=False)
    return np.asarray(load_module(binary.read(), "local-sync").run(list(arrays))[0])


def fails(error: str, source: str, *flags: str) -> bool:
    """Whether iree-compile says this of the module."""
    try:
        compiled(source, *flags)
    except CompileError as failure:
        return error in str(failure)
    return False


def _power() -> bool:
    base, exponent = np.array([-2, 0, 2, -3], np.float32), np.array([2, 0, 3, 1], np.float32)
    return bool(np.isnan(run(binary("math.powf", "f32"), base, exponent)[[0, 1, 3]]).all())


def _demotion(output: Path) -> bool:
    flags = ("--iree-input-demote-f64-to-f32=true", "--compile-to=input")
    compile_module(binary("arith.addf", "f64"), get_target("host"), flags, output=output, statistics=False)
    return "f64" not in output.read_text()


def _dropped_assertion() -> bool:
    return run(ASSERTION, np.zeros(3, np.float32)).shape == (3,)


def _dropped_comparison() -> bool:
    flags = ("--iree-opt-strip-assertions=false",)
    return run(TIED_SIZE, np.zeros(3, np.float32), np.zeros(4, np.float32), flags=flags).shape == (3,)


def _wrong_padding() -> bool:
    x = np.arange(1, 65, dtype=np.float32).reshape(8, 8)
    return not np.array_equal(run(PADDED_NEGATIVE, x), np.pad(-x, 1))


SHOWN: dict[str, Callable[[Path], bool]] = {
    "BIT_WRITE": lambda _: fails("'tensor.insert' op failed to verify", BIT_WRITE),
    "CHAINED_ANCHORS": lambda _: fails("", RELU_PAD_CONV),
    "DOUBLE_DEMOTION": _demotion,
    "DOUBLE_REMAINDER": lambda _: fails("undefined symbol: fmod", binary("arith.remf", "f64")),
    "DROPPED_ASSERTIONS": lambda _: _dropped_assertion(),
    "HALF_MAXIMUM": lambda _: fails("undefined symbol: fmaxf", HALF_SOFTMAX, *_NO_HALF),
    "HALF_VECTOR_MAXIMUM": lambda _: fails("'arith.extf' op requires the same shape", HALF_VECTOR_MAXIMUM, *_NO_HALF),
    "PAD_AFTER_ELEMENT_WISE": lambda _: _wrong_padding(),
    "REAL_POWER": lambda _: _power(),
    "SIZE_OF_USE": lambda _: _dropped_comparison(),
}


@pytest.mark.quirks
@pytest.mark.parametrize("name", SHOWN)
def test_the_quirk_still_shows(name: str, tmp_path: Path) -> None:
    assert SHOWN[name](tmp_path / "module"), f"IREE has mended {name}: its workarounds can go"


def test_a_quirk_is_shown_or_has_a_reason_why_not() -> None:
    assert {name for name, quirk in QUIRKS.items() if not quirk.untested} == set(SHOWN)
