"""Kernels moved out of ``main`` into executables of their own, where the passes over functions do not look.

Whatever iree-compile does to a function it does to every operation in it, and a generated kernel has thousands. The
same pipeline ends sooner where it sees one ``flow.dispatch`` for each::

    %0 = flow.dispatch.workgroups(%x, %w) : ... = (...) { kernel }  ->  %0 = flow.dispatch @conv_3::@conv_3(%x, %w)
"""

import re
from collections.abc import Iterator

from dnnf_mlir.bindings.iree import flow, func, ir, scf

_MAXIMUM_NAME = 64


def outline_kernels(module: ir.Module) -> None:
    """Outlines, in place, every ``flow.dispatch.workgroups`` in a function's body or in a loop there.

    The dispatches that IREE forms itself (``flow.dispatch.region``) stay: they are tuned where they stand. An
    executable is named after the block of the kernel, which is its location.
    """
    names: set[str] = set()
    for function in [op for op in module.body.operations if isinstance(op, func.FuncOp)]:
        for op in list(_dispatches(function.body)):
            _outline(op, _unique(op.location, names), ir.InsertionPoint(function))


def _dispatches(region: ir.Region) -> Iterator[flow.DispatchWorkgroupsOp]:
    for op in (op for block in region.blocks for op in block.operations):
        if isinstance(op, flow.DispatchWorkgroupsOp):
            yield op
        elif isinstance(op, scf.ForOp | scf.IfOp):
            for inner in op.regions:
                yield from _dispatches(inner)


def _outline(op: flow.DispatchWorkgroupsOp, name: str, before: ir.InsertionPoint) -> None:
    with op.location:
        executable = flow.ExecutableOp(name, sym_visibility="private", ip=before)
        with ir.InsertionPoint(executable.body.blocks.append()):
            export = flow.ExecutableExportOp(name, ir.FlatSymbolRefAttr.get(name))
            op.regions[1].blocks[0].append_to(export.regions[0])
            inner = ir.Module.create()
            module = inner.operation.clone()
            flow.ExecutableEndOp()
        body = op.regions[0].blocks[0]
        type_ = ir.FunctionType.get([argument.type for argument in body.arguments], [])
        kernel = func.FuncOp(name, type_, ip=ir.InsertionPoint(module.regions[0].blocks[0]))
        body.append_to(kernel.regions[0])
        _return(kernel.regions[0].blocks[0])
        ties = op.operation.attributes.get("tied_operands", None)
        call = flow.DispatchOp(
            [result.type for result in op.results],
            list(op.workload),
            ir.ArrayAttr.get([ir.SymbolRefAttr.get([name, name])]),
            list(op.arguments),
            list(op.argument_dims),
            list(op.result_dims),
            tied_operands=ties,
            ip=ir.InsertionPoint(op),
        )
    for old, new in zip(op.results, call.results, strict=True):
        old.replace_all_uses_with(new)
    op.operation.erase()


def _return(body: ir.Block) -> None:
    """Ends the body as a function's."""
    last = list(body.operations)[-1]
    func.ReturnOp([], loc=last.location, ip=ir.InsertionPoint(last))
    last.operation.erase()


def _unique(location: ir.Location, names: set[str]) -> str:
    """A symbol after the location's name, which is new."""
    found = re.search(r'"((?:[^"\\]|\\.)*)"', str(location))
    base = re.sub(r"\W+", "_", found.group(1) if found else "")[-_MAXIMUM_NAME:].strip("_") or "kernel"
    # main_dispatch_N are the names of those that IREE forms.
    base = f"kernel_{base}" if base[0].isdigit() or base.startswith("main") else base
    name, number = base, 1
    while name in names:
        number += 1
        name = f"{base}_{number}"
    names.add(name)
    return name
