"""Operators that onnx.reference computes with less than full precision or generality."""

import math
from collections.abc import Sequence

import ml_dtypes
import numpy as np

from dnnf_mlir.graph.operator import Signature

_erf = np.vectorize(math.erf, otypes=[np.float64])


def accurate_erf(x: np.ndarray) -> np.ndarray:
    """The error function, computed in double precision and rounded to the type of ``x``."""
    return np.asarray(_erf(x.astype(np.float64))).astype(x.dtype) if x.size else x


def erf(signature: Signature, inputs: Sequence[np.ndarray | None]) -> np.ndarray:
    """In double precision; onnx.reference computes f64 operands in f32."""
    return accurate_erf(required(inputs[0]))


def gather_elements(signature: Signature, inputs: Sequence[np.ndarray | None]) -> np.ndarray:
    """Any number of elements and shapes of indices; onnx.reference takes at most 32 elements per axis."""
    x, indices = required(inputs[0]), required(inputs[1])
    position: list[np.ndarray] = list(np.ogrid[tuple(slice(size) for size in indices.shape)])
    position[signature.attributes["axis"]] = indices
    return np.asarray(x[tuple(position)])


def pad(signature: Signature, inputs: Sequence[np.ndarray | None]) -> np.ndarray:
    """Crops, then pads; onnx.reference knows no negative paddings."""
    x, pads = required(inputs[0]), signature.attributes["pads"]
    begin, end = pads[: x.ndim], pads[x.ndim :]
    x = x[tuple(slice(max(-b, 0), size - max(-e, 0)) for b, e, size in zip(begin, end, x.shape, strict=True))]
    widths = [(max(b, 0), max(e, 0)) for b, e in zip(begin, end, strict=True)]
    if signature.attributes["mode"] == "constant":
        return np.pad(x, widths, constant_values=signature.attributes["value"])
    return np.pad(x, widths, mode=signature.attributes["mode"])


def safe_softmax(signature: Signature, inputs: Sequence[np.ndarray | None]) -> np.ndarray:
    """Zeros where every element along the axis is -infinity; ONNX has no such operator."""
    x, axis = required(inputs[0]), signature.attributes["axis"]
    limits = ml_dtypes.finfo(x.dtype)  # type: ignore[no-untyped-call]
    exponentials = np.exp(x - x.max(axis, keepdims=True, initial=limits.min))
    return np.asarray(exponentials / np.maximum(exponentials.sum(axis, keepdims=True), x.dtype.type(1)))


def log_softmax(signature: Signature, inputs: Sequence[np.ndarray | None]) -> np.ndarray:
    """Without the logarithm of a softmax that underflows, as onnx.reference computes it."""
    x, axis = required(inputs[0]), signature.attributes["axis"]
    shifted = x - np.max(x, axis, keepdims=True) if x.size else x
    with np.errstate(all="ignore"):
        return np.asarray(shifted - np.log(np.sum(np.exp(shifted), axis, keepdims=True)))


def required(array: np.ndarray | None) -> np.ndarray:
    """The array of an operand that cannot be absent."""
    if array is None:
        raise ValueError("a required operand is absent")
    return array
