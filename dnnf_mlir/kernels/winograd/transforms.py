"""Winograd's minimal filtering F(4x4, 3x3) and F(2x2, 3x3): 3x3 convolutions with a quarter or 4/9 of the products.

A tile of m x m outputs is A^T [(G g G^T) * (B^T d B)] A of the m + 2 x m + 2 input elements d under it; the products
are summed over the channels before A is applied, so they are (m + 2)^2 small matrix products. The matrices are Cook
and Toom's for the points 0, +-sqrt(1/2), +-sqrt(2) and infinity (m = 4) or 0, +-1 and infinity (m = 2). They
lose about six times what the direct sum does in f32: 1.5e-6 of the largest result.
Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2016.
"""

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

_KERNEL = 3
_POINTS = {4: (0.0, 0.5**0.5, -(0.5**0.5), 2.0**0.5, -(2.0**0.5)), 2: (0.0, 1.0, -1.0)}
OUTPUT_TILES = tuple(_POINTS)


@dataclass(frozen=True, eq=False)
class Transforms:
    """The matrices for tiles of ``output_tile`` outputs: ``output`` A^T, ``weight`` G and ``input`` B^T."""

    output_tile: int
    output: Array
    weight: Array
    input: Array

    @property
    def input_tile(self) -> int:
        """Extent of the input elements under a tile."""
        return self.output_tile + _KERNEL - 1

    @property
    def positions(self) -> int:
        """Products per tile and pair of channel and filter."""
        return self.input_tile**2

    def weights(self, weights: Array) -> Array:
        """[..., 3, 3] to [..., m + 2, m + 2] in double precision."""
        # G g G^T for all kernels g at once, as one matrix product.
        rows = weights.astype(np.float64).reshape(-1, _KERNEL * _KERNEL)
        transformed = rows @ np.kron(self.weight, self.weight).T
        return transformed.reshape(*weights.shape[:-2], self.input_tile, self.input_tile)


@functools.cache
def transforms(output_tile: int) -> Transforms:
    """Cook and Toom's construction."""
    points = np.array(_POINTS[output_tile])
    finite = len(points)
    a = np.zeros((output_tile, finite + 1))
    g = np.zeros((finite + 1, _KERNEL))
    b = np.zeros((finite + 1, finite + 1))
    for j, point in enumerate(points):
        others = np.delete(points, j)
        a[:, j] = point ** np.arange(output_tile)
        g[j] = point ** np.arange(_KERNEL) / np.prod(point - others)
        b[j, :finite] = np.poly(others)[::-1]
    a[-1, -1] = g[-1, -1] = 1
    b[-1] = np.poly(points)[::-1]
    # Rounding errors of exact zeros and powers of two would cost instructions.
    return Transforms(output_tile, np.round(a, 12), g, np.round(b, 12))
