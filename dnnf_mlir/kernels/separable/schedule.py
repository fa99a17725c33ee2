"""How a depthwise-separable pair is cut into runs of rows, and what that costs."""

from math import prod

from dnnf_mlir.graph.ecg import Node
from dnnf_mlir.graph.size import representative
from dnnf_mlir.kernels.machine import Machine
from dnnf_mlir.kernels.nest.grouping import spatial
from dnnf_mlir.kernels.nest.problem import ConvProblem, matmul_problem
from dnnf_mlir.kernels.separable.row_runs import RowRuns
from dnnf_mlir.targets import VectorUnit


def run_problem(depthwise: ConvProblem, filters: int, vector: VectorUnit, element_bytes: int) -> ConvProblem:
    """The pointwise convolution of one run of rows, for which its weights are packed."""
    runs = row_runs(depthwise, vector, element_bytes)
    return matmul_problem((runs.positions,), depthwise.channels, filters)


def row_runs(depthwise: ConvProblem, vector: VectorUnit, element_bytes: int) -> RowRuns:
    """How the rows of the depthwise result are cut."""
    batch, depth, height, width = spatial(depthwise, merge=False).output_extents
    return RowRuns.choose(batch, depth * height, width, depthwise.channels * element_bytes, vector.l2_bytes)


def weight_rereads(depthwise: Node, pointwise: Node, machine: Machine) -> int:
    """Bytes of pointwise weights that a kernel of both reads more often than once."""
    batch, *_ = depthwise.output.type.shape
    *image, width, channels = map(representative, depthwise.output.type.shape[1:])
    itemsize = depthwise.output.type.numpy_dtype.itemsize
    runs = RowRuns.choose(batch, prod(image), width, channels * itemsize, machine.cache_bytes)
    return (representative(batch) * runs.runs - 1) * pointwise.input(1).type.bytes
