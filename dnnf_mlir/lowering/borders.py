"""Which element ONNX Pad copies into a place of its result, where its mode is "edge", "reflect" or "wrap"."""

from dnnf_mlir.emit.scalar import Number, Scalar, number


def copied_position(mode: str, place: Scalar, size: int, before: Number, after: Number) -> Scalar:
    """The position along a dimension of ``size`` whose element the result has at ``place``; all of type ``index``.

    Negative paddings crop first, as ONNX Runtime does. What is reflected beyond the other end is reflected there again,
    as by numpy. Something must be left of the dimension.
    """
    first = (-_index(before)).max(0)
    rest = number(size, "index") - first - (-_index(after)).max(0)
    return first + _inside(mode, place - _index(before).max(0), rest)


def floor_mod(value: Scalar, divisor: Number) -> Scalar:
    """The remainder with the sign of the positive divisor."""
    return (value % divisor + divisor) % divisor


def _inside(mode: str, position: Scalar, extent: Scalar) -> Scalar:
    if mode == "edge":
        return position.max(0).min(extent - 1)
    if mode == "wrap":
        return floor_mod(position, extent.max(1))
    period = ((extent - 1) * 2).max(1)
    folded = floor_mod(position, period)
    return folded.min(period - folded).min(extent - 1)


def _index(value: Number) -> Scalar:
    return value.to("index") if isinstance(value, Scalar) else number(value, "index")
