"""All lowerings of opaque nodes: importing these files registers them."""

from . import (  # noqa: F401
    checks,
    convolution,
    detection,
    element_wise,
    fourier,
    generators,
    linear_algebra,
    loop,
    movement,
    quantization,
    reduction,
    registry,
    resize,
    sampling,
    selection,
    sorting,
    unique,
)
