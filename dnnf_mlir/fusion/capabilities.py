"""What the back ends compile well in one kernel, and how fast their machines are, as data."""

from dataclasses import dataclass, replace

from dnnf_mlir.kernels.api import KERNELS, Kernel
from dnnf_mlir.kernels.families import Family
from dnnf_mlir.kernels.machine import CPU, FLOPS_PER_LANE, GPU, Machine
from dnnf_mlir.targets import Target, VectorUnit


@dataclass(frozen=True)
class Capabilities:
    """One back end, as the planner's constraints see it.

    ``multiple_outputs``: families of anchors (ELEMENTWISE for blocks without one) whose kernels may store a second
    value; ``maximum_outputs`` bounds how many.
    ``store_permutation``: a Transpose at the end of a window's epilogue becomes a permuted store.
    ``read_permutation``: a matrix product can read transposed operands in place.
    ``siblings``: as many windows that read the same tensor may be one kernel, side by side.
    ``concat_prologue``: Concat may compute its operands.
    ``one_float_type``: the floats of a kernel with a Many-to-Many operator are of one type, no Cast between them.
    ``maximum_operands`` bounds the tensors that a kernel reads, ``maximum_nodes`` its operators: compile time.
    ``registers``: how many intermediate results may be alive at once.
    ``kernels`` are generated, the most specific first; they are asked what they compute on a machine with the vector
    unit ``vector`` (None: on any).
    """

    name: str
    machine: Machine
    multiple_outputs: frozenset[Family]
    maximum_outputs: int = 2
    store_permutation: bool = False
    read_permutation: bool = False
    concat_prologue: bool = False
    one_float_type: bool = False
    siblings: int = 1
    maximum_operands: int = 24
    maximum_nodes: int = 64
    registers: int = 32
    kernels: tuple[Kernel, ...] = ()
    vector: VectorUnit | None = None


CPU_KERNELS = Capabilities(
    name="cpu kernels",
    machine=CPU,
    multiple_outputs=frozenset(
        [Family.CONVOLUTION, Family.PRODUCT, Family.POOL, Family.RESIZE, Family.REDUCTION, Family.ELEMENTWISE]
    ),
    store_permutation=True,
    siblings=4,
    one_float_type=True,
    kernels=KERNELS,
)
"""Generated kernels for windows and matrix products, linalg for the rest."""

LINALG = Capabilities(name="linalg", machine=GPU, multiple_outputs=frozenset({Family.CONVOLUTION}), registers=64)
"""Every block as composed linalg operations, tiled by IREE: a second output only beside a convolution."""


def capabilities_of(target: Target) -> Capabilities:
    """The preset for a compilation target."""
    if target.vector is None:
        return LINALG
    lanes, half_lanes = target.vector.lanes(4), target.vector.lanes(2)
    machine = replace(CPU, flops_per_second=lanes * FLOPS_PER_LANE, half_speed=half_lanes / lanes)
    machine = replace(machine, cache_bytes=target.vector.l2_bytes)
    return replace(CPU_KERNELS, machine=machine, registers=target.vector.registers, vector=target.vector)
