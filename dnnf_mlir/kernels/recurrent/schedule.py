"""Tiles of a recurrent layer: sequences of a workgroup, and the blocks of columns that its products are computed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
import numpy.typing as npt

from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.targets import VectorUnit

Array = npt.NDArray[np.generic]

_CHAINS = 8
"""Sums that must be under way at once so that a multiply-add starts in every cycle of both units."""

_MOST_ROWS = 8
"""Sequences that a workgroup computes side by side, so that weights in the caches are read for all of them."""


@dataclass(frozen=True)
class Product:
    """Products of the state with the weights of some gates: ``columns`` sums over ``depth`` hidden units.

    The columns are cut into ``panels`` of ``vectors`` registers of ``native`` lanes, the last one filled up with zeros.
    The depth is filled up with zeros to a multiple of ``unrolled``.
    """

    gates: tuple[int, ...]
    hidden: int
    panels: int
    vectors: int
    native: int
    unrolled: int

    @property
    def depth(self) -> int:
        """Hidden units with zeros."""
        return ceil(self.hidden / self.unrolled) * self.unrolled

    @property
    def width(self) -> int:
        """Columns of a panel."""
        return self.vectors * self.native

    @property
    def columns(self) -> int:
        """Columns of all panels."""
        return self.panels * self.width

    def chains(self, rows: int) -> int:
        """How many sums each element is added up as, with so many rows: a divisor of ``unrolled``."""
        return min(self.unrolled, max(1, _CHAINS // (rows * self.vectors)))

    def packed(self, weights: Array) -> Array:
        """R [directions, gates * hidden, hidden] as [directions * panels, depth, width]."""
        directions, rows, hidden = weights.shape
        of_gates = weights.reshape(directions, rows // hidden, hidden, hidden)[:, list(self.gates)]
        matrix = of_gates.reshape(directions, -1, hidden).swapaxes(1, 2)
        missing = self.columns - matrix.shape[2]
        padded = np.pad(matrix, ((0, 0), (0, self.depth - hidden), (0, missing)))
        panels = padded.reshape(directions, self.depth, self.panels, self.width).swapaxes(1, 2)
        return np.ascontiguousarray(panels).reshape(-1, self.depth, self.width)


@dataclass(frozen=True)
class Schedule:
    """``tile`` sequences for each of the ``tiles`` workgroups of a direction.

    The last tile of a known number of sequences is moved back, and that of a dynamic number has fewer of them. Products
    are made for ``blocks`` of sequences at a time, as many as fit of the largest first.
    """

    tile: int
    tiles: int
    blocks: tuple[int, ...]
    products: tuple[Product, ...]

    @property
    def depth(self) -> int:
        """Length of a state in memory: hidden units, and zeros behind them."""
        return max(product.depth for product in self.products)

    @staticmethod
    def choose(batch: int, hidden: int, products: Sequence[tuple[int, ...]], vector: VectorUnit) -> "Schedule":
        """``products`` are the gates whose products are made together."""
        most = _MOST_ROWS if is_dynamic(batch) or vector.registers >= 32 else _MOST_ROWS // 2
        tiles = -(-batch // most)
        rows = most // 2 if is_dynamic(batch) else ceil(batch / tiles)
        blocks = (rows, rows // 2, 1) if is_dynamic(batch) else (rows,)
        tile = most if is_dynamic(batch) else rows
        return Schedule(tile, tiles, blocks, tuple(_product(gates, hidden, rows, vector) for gates in products))


def _product(gates: tuple[int, ...], hidden: int, rows: int, vector: VectorUnit) -> Product:
    native = vector.lanes(4)
    most = min(_CHAINS, max(1, vector.registers * 3 // 4 // rows))
    registers = ceil(len(gates) * hidden / native)
    panels = ceil(registers / most)
    vectors = ceil(registers / panels)
    unrolled = 1
    while unrolled * rows * vectors < _CHAINS:
        unrolled *= 2
    return Product(gates, hidden, panels, vectors, native, max(unrolled, 2))
