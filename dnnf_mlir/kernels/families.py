"""Which form a back end gives an operator inside a fused block: loop body, index map, window, reduction..."""

from enum import Enum

from dnnf_mlir.dialect_defs.dialect import Mismatch
from dnnf_mlir.dialect_defs.shapes import broadcast_shape
from dnnf_mlir.graph.ecg import Node
from dnnf_mlir.graph.operator import MappingType


class Family(Enum):
    """The role that an operator can play in a kernel. Finer than mapping types: it follows the code generators."""

    CONVOLUTION = "convolution"
    PRODUCT = "matrix product"
    POOL = "pool"
    RESIZE = "interpolation"
    REDUCTION = "reduction"
    RECURRENCE = "recurrent layer"
    ELEMENTWISE = "element-wise"
    EXPAND = "broadcast"
    REORGANIZE = "reshape"
    PERMUTATION = "permutation"
    SLICE = "slice"
    GATHER = "gather"
    JOIN = "concatenation"
    ALONE = "operator without a fused form"

    @property
    def is_window(self) -> bool:
        """Anchors that read an input element for many output elements: no prologue, their epilogue is free."""
        return self in (Family.CONVOLUTION, Family.PRODUCT, Family.POOL, Family.RESIZE)

    @property
    def is_anchor(self) -> bool:
        """Whether it is the dominant operator of a block that holds it."""
        return self.is_window or self in (Family.REDUCTION, Family.RECURRENCE)

    @property
    def is_alone(self) -> bool:
        """Operators that no back end fuses with anything."""
        return self in (Family.ALONE, Family.RECURRENCE)

    @property
    def is_leaf(self) -> bool:
        """Index maps that read stored tensors only, never values computed in the same kernel."""
        return self in (Family.SLICE, Family.GATHER)


SOFTMAXES = frozenset({"softmax", "safe_softmax"})
"""What an attention has between its products."""

_BY_KIND = {
    **dict.fromkeys(("conv", "conv_integer", "conv_transpose"), Family.CONVOLUTION),
    **dict.fromkeys(("matmul", "matmul_integer", "gemm"), Family.PRODUCT),
    **dict.fromkeys(("max_pool", "average_pool"), Family.POOL),
    **dict.fromkeys(
        (
            *SOFTMAXES,
            "log_softmax",
            "layer_normalization",
            "rms_normalization",
            "instance_normalization",
            "global_average_pool",
            "global_max_pool",
            "arg_max",
            "arg_min",
        ),
        Family.REDUCTION,
    ),
    **dict.fromkeys(("gather", "pad", "tile", "depth_to_space", "space_to_depth"), Family.GATHER),
    "recurrence": Family.RECURRENCE,
    "resize": Family.RESIZE,
    "expand": Family.EXPAND,
    "transpose": Family.PERMUTATION,
    "slice": Family.SLICE,
    "split": Family.SLICE,
    "concat": Family.JOIN,
}


def family_of(node: Node) -> Family:
    """The operator's family; ALONE when no back end fuses it with anything (``dnnf.onnx_node``, ``dnnf.loop``)."""
    kind = node.kind
    if node.op.is_opaque:
        return Family.ALONE
    if kind in _BY_KIND:
        return _BY_KIND[kind]
    if kind.startswith("reduce_"):
        return Family.REDUCTION
    if node.op.default_mapping is MappingType.REORGANIZE:
        return Family.REORGANIZE
    return Family.ELEMENTWISE if _is_elementwise(node) else Family.ALONE


def _is_elementwise(node: Node) -> bool:
    """One result, to whose shape all operands computed at run time broadcast (constants are laid out as needed)."""
    if node.op.default_mapping is not MappingType.ONE_TO_ONE or len(node.outputs) != 1 or not node.operands:
        return False
    shape = node.output.type.shape
    others = [value.type.shape for value in node.data_inputs if value.type.shape != shape]
    try:
        return not others or broadcast_shape((shape, *others)) == shape
    except Mismatch:
        return False


KERNEL_DTYPES = frozenset({"f32", "f16"})
"""Element types that kernels of floats are generated for; the floats of a kernel are of one type."""

_WITHOUT_BODY = frozenset({"split", "slice", "pad", "concat", "batch_normalization"})
"""One-to-One operators that are index maps, or several operators."""


def has_scalar_body(node: Node) -> bool:
    """Whether one element of the node's result is an expression of one element of each operand."""
    return node.op.default_mapping is MappingType.ONE_TO_ONE and node.kind not in _WITHOUT_BODY


def is_depthwise(node: Node) -> bool:
    """Whether the node is a convolution on channels-last values with a filter of its own for every channel."""
    if node.kind != "conv" or node.attributes.get("layout") != "channels_last":
        return False
    group = node.attributes.get("group", 1)
    return bool(group > 1 and group == node.input(0).type.shape[-1] == node.output.type.shape[-1])


def is_pointwise(node: Node) -> bool:
    """Whether each position of the result is a product of the same position of the operand with constant weights."""
    if family_of(node) is Family.POOL:
        return False
    weights = node.input(1)
    if family_of(node) is Family.PRODUCT:
        return weights.is_constant
    attributes = node.attributes
    return (
        node.kind == "conv"
        and attributes.get("group", 1) == 1
        and all(extent == 1 for extent in (*weights.type.shape[2:], *attributes["strides"]))
        and not any(attributes["pads"])
    )
