"""A transposed convolution in one dispatch: the phases of its stride side by side::

for phase in phases:                                   # each with weights of its own; workgroups of one grid
  for o in the outputs of the phase:                   # the dense loop nest, in registers up to the store
    y[n, stride * o + start, :] = epilogue(bias + sum over taps: x[n, window of o] * weights[phase])
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dnnf_mlir.bindings.iree import ir
from dnnf_mlir.emit.index import Index
from dnnf_mlir.emit.vectors import computing_type, element_bytes
from dnnf_mlir.kernels.convolution.weights import pack_dense
from dnnf_mlir.kernels.dense.nest import DenseKernel, DenseWork, PackedWeights
from dnnf_mlir.kernels.dense.schedule import DenseSchedule
from dnnf_mlir.kernels.nest.around import Around
from dnnf_mlir.kernels.nest.dispatch import Dispatch, Grids
from dnnf_mlir.kernels.nest.fused import Results, Workgroup, fused_dispatch
from dnnf_mlir.kernels.nest.fused_work import Fusion, reshape
from dnnf_mlir.kernels.nest.problem import Axis, Canonical
from dnnf_mlir.kernels.nest.window import Tile
from dnnf_mlir.kernels.transposed.pattern import TransposedProblem
from dnnf_mlir.kernels.transposed.phases import Array, Phase, TransposedWindow
from dnnf_mlir.targets import VectorUnit


def emit(problem: TransposedProblem, around: Around, vector: VectorUnit) -> Dispatch:
    """The kernel of a transposed convolution and what is fused behind it."""
    window, pool = problem.window, around.module.pool
    form = ("phases", window, vector)

    @functools.cache
    def packed() -> list[Array]:
        return pack_phases(problem.weights, window, vector)

    def phase(number: int) -> ir.Value:
        return pool.derive(problem.weights, (*form, number), lambda _: packed()[number])

    weights = [phase(number) for number in range(len(window.phases()))]
    bias = None if problem.bias is None else pool.get(problem.bias)
    return transposed_dispatch(window, around.shaped(problem.x), weights, bias, vector, around.fused())


def pack_phases(weights: Array, window: TransposedWindow, vector: VectorUnit) -> list[Array]:
    """ONNX ConvTranspose weights [channels, filters / groups, kernel...], packed for each phase."""
    return [
        pack_dense(phase.weights(weights, window.groups), phase.problem, phase.problem.axes[-1].output, vector)
        for phase in window.phases()
    ]


def transposed_dispatch(
    window: TransposedWindow,
    x: ir.Value,
    packed: Sequence[ir.Value],
    bias: ir.Value | None,
    vector: VectorUnit,
    fusion: Fusion,
) -> Dispatch:
    """One dispatch; ``packed`` are the weights as :func:`pack_phases` gives them, ``bias`` is [filters] or None."""
    element = ir.RankedTensorType(x.type).element_type
    computing, itemsize = computing_type(element, vector), element_bytes(element)
    missing = 3 - len(window.axes)
    leading = (Axis(1),) * missing
    phases, works = window.phases(), []
    for phase in phases:
        depth, height, width = (*leading, *phase.problem.axes)
        schedule = DenseSchedule.choose(phase.problem, width.output, vector, itemsize)
        works.append(DenseWork(phase.problem, (depth, height, width), window.batch, schedule))
    grids = Grids([work.grid for work in works])
    spatial = [*[1] * missing, *(axis.input for axis in window.axes)]
    extents = [window.channels, *spatial] if window.channels_first_input else [*spatial, window.channels]
    operands = [reshape(x, [window.batch, *extents]), *packed, *([] if bias is None else [bias])]

    def body(group: Workgroup) -> None:
        image, *weights = group.tensors[: 1 + len(works)]
        start = None if bias is None else group.tensors[-1]

        def phase(number: int, ids: tuple[Index, Index]) -> None:
            results = Interleaved.of(phases[number], window.strides, group.results)
            second = PackedWeights(weights[number], vector)
            DenseKernel(works[number], computing, image, second, start, results, None).workgroup(ids)

        grids.branch(group.ids, phase)

    return fused_dispatch(
        window, _grouping(window), fusion, operands, grids.extents, window.filters // window.groups, body
    )


def _grouping(window: TransposedWindow) -> Canonical:
    """The output's axes as they are, missing ones in front."""
    missing = 3 - len(window.axes)
    axes = tuple(Axis(axis.output) for axis in window.axes)
    depth, height, width = (*(Axis(1),) * missing, *axes)
    groups = ((),) * missing + tuple((i + 1,) for i in range(len(axes)))
    return Canonical(((0,), *groups, (len(axes) + 1,)), window.batch, (depth, height, width))


@dataclass(frozen=True)
class Interleaved:
    """Where the results of one phase go: each column to its place between those of the other phases."""

    results: Results
    strides: tuple[int, int, int]
    starts: tuple[int, int, int]

    @staticmethod
    def of(phase: Phase, strides: Sequence[int], results: Results) -> "Interleaved":
        missing = 3 - len(strides)
        depth, height, width = (1,) * missing + tuple(strides)
        return Interleaved(results, (depth, height, width), _triple((0,) * missing + phase.starts))

    def store(self, tile: Tile, accumulators: Sequence[ir.Value]) -> None:
        """Stores a tile: as a whole where the columns stay neighbours, else column by column."""
        depth, height = self._place(0, tile.depth), self._place(1, tile.height)
        if self.strides[2] == 1:
            self.results.store(replace(tile, depth=depth, height=height), accumulators)
            return
        for t, accumulator in enumerate(accumulators):
            column = self._place(2, tile.position(t))
            at = replace(tile, depth=depth, height=height, column=column, columns=1, last=None)
            self.results.store(at, [accumulator])

    def _place(self, axis: int, position: Index) -> Index:
        return position * self.strides[axis] + self.starts[axis]


def _triple(values: tuple[int, ...]) -> tuple[int, int, int]:
    first, second, third = values
    return first, second, third
