"""Discrete Fourier transforms, as sums: DFT, its inverses, and STFT."""

from collections.abc import Sequence
from math import pi

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.dialect_defs.onnx_shapes.transforms import transformed
from dnnf_mlir.emit.control import Array, State, loop
from dnnf_mlir.emit.elementary import device_cos, device_sin
from dnnf_mlir.emit.scalar import Scalar, number, select
from dnnf_mlir.emit.scalar_programs import each
from dnnf_mlir.graph.extents import choose, equal
from dnnf_mlir.graph.size import is_dynamic

from .node import OpaqueNode
from .registry import opaque
from .run_time_shapes import run_time_operands


def _rotated(angle: Scalar) -> tuple[Scalar, Scalar]:
    return device_cos(angle), device_sin(angle)


def _angle(n: Scalar, k: Scalar, length: Scalar, dtype: str) -> Scalar:
    """2 pi n k / length, reduced first as whole numbers so that it stays exact."""
    return (n * k % length).to(dtype) * (2 * pi) / length.to(dtype)


@opaque("DFT")
def _dft(node: OpaqueNode) -> list[ir.Value]:
    """The last dimension holds real and imaginary part; the axis may be a run-time value."""
    x, type_ = node.array(0), node.result()
    inverse, onesided = bool(node.attributes["inverse"]), bool(node.attributes["onesided"])
    dtype = type_.dtype

    def body(positions: list[Scalar]) -> list[Scalar]:
        along, result = transformed(run_time_operands(node))
        length = result.to("index") if isinstance(result, Scalar) else number(result, "index")
        k, extent = positions[0], number(x.shape[0], "index")
        for d in range(1, x.rank - 1):
            k = choose(equal(along, d), positions[d], k)
            extent = choose(equal(along, d), number(x.shape[d], "index"), extent)

        def step(n: Scalar, state: list[State]) -> list[State]:
            real_total, imaginary_total = state
            mirrored, sign = n, number(1, dtype)
            if inverse and onesided:  # the second half are the conjugates of the first
                beyond = n > length / 2
                mirrored = select(beyond, length - n, n)
                sign = select(beyond, number(-1, dtype), 1)
            inside = mirrored < extent
            source = mirrored.min(extent - 1)
            at = [choose(equal(along, d), source, position) for d, position in enumerate(positions[:-1])]
            real = select(inside, _part(x, at, 0), 0)
            imaginary = select(inside, _part(x, at, 1), 0) * sign
            cos, sin = _rotated(_angle(n, k, length, dtype))
            sin = sin if inverse else -sin
            return [real_total + real * cos - imaginary * sin, imaginary_total + real * sin + imaginary * cos]

        zero: list[State] = [number(0, dtype), number(0, dtype)]
        real, imaginary = loop(0, length, zero, step)
        total = select(positions[-1].equals(0), real, imaginary)
        return [total / length.to(dtype) if inverse else total]

    return each(type_.shape, [dtype], body)


@opaque("STFT")
def _stft(node: OpaqueNode) -> list[ir.Value]:
    """[batch, frame, frequency, part]: the transform of windowed frames that begin every ``frame_step`` elements."""
    x, step_size = node.array(0), node.array(1)
    window = node.array(2) if node.has_input(2) else None
    given = node.array(3) if node.has_input(3) else None
    type_ = node.result()
    dtype = type_.dtype

    def body(positions: list[Scalar]) -> list[Scalar]:
        batch, frame, k, part = positions
        if window is not None:
            length = number(window.shape[0], "index")
        elif given is not None:
            length = given.read(*[0] * given.rank).to("index")
        else:
            length = number(x.shape[1], "index")
        start = frame * step_size.read(*[0] * step_size.rank).to("index")

        def step(n: Scalar, state: list[State]) -> list[State]:
            real_total, imaginary_total = state
            at = (start + n).min(x.shape[1] - 1)
            inside = start + n < x.shape[1]
            factor = number(1, dtype) if window is None else window.read(n)
            real, imaginary = (select(inside, _part(x, [batch, at], i), 0) * factor for i in range(2))
            cos, sin = _rotated(_angle(n, k, length, dtype))
            return [real_total + real * cos + imaginary * sin, imaginary_total - real * sin + imaginary * cos]

        zero: list[State] = [number(0, dtype), number(0, dtype)]
        real, imaginary = loop(0, length, zero, step)
        return [select(part.equals(0), real, imaginary)]

    return each(type_.shape, [dtype], body)


def _part(x: Array, at: Sequence[Scalar], part: int) -> Scalar:
    """The real (0) or imaginary part (1) of an element; how many there are may be known at run time only."""
    if x.rank == len(at):
        return x.read(*at) if part == 0 else number(0, x.dtype)
    parts = x.shape[-1]
    if not is_dynamic(parts):
        return x.read(*at, part) if part < parts else number(0, x.dtype)
    last = number(parts, "index") - 1
    return x.read(*at, 0) if part == 0 else select(last.equals(0), 0, x.read(*at, last))
