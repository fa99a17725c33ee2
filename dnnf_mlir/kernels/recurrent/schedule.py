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
    A step takes ``channels`` hidden units. Their number is filled up with zeros to a multiple of ``unrolled`` steps.
    """

    gates: tuple[int, ...]
    hidden: int
    panels: int
    vectors: int
    native: int
    unrolled: int
    channels: int = 1

    @property
    def steps(self) -> int:
        """Steps along the hidden units."""
        return ceil(self.hidden / self.channels / self.unrolled) * self.unrolled

    @property
    def depth(self) -> int:
        """Hidden units with zeros."""
        return self.steps * self.channels

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
        """R [directions, gates * hidden, hidden] as [directions * panels, steps, width * channels]."""
        directions, rows, hidden = weights.shape
        of_gates = weights.reshape(directions, rows // hidden, hidden, hidden)[:, list(self.gates)]
        matrix = of_gates.reshape(directions, -1, hidden).swapaxes(1, 2)
        missing = self.columns - matrix.shape[2]
        padded = np.pad(matrix, ((0, 0), (0, self.depth - hidden), (0, missing)))
        shape = (directions, self.steps, self.channels, self.panels, self.width)
        panels = padded.reshape(shape).transpose(0, 3, 1, 4, 2)
        return np.ascontiguousarray(panels).reshape(-1, self.steps, self.width * self.channels)

    def per_column(self, numbers: Array) -> Array:
        """Numbers of the columns, [directions, gates * hidden], as [directions * panels, width]."""
        directions = numbers.shape[0]
        of_gates = numbers.reshape(directions, -1, self.hidden)[:, list(self.gates)].reshape(directions, -1)
        padded = np.pad(of_gates, ((0, 0), (0, self.columns - of_gates.shape[1])))
        return np.ascontiguousarray(padded).reshape(-1, self.width)


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
    def choose(
        batch: int,
        hidden: int,
        products: Sequence[tuple[int, ...]],
        vector: VectorUnit,
        channels: int = 1,
        together: bool = False,
    ) -> "Schedule":
        """``products`` are the gates whose products are made together, ``channels`` hidden units at a time.

        ``together``: one workgroup computes all sequences, as they are rounded by the same step.
        """
        most = _MOST_ROWS if is_dynamic(batch) or vector.registers >= 32 else _MOST_ROWS // 2
        tiles = -(-batch // most)
        rows = most // 2 if is_dynamic(batch) else ceil(batch / tiles)
        blocks = (rows, rows // 2, 1) if is_dynamic(batch) else (rows,)
        tile = most if is_dynamic(batch) else rows
        if together:
            blocks = (rows, rows // 2, 1) if is_dynamic(batch) or batch > most else (batch,)
            tile, tiles = batch, 1
        return Schedule(
            tile, tiles, blocks, tuple(_product(gates, hidden, rows, vector, channels) for gates in products)
        )


def _product(gates: tuple[int, ...], hidden: int, rows: int, vector: VectorUnit, channels: int) -> Product:
    native = vector.lanes(4)
    most = min(_CHAINS, max(1, vector.registers * 3 // 4 // rows))
    registers = ceil(len(gates) * hidden / native)
    panels = ceil(registers / most)
    vectors = ceil(registers / panels)
    unrolled = 1
    while unrolled * rows * vectors < _CHAINS:
        unrolled *= 2
    return Product(gates, hidden, panels, vectors, native, max(unrolled, 2), channels)
