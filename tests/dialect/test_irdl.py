"""The generated IRDL file: up to date, and good enough for tools without Python."""

import subprocess
import sys
from pathlib import Path

import pytest
from backend_cases import CLASSES, cases_by_operator

from dnnf_mlir.bindings.mlir import func, ir
from dnnf_mlir.dialect_defs import create_context, operators
from dnnf_mlir.dialect_defs.dialect import NotStatic
from dnnf_mlir.dialect_defs.generate import PATH, definition, main
from dnnf_mlir.dialect_defs.several import OPERAND_LIMIT, RESULT_LIMIT
from dnnf_mlir.graph.from_mlir import read_graph
from dnnf_mlir.graph.to_mlir import create, mlir_type

CARRIED = """
func.func @carried(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.onnx_node"(%a) {op_type = "Shrink", domain = "", node_attributes = "{}",
    operandSegmentSizes = array<i32: OPERANDS>, resultSegmentSizes = array<i32: RESULTS>}
    : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func @not_of_onnx(%a: tensor<4xf32>) -> tensor<4xf32> {
  %0 = "dnnf.safe_softmax"(%a) {axis = 0} : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func @recurrent(%a: tensor<5x2x4xf32>, %r: tensor<1x4x4xf32>) -> tensor<5x1x2x4xf32> {
  %0:2 = "dnnf.recurrence"(%a, %r) {kind = "rnn", direction = "forward", activations = "tanh", clip = 1.0,
    alphas = array<f64: 0.0>, betas = array<f64: 0.0>, input_forget = 0, linear_before_reset = 0,
    operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 1, 0>}
    : (tensor<5x2x4xf32>, tensor<1x4x4xf32>) -> (tensor<5x1x2x4xf32>, tensor<1x2x4xf32>)
  return %0#0 : tensor<5x1x2x4xf32>
}
"""

LOOP = f"""
func.func @loop(%n: tensor<i64>, %c: tensor<i1>, %a: tensor<4xf32>) -> tensor<4xf32> {{
  %0 = "dnnf.loop"(%n, %c, %a) ({{
  ^bb0(%i: tensor<i64>, %goes_on: tensor<i1>, %state: tensor<4xf32>):
    "vector.yield"(%goes_on, %state) : (tensor<i1>, tensor<4xf32>) -> ()
  }}) {{states = 1, resultSegmentSizes = array<i32: RESULTS>,
    operandSegmentSizes = array<i32: {", ".join(["1"] * 3 + ["0"] * (OPERAND_LIMIT - 3))}>}}
    : (tensor<i64>, tensor<i1>, tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}}
"""

FUSED = """
func.func @fused(%a: tensor<4xf32>) -> tensor<4xf32> {
  %c = "dnnf.constant"() {value = dense<2.0> : tensor<f32>} : () -> tensor<f32>
  %0 = "dnnf.fusion"() ({
    %1 = "dnnf.mul"(%a, %c) : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
    "vector.yield"(%1) : (tensor<4xf32>) -> ()
  }) {anchor = "", dnnf.mapping = #dnnf.mapping<"one_to_one">, resultSegmentSizes = array<i32: RESULTS>}
    : () -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
"""


def every_operator() -> ir.Module:
    """A module with a function per operator class: its first ONNX node test that the class covers."""
    with create_context(), ir.Location.unknown():
        module = ir.Module.create()
        for name, op in CLASSES.items():
            for case in cases_by_operator()[name]:
                try:
                    signature, _ = case.operation(op)
                except NotStatic:
                    continue
                with ir.InsertionPoint(module.body):
                    present = [type_ for type_ in signature.inputs if type_ is not None]
                    types = ([mlir_type(type_) for type_ in present], [mlir_type(type_) for type_ in signature.outputs])
                    function = func.FuncOp(f"test_{name}", types)
                with ir.InsertionPoint(function.add_entry_block()):
                    arguments = iter(function.arguments)
                    operands = [None if type_ is None else next(arguments) for type_ in signature.inputs]
                    results = create(op, operands, signature.outputs, signature.attributes).results
                    func.ReturnOp(list(results))
                assert read_graph(function).nodes[0].signature == signature
                break
        module.operation.verify()
        return module


@pytest.fixture(scope="module")
def text() -> str:
    return str(every_operator())


def with_function(module: str, function: str) -> str:
    """The module and one more function, in which one operand and one result are present."""
    for name, limit in (("OPERANDS", OPERAND_LIMIT), ("RESULTS", RESULT_LIMIT)):
        function = function.replace(name, ", ".join(["1", *["0"] * (limit - 1)]))
    return module.rstrip().removesuffix("}") + function + "}"


def test_file_is_up_to_date() -> None:
    assert PATH.read_text() == definition()
    assert main(["--check"]) == 0


def test_stale_file_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = tmp_path / "dnnf.irdl.mlir"
    monkeypatch.setattr("dnnf_mlir.dialect_defs.generate.PATH", stale)
    assert main(["--check"]) == 1
    assert main([]) == 0
    assert main(["--check"]) == 0
    stale.write_text(stale.read_text().replace("conv", "convolution"))
    assert main(["--check"]) == 1


def test_module_holds_every_operator(text: str) -> None:
    missing = [op.OPERATION_NAME for op in operators() if f'"{op.OPERATION_NAME}"' not in text]
    assert sorted(missing) == ["dnnf.loop", "dnnf.onnx_node", "dnnf.recurrence", "dnnf.safe_softmax"]


def parse(tool: str, text: str, path: Path) -> "subprocess.CompletedProcess[str]":
    path.write_text(text)
    program = Path(sys.executable).with_name(tool)
    return subprocess.run([program, f"--irdl-file={PATH}", path], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("tool", ["iree-opt", "torch-mlir-opt"])
def test_tools_parse_every_operator(tool: str, text: str, tmp_path: Path) -> None:
    run = parse(tool, with_function(text, CARRIED), tmp_path / "every.mlir")
    assert run.returncode == 0, run.stderr
    assert run.stdout.count('"dnnf.') == len(operators()) - 1  # but the loop


def test_iree_opt_parses_regions(tmp_path: Path) -> None:
    run = parse("iree-opt", with_function("module {\n}", FUSED + LOOP), tmp_path / "fused.mlir")
    assert run.returncode == 0, run.stderr
    assert '"dnnf.fusion"' in run.stdout


@pytest.mark.parametrize("tool", ["iree-opt", "torch-mlir-opt"])
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ('"dnnf.relu"() : () -> tensor<2xf32>', "exactly 1 operands"),
        ('"dnnf.softmax"(%a) : (tensor<2xf32>) -> tensor<2xf32>', "axis"),
        ('"dnnf.softmax"(%a) {axis = "1"} : (tensor<2xf32>) -> tensor<2xf32>', "builtin.integer"),
        ('"dnnf.relu"(%a) {dnnf.mapping = #dnnf.mapping<"all">} : (tensor<2xf32>) -> tensor<2xf32>', "constraint"),
        ('"dnnf.relu"(%a) : (tensor<2xf32>) -> f32', "builtin.tensor"),
    ],
)
def test_tools_reject_wrong_operations(tool: str, wrong: str, message: str, tmp_path: Path) -> None:
    text = f"func.func @f(%a: tensor<2xf32>) {{\n  %0 = {wrong}\n  return\n}}\n"
    run = parse(tool, text, tmp_path / "wrong.mlir")
    assert run.returncode != 0
    assert message in run.stderr
