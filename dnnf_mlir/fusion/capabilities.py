"""What the back ends compile well in one kernel, and how fast their machines are, as data."""

from dataclasses import dataclass, replace

from dnnf_mlir.fusion.cost.model import CPU, FLOPS_PER_LANE, GPU, Machine
from dnnf_mlir.kernels.families import Family
from dnnf_mlir.targets import Target


@dataclass(frozen=True)
class VectorProductLimits:
    """What one workgroup may compute of a chain of products on one vector for each batch item.

    A workgroup runs on one core, so a chain must be short next to what the other cores could do meanwhile.
    ``weight_bytes`` of all products stay in the second-level cache of one core. ``pooled_bytes`` of a pooling in front
    are what one core reads in some 0.1 ms, the order of what handing several kernels to several cores costs.
    ``batch``: with more items, products with rows to tile read their weights less often.
    """

    weight_bytes: int = 1 << 20
    pooled_bytes: int = 1 << 21
    batch: int = 4


@dataclass(frozen=True)
class Capabilities:
    """One back end, as the planner's constraints see it.

    ``multiple_outputs``: families of anchors (ELEMENTWISE for blocks without one) whose kernels may store a second
    value; ``maximum_outputs`` bounds how many.
    ``store_permutation``: a Transpose at the end of a window's epilogue becomes a permuted store.
    ``read_channels_first``: a dense convolution on channels-last values can read its input channels first; but one of
    3x3 windows with ``winograd_channels`` or more channels and filters (None: no such) is computed with far fewer
    products where its input lies channels last, which outweighs a kernel for the Transpose.
    ``read_permutation``: a matrix product can read transposed operands in place.
    ``scale_before_pointwise``: a multiplication by one factor per channel may stand before a pointwise convolution or a
    product with weights: its kernel multiplies the weights instead.
    ``attention``: two matrix products with a softmax between them are one kernel.
    ``vector_products``: so are small products on one vector for each batch item, one after the other.
    ``siblings``: as many windows that read the same tensor may be one kernel, side by side.
    ``pooled_extent``: a dense convolution pools its results in windows of up to so many positions along an axis.
    ``separable``: a depthwise convolution and the pointwise one that reads it may be one kernel.
    ``concat_prologue``: Concat may compute its operands.
    ``one_float_type``: the floats of a kernel with a Many-to-Many operator are of one type, no Cast between them.
    ``maximum_operands`` bounds the tensors that a kernel reads, ``maximum_nodes`` its operators: compile time.
    ``registers``: how many intermediate results may be alive at once.
    """

    name: str
    machine: Machine
    multiple_outputs: frozenset[Family]
    maximum_outputs: int = 2
    store_permutation: bool = False
    read_channels_first: bool = False
    winograd_channels: int | None = None
    read_permutation: bool = False
    scale_before_pointwise: bool = False
    concat_prologue: bool = False
    one_float_type: bool = False
    attention: bool = False
    vector_products: VectorProductLimits | None = None
    separable: bool = False
    siblings: int = 1
    pooled_extent: int = 0
    maximum_operands: int = 24
    maximum_nodes: int = 64
    registers: int = 32


KERNEL_DTYPES = frozenset({"f32", "f16"})
"""Element types that kernels are generated for; the floats of a kernel are of one type."""

CPU_KERNELS = Capabilities(
    name="cpu kernels",
    machine=CPU,
    multiple_outputs=frozenset({Family.CONVOLUTION, Family.PRODUCT, Family.POOL, Family.REDUCTION, Family.ELEMENTWISE}),
    store_permutation=True,
    read_channels_first=True,
    winograd_channels=64,
    attention=True,
    vector_products=VectorProductLimits(),
    separable=True,
    siblings=4,
    pooled_extent=2,
    scale_before_pointwise=True,
    one_float_type=True,
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
    return replace(CPU_KERNELS, machine=machine, registers=target.vector.registers)
