"""Kernels become executables beside main, named after their blocks."""

import re

from small_models import parse

from dnnf_mlir.bindings.iree import flow, func, ir
from dnnf_mlir.compiler import Compilation
from dnnf_mlir.lowering import outlining
from dnnf_mlir.options import Options

MODEL = parse("""
g (float[40,8] x, float[8,8] w1, float[8,8] w2) => (float[40,8] y) {
  a0 = MatMul(x, w1)
  a = Relu(a0)
  b0 = MatMul(a, w2)
  b = Relu(b0)
  c = MatMul(b, w1)
  y = Softmax(c)
}""")
for node, name in zip(MODEL.graph.node, ["enc/first.0", "r0", "1", "r1", "enc/first_0", "last"], strict=True):
    node.name = name


def lowered() -> ir.Module:
    compilation = Compilation(MODEL, Options(cache=False))
    compilation.simplify()
    return compilation.lower(compilation.fuse())


def test_main_calls_its_kernels() -> None:
    module = lowered()
    names = [op.sym_name.value for op in module.body.operations if isinstance(op, flow.ExecutableOp)]
    assert names == ["enc_first_0", "kernel_1", "enc_first_0_2", "last"]
    (main,) = (op for op in module.body.operations if isinstance(op, func.FuncOp))
    called = [str(op.entry_points) for op in main.entry_block.operations if isinstance(op, flow.DispatchOp)]
    assert called == [f"[@{name}::@{name}]" for name in names]
    assert "flow.dispatch.workgroups" not in str(main)
    # Of which block a kernel is can be read from its location, too: errors point at it.
    text = module.operation.get_asm(enable_debug_info=True)
    assert re.search(r'#loc\d* = loc\("enc/first\.0"', text)


def test_names() -> None:
    taken: set[str] = set()
    with ir.Context():
        for location, name in [
            (ir.Location.name("/a.b/c"), "a_b_c"),
            (ir.Location.name("/a/b.c/"), "a_b_c_2"),
            (ir.Location.name("main_dispatch_0"), "kernel_main_dispatch_0"),
            (ir.Location.name("x" * 100), "x" * 64),
            (ir.Location.unknown(), "kernel"),
            (ir.Location.name("ω"), "CF_89"),
        ]:
            found = outlining._unique(location, taken)
            assert found == name
