"""Modules on numpy arrays: every dtype, and wrong inputs in words."""

from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

from dnnf_mlir.errors import RunError
from dnnf_mlir.iree import RunnableModule, compile_module, load_module
from dnnf_mlir.targets import get_target

IDENTITY = """
func.func @main(
    %b: tensor<4xi1>, %i: tensor<?x3xi64>, %h: tensor<f16> {iree.abi.name = "half"}, %u: tensor<3xui8>,
    %s: tensor<3xi8>, %bf: tensor<2xbf16>, %d: tensor<0x2xf64>)
    -> (tensor<4xi1>, tensor<?x3xi64>, tensor<f16>, tensor<3xui8>, tensor<3xi8>, tensor<2xbf16>, tensor<0x2xf64>) {
  return %b, %i, %h, %u, %s, %bf, %d :
    tensor<4xi1>, tensor<?x3xi64>, tensor<f16>, tensor<3xui8>, tensor<3xi8>, tensor<2xbf16>, tensor<0x2xf64>
}
"""


@pytest.fixture(scope="module")
def identity() -> RunnableModule:
    return load_module(compile_module(IDENTITY, get_target("host")).read())


@pytest.fixture
def arrays() -> list[np.ndarray]:
    return [
        np.array([True, False, True, True]),
        np.arange(6, dtype=np.int64).reshape(2, 3) << 40,
        np.array(2.5, np.float16),
        np.array([1, 2, 255], np.uint8),
        np.array([1, -2, 3], np.int8),
        np.array([1.5, -2], ml_dtypes.bfloat16),
        np.zeros((0, 2)),
    ]


def test_every_dtype_passes_unchanged(identity: RunnableModule, arrays: list[np.ndarray]) -> None:
    results = identity.run(arrays)
    for given, returned in zip(arrays, results, strict=True):
        assert returned.dtype == given.dtype
        np.testing.assert_array_equal(returned, given)


def test_non_contiguous_inputs(identity: RunnableModule, arrays: list[np.ndarray]) -> None:
    arrays[1] = np.arange(6, dtype=np.int64).reshape(3, 2).T
    np.testing.assert_array_equal(identity.run(arrays)[1], arrays[1])


def test_signature_names(identity: RunnableModule) -> None:
    assert identity.inputs is not None
    assert [signature.name for signature in identity.inputs][1:3] == ["input1", "half"]
    assert str(identity.inputs[1]) == "int64[?, 3]"


def test_wrong_inputs_are_named(identity: RunnableModule, arrays: list[np.ndarray]) -> None:
    with pytest.raises(RunError, match="6 inputs given, 7 expected"):
        identity.run(arrays[1:])
    arrays[2] = np.zeros(3, np.float16)
    arrays[3] = arrays[3].astype(np.int32)
    with pytest.raises(
        RunError, match=r"'half' is float16\[3\], expected float16\[\]; .*int32\[3\], expected uint8\[3\]"
    ):
        identity.run(arrays)


def test_unloadable_modules(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="cannot be loaded"):
        load_module(b"no module")
    with pytest.raises(RunError, match=r"missing\.vmfb cannot be loaded"):
        load_module(tmp_path / "missing.vmfb")
    foreign = compile_module("func.func @other() { return }", get_target("host"))
    with pytest.raises(RunError, match="exports no function 'main'"):
        load_module(foreign.path)


def test_transient_memory_of_a_call() -> None:
    stages = "\n".join(
        f"""%{i + 1} = flow.dispatch.region -> (tensor<64x64xf32>) {{
          %m{i} = linalg.matmul ins(%{i}, %x : tensor<64x64xf32>, tensor<64x64xf32>)
              outs(%init : tensor<64x64xf32>) -> tensor<64x64xf32>
          flow.return %m{i} : tensor<64x64xf32>
        }}"""
        for i in range(4)
    ).replace("%0,", "%x,")
    source = f"""func.func @main(%x: tensor<64x64xf32>) -> tensor<64x64xf32> {{
      %init = arith.constant dense<0.0> : tensor<64x64xf32>
      {stages}
      return %4 : tensor<64x64xf32>
    }}"""
    binary = compile_module(source, get_target("host"))
    call = load_module(binary.path).prepare([np.eye(64, dtype=np.float32)])
    # Two intermediate results alive at a time, and the output.
    assert call.transient_bytes() == 3 * 64 * 64 * 4
    np.testing.assert_array_equal(call.results()[0], np.eye(64))
