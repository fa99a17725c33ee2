"""A fused graph as a module for ``iree-compile``: ``func.func @main`` with one dispatch per block."""

from collections.abc import Mapping

from dnnf_mlir.bindings.iree import func, ir
from dnnf_mlir.emit import elementary
from dnnf_mlir.emit.constants import Parameters
from dnnf_mlir.emit.sizes import FunctionSizes
from dnnf_mlir.errors import UnsupportedModelError
from dnnf_mlir.graph.ecg import Graph
from dnnf_mlir.graph.in_place import InPlace
from dnnf_mlir.graph.representatives import meeting
from dnnf_mlir.graph.size import has_data_dependent
from dnnf_mlir.targets import Backend

from .graph_lowering import BlockLowering, GraphLowering, PlainReason, check_supported, never
from .interface import function_type, names_of, reflection
from .outlining import outline_kernels


def lower(
    graph: Graph,
    block_lowering: BlockLowering | None = None,
    *,
    backend: Backend = Backend.CPU,
    in_place: InPlace | None = None,
    parameters: Parameters | None = None,
    plain_reason: PlainReason = never,
) -> ir.Module:
    """The module of a graph: one dispatch per block, or per node if the graph has no blocks.

    ``main`` takes the graph's inputs and returns its outputs in order; inside, all integers are signless.
    ``block_lowering`` is asked first for every block. ``backend`` is the code generator whose quirks are worked
    around. ``in_place`` says which Concats are written by the kernels of their operands, ``parameters`` takes the
    weights that are not to be part of the module, ``plain_reason`` says why a block gets the plain form.
    Raises UnsupportedModelError that names all operators without a lowering.
    """
    return lower_functions(
        {"main": graph},
        block_lowering,
        backend=backend,
        in_place=in_place,
        parameters=parameters,
        plain_reason=plain_reason,
    )


def lower_functions(
    graphs: Mapping[str, Graph],
    block_lowering: BlockLowering | None = None,
    *,
    backend: Backend = Backend.CPU,
    in_place: InPlace | None = None,
    parameters: Parameters | None = None,
    plain_reason: PlainReason = never,
) -> ir.Module:
    """One module with a function for each graph, by name; the rest as :func:`lower`."""
    check_supported(node for graph in graphs.values() for node in graph.nodes)
    missing: list[str] = []
    with ir.Context() as context, ir.Location.unknown(), elementary.device_functions(backend.has_elementary_functions):
        # A verifier that fails in another thread waits for Python's lock, which this one holds.
        context.enable_multithreading(False)
        module = ir.Module.create()
        for name, graph in graphs.items():
            missing += _lower_function(
                module, name, graph, block_lowering, backend, in_place or InPlace(), parameters, plain_reason
            )
        if missing:
            raise UnsupportedModelError("\n  ".join(["operators without a lowering:", *missing]))
        outline_kernels(module)
        module.operation.verify()
    return module


def _lower_function(
    module: ir.Module,
    name: str,
    graph: Graph,
    block_lowering: BlockLowering | None,
    backend: Backend,
    in_place: InPlace,
    parameters: Parameters | None,
    plain_reason: PlainReason,
) -> list[str]:
    """Returns what is said about operators that turned out to have no lowering."""
    with ir.InsertionPoint(module.body):
        function = func.FuncOp(name, function_type(graph))
    function.operation.attributes["arg_attrs"] = names_of(graph.input_names, "input", len(graph.inputs))
    function.operation.attributes["res_attrs"] = names_of(graph.output_names, "output", len(graph.outputs))
    if not all(value.type.is_static for value in (*graph.inputs, *graph.outputs)):
        function.operation.attributes["iree.reflection"] = reflection(graph)
    entry = function.add_entry_block()
    counts = any(
        has_data_dependent(size) for node in graph.nodes for value in node.outputs for size in value.type.shape
    )
    with FunctionSizes(entry, list(entry.arguments), graph.inputs, counts) as sizes:
        sizes.require(graph.requirements)
        lowering = GraphLowering(graph, function, sizes.arguments, backend, in_place, parameters)
        with meeting(*(each.requirements.values() for each in graph.with_bodies())):
            lowering.lower_all(block_lowering, plain_reason)
        lowering.finish()
    return lowering.missing
