"""The product of a state with packed weights, a panel of columns after the other, in registers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from dnnf_mlir.bindings.iree import arith, ir
from dnnf_mlir.emit.index import Index, for_each, loop
from dnnf_mlir.emit.vectors import element_bytes, read_vector, zero
from dnnf_mlir.kernels.nest.arithmetic import FLOATS, Arithmetic, ByteDotProduct
from dnnf_mlir.kernels.nest.prefetch import weights_ahead
from dnnf_mlir.kernels.nest.row import cut, each_chunk
from dnnf_mlir.targets import DotProduct, VectorUnit

from .rounded import Rounding, scaled, start
from .schedule import Product


@dataclass(frozen=True)
class StateProduct:
    """``sums[row, column] = sum over k of state[row, k] * R[k, column]`` of one direction.

    ``given`` holds the parts of :func:`.memory.packed`, ``dot`` multiplies bytes if they are such. ``rows`` sequences
    are taken in ``blocks``. ``keep(vector, row, column)`` stores sums.
    """

    product: Product
    given: Mapping[str, ir.Value]
    unit: VectorUnit
    dot: DotProduct | None
    direction: Index
    rows: Index
    blocks: Sequence[int]
    keep: Callable[[ir.Value, Index, Index], None]

    def run(self, state: ir.Value, rounding: Rounding | None) -> None:
        """Of all panels. ``state`` is [1, 1, rows, depth], of bytes rounded by ``rounding``."""

        def panel(position: Index) -> None:
            block = partial(self._block, state, rounding, position)
            each_chunk(cut(self.rows, self.blocks), block)

        for_each(0, self.product.panels, panel)

    @property
    def _arithmetic(self) -> Arithmetic:
        return FLOATS if self.dot is None else ByteDotProduct(self.dot, self.dot.signed_left)

    def _block(self, state: ir.Value, rounding: Rounding | None, panel: Index, first: Index, rows: int) -> None:
        """Keeps the sums of a panel for ``rows`` rows from ``first`` on."""
        product, weights, arithmetic = self.product, self.given["weights"], self._arithmetic
        place, channels, chains = self.direction * product.panels + panel, product.channels, product.chains(rows)
        tile, lanes = rows * product.vectors, product.native * channels

        def step(k: Index, totals: list[ir.Value]) -> list[ir.Value]:
            totals, first_k = list(totals), k
            for i in range(product.unrolled):
                k = first_k + i
                if self._leaves_cache(weights):
                    k = weights_ahead(weights, self.unit, [place], k)
                factors = [self._weights(weights, [place, k, v * lanes], lanes) for v in range(product.vectors)]
                for row in range(rows):
                    scalar = arithmetic.read(state, [0, 0, first + row, k * channels], channels)
                    for v, factor in enumerate(factors):
                        at = i % chains * tile + row * product.vectors + v
                        totals[at] = arithmetic.accumulate(scalar, factor, totals[at])
            return totals

        totals = loop(0, product.steps, self._start(rounding, place, rows, chains), step, product.unrolled)
        for at in range(tile):
            total = totals[at]
            for chain in range(1, chains):
                add = arith.AddFOp if self.dot is None else arith.AddIOp
                total = add(total, totals[chain * tile + at]).result
            row, v = divmod(at, product.vectors)
            if rounding is not None and self.dot is not None:
                total = scaled(total, self._column_numbers("scales", place, v), rounding)
            self.keep(total, first + row, panel * product.width + v * product.native)

    def _weights(self, source: ir.Value, place: Sequence[Index], lanes: int) -> ir.Value:
        return read_vector(source, place, lanes, element=None if self.dot else ir.F32Type.get())

    def _start(self, rounding: Rounding | None, place: Index, rows: int, chains: int) -> list[ir.Value]:
        """Zeros; the first chain of integers without the zero's part."""
        product = self.product
        if rounding is None or self.dot is None:
            none = zero(ir.VectorType.get([product.native], ir.F32Type.get()))
            return [none] * (rows * product.vectors * chains)
        first = [start(self._column_numbers("sums", place, v), rounding) for v in range(product.vectors)]
        return [*first * rows, *[zero(first[0].type)] * (rows * product.vectors * (chains - 1))]

    def _column_numbers(self, name: str, place: Index, v: int) -> ir.Value:
        return read_vector(self.given[name], [place, v * self.product.native], self.product.native)

    def _leaves_cache(self, weights: ir.Value) -> bool:
        """Whether no part of the weights stays in the second-level cache from one step to the next.

        Where a part stays, asking for it costs more than asking for the rest saves.
        """
        size = element_bytes(ir.RankedTensorType(weights.type).element_type)
        return self.product.depth * self.product.columns * size > 2 * self.unit.l2_bytes
