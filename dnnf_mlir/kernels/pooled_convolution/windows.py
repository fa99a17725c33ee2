"""Facts about the windows of pools (ONNX MaxPool, AveragePool) on channels-last values."""

from dnnf_mlir.graph.ecg import Node

POOLS = frozenset({"max_pool", "average_pool"})


def lie_side_by_side(pool: Node) -> bool:
    """Whether the pool's windows neither overlap nor leave gaps nor reach into padding.

    Positions at the end that fill no window may be left out.
    """
    if pool.kind not in POOLS or pool.attributes["layout"] != "channels_last":
        return False
    window, extents = pool.attributes["kernel_shape"], pool.input(0).type.shape[1:-1]
    dilations = pool.attributes.get("dilations", (1,) * len(window))
    pads_before = pool.attributes["pads"][: len(window)]
    whole = tuple(extent // size for extent, size in zip(extents, window, strict=True))
    return (
        tuple(pool.attributes["strides"]) == tuple(window)
        and not any(pads_before)
        and all(size == 1 or dilation == 1 for size, dilation in zip(window, dilations, strict=True))
        and tuple(pool.output.type.shape[1:-1]) == whole
    )
