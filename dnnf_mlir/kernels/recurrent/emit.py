"""RNN, GRU and LSTM in one dispatch: a workgroup computes all steps of a few sequences in one direction::

for t in steps, backwards in the other direction:
  for panel of the columns of R:                       # packed, so that a step reads its weights in order
    for k in hidden: sums[rows, panel] += h[rows, k] * R[k, panel]             # in registers
    keep sums
  for row, for chunk of hidden units:
    h', c' = cell(gates[t, row, ..] + sums[row, ..], h[row, chunk], c[row, chunk])
    keep h', c'; y[t, row, chunk] = h'

What is kept stays in the first-level cache. h and c lie there twice, the state before a step and the one after it by
turns. A GRU that resets the state before the product makes two products: of h for z and r, of r * h for n.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from dnnf_mlir.bindings.iree import arith, ir
from dnnf_mlir.dialect_defs.many_to_many.recurrence import GATES
from dnnf_mlir.emit.control import either
from dnnf_mlir.emit.index import Index, for_each, minimum, remainder, select, value
from dnnf_mlir.emit.recurrence import Function, functions_of, gru, lstm
from dnnf_mlir.emit.scalar import Scalar
from dnnf_mlir.emit.sizes import Shaped
from dnnf_mlir.emit.vectors import load_tile, read_scalar, read_vector, zero
from dnnf_mlir.graph.ecg import Value
from dnnf_mlir.graph.size import is_dynamic
from dnnf_mlir.kernels.nest.around import Around
from dnnf_mlir.kernels.nest.dispatch import Dispatch
from dnnf_mlir.kernels.nest.problem import BYTES_IN_DOT
from dnnf_mlir.kernels.nest.row import Row, store_vector
from dnnf_mlir.kernels.recurrent.memory import element_of_memory, packed, row_lengths
from dnnf_mlir.kernels.recurrent.pattern import RecurrentProblem
from dnnf_mlir.kernels.recurrent.product import StateProduct
from dnnf_mlir.kernels.recurrent.rounded import Rounding, round_state
from dnnf_mlir.kernels.recurrent.schedule import Schedule
from dnnf_mlir.targets import DotProduct, VectorUnit

_OPERANDS = ("gates", "weights", "bias", "lengths", "h", "c", "peepholes", "scales")
_PACKED = ("weights", "scales")
_RESULTS = ("y", "h", "c")


def emit(problem: RecurrentProblem, around: Around, unit: VectorUnit) -> Dispatch:
    """The kernel of a recurrent layer."""
    node, pool = problem.node, around.module.pool
    steps, directions, batch, hidden = node.output.type.shape
    kind, attributes = node.attributes["kind"], node.attributes
    resets_state = kind == "gru" and not attributes["linear_before_reset"]
    every = tuple(range(GATES[kind]))
    dot = None if problem.scales is None else unit.dot_product
    channels = 1 if dot is None else BYTES_IN_DOT
    products = [(0, 1), (2,)] if resets_state else [every]
    schedule = Schedule.choose(batch, hidden, products, unit, channels, problem.scales is not None)
    given = {
        name: around.shaped(operand)
        for name, operand in zip(_OPERANDS, node.inputs, strict=True)
        if operand is not None and name not in _PACKED
    }
    for number, product in enumerate(schedule.products):
        given |= {f"{name}{number}": part for name, part in packed(problem, product, pool, dot).items()}
    stored = problem.in_order()
    results = [Shaped(each.type.shape, ir.RankedTensorType(given["gates"].type).element_type) for each in stored]
    groups = schedule.tiles * directions
    lengths = row_lengths(schedule, hidden, resets_state, kind == "lstm", problem.scales is not None)
    memories = {
        name: Shaped((groups, 2, schedule.tile, length), element_of_memory(name, dot))
        for name, length in lengths.items()
    }

    def body(
        ids: tuple[Index, Index], tensors: list[ir.Value], targets: list[ir.Value], scratch: list[ir.Value]
    ) -> None:
        layer = _Layer(
            attributes,
            (steps, directions, batch, hidden),
            schedule,
            dict(zip(given, tensors, strict=True)),
            _named_results(node.outputs, stored, targets),
            dict(zip(memories, scratch, strict=True)),
            lengths,
            unit,
            dot,
        )
        layer.workgroup(ids[0], ids[1])

    shapes = [each.type.shape for each in stored]
    grid = (schedule.tiles, directions)
    return Dispatch(list(given.values()), results, shapes, grid, body, list(memories.values()))


def _named_results(
    outputs: Sequence[Value], stored: Sequence[Value], targets: Sequence[ir.Value]
) -> dict[str, ir.Value]:
    found = dict(zip(stored, targets, strict=True))
    return {name: found[output] for name, output in zip(_RESULTS, outputs, strict=False) if output in found}


@dataclass(frozen=True)
class _Layer:
    """The layer as its workgroups see it; ``shape`` is that of y, ``native`` the lanes of a register."""

    attributes: Mapping[str, Any]
    shape: tuple[int, int, int, int]
    schedule: Schedule
    given: Mapping[str, ir.Value]
    results: Mapping[str, ir.Value]
    memories: Mapping[str, ir.Value]
    lengths: Mapping[str, int]
    unit: VectorUnit
    dot: DotProduct | None

    @property
    def native(self) -> int:
        return self.unit.lanes(4)

    @property
    def packed(self) -> list[dict[str, ir.Value]]:
        """The parts of the packed weights of each product."""
        names = ("weights", "sums", "scales")
        return [
            {name: self.given[f"{name}{i}"] for name in names if f"{name}{i}" in self.given}
            for i in range(len(self.schedule.products))
        ]

    def workgroup(self, tile: Index, direction: Index) -> None:
        """All steps of a tile of sequences."""
        batch, most = self.shape[2], self.schedule.tile
        group = direction * self.schedule.tiles + tile
        first = tile * most if self.schedule.tiles != 1 else 0
        if most == batch:
            self._of_direction(direction, group, 0, batch)
        elif is_dynamic(batch):
            self._of_direction(direction, group, first, minimum(most, batch - first))
        else:
            self._of_direction(direction, group, minimum(first, batch - most), most)

    def _of_direction(self, direction: Index, group: Index, first: Index, rows: Index) -> None:
        """Branches where the activations of the directions differ."""
        functions = [functions_of(self.attributes, d) for d in range(self.shape[1])]

        def run(number: int) -> None:
            _Tile(self, functions[number], direction, group, first, rows).run()

        if functions[0] == functions[-1] or isinstance(direction, int):
            run(direction if isinstance(direction, int) else 0)
        else:
            either(direction.equals(0), lambda: run(0), lambda: run(1))


@dataclass(frozen=True)
class _Tile:
    """``rows`` sequences from ``first`` on in one direction."""

    layer: _Layer
    functions: Sequence[Function]
    direction: Index
    group: Index
    first: Index
    rows: Index

    def run(self) -> None:
        """From the initial states to the last ones."""
        steps = self.layer.shape[0]
        states = [name for name in ("h", "c") if name in self.layer.memories]
        for state in states:
            for_each(0, self.rows, partial(self._start, state))
        for_each(0, steps, self._step)
        last = remainder(steps, 2)
        for state in states:
            if state in self.layer.results:
                for_each(0, self.rows, partial(self._finish, state, self._load(state, last)))

    def _chunks(self, extent: int) -> Row:
        return Row(extent, self.layer.native, 1)

    def _load(self, name: str, turn: Index) -> ir.Value:
        memory = self.layer.memories[name]
        return load_tile(memory, [self.group, turn, 0, 0], [1, 1, self.layer.schedule.tile, self.layer.lengths[name]])

    def _keep(self, data: ir.Value, name: str, turn: Index, row: Index, column: Index) -> None:
        store_vector(data, self.layer.memories[name], [self.group, turn, row, column])

    def _start(self, name: str, row: Index) -> None:
        """The initial state of a row, and zeros behind it in both places."""
        hidden, given = self.layer.shape[3], self.layer.given.get(name)

        def part(column: Index, lanes: int) -> None:
            data = zero(ir.VectorType.get([lanes], ir.F32Type.get()))
            if given is not None:
                data = self._read(given, [self.direction, self.first + row, column], lanes)
            self._keep(data, name, 0, row, column)

        self._chunks(hidden).each(part)
        behind = self.layer.schedule.depth - hidden
        for memory in ("h", "reset", "rounded") if name == "h" and behind else ():
            if memory in self.layer.memories and not (memory == "rounded" and self.layer.dot):
                zeros = zero(ir.VectorType.get([1], ir.F32Type.get()))
                for turn in range(2):
                    for column in range(hidden, hidden + behind):
                        self._keep(zeros, memory, turn, row, column)

    def _finish(self, name: str, source: ir.Value, row: Index) -> None:
        place = [self.direction, self.first + row]

        def part(column: Index, lanes: int) -> None:
            data = read_vector(source, [0, 0, row, column], lanes)
            store_vector(data, self.layer.results[name], [*place, column])

        self._chunks(self.layer.shape[3]).each(part)

    def _step(self, number: Index) -> None:
        turn = remainder(number, 2)
        at = self._position(number)
        state = self._load("h", turn)
        if "rounded" in self.layer.memories:
            rounding = self._round(state, turn)
            sums = [self._product(0, self._load("rounded", turn), turn, rounding)]
        else:
            sums = [self._product(0, state, turn)]
        if len(self.layer.schedule.products) > 1:
            for_each(0, self.rows, lambda row: self._reset(state, sums[0], at, turn, row))
            sums.append(self._product(1, self._load("reset", turn), turn))
        cell = self._load("c", turn) if "c" in self.layer.memories else None
        for_each(0, self.rows, lambda row: self._cells(_Row(self, at, row), state, cell, sums, turn))

    def _round(self, state: ir.Value, turn: Index) -> Rounding:
        """Keeps the rounded state."""

        def keep(data: ir.Value, row: Index, column: Index) -> None:
            self._keep(data, "rounded", turn, row, column)

        return round_state(state, self.rows, self._chunks(self.layer.shape[3]), self.layer.dot, keep)

    def _position(self, number: Index) -> Index:
        """The step that an iteration is at."""
        if self.layer.attributes["direction"] == "forward":
            return number
        backwards = self.layer.shape[0] - 1 - number
        if self.layer.attributes["direction"] == "reverse":
            return backwards
        return select(Scalar(value(self.direction), "index").equals(0), number, backwards)

    def _product(self, number: int, state: ir.Value, turn: Index, rounding: Rounding | None = None) -> ir.Value:
        """The sums of all panels, kept and loaded again."""
        layer, name = self.layer, f"sums{number}"

        def keep(data: ir.Value, row: Index, column: Index) -> None:
            self._keep(data, name, turn, row, column)

        StateProduct(
            layer.schedule.products[number],
            layer.packed[number],
            layer.unit,
            layer.dot,
            self.direction,
            self.rows,
            layer.schedule.blocks,
            keep,
        ).run(state, rounding)
        return self._load(name, turn)

    def _reset(self, state: ir.Value, sums: ir.Value, at: Index, turn: Index, row: Index) -> None:
        """Keeps r * h of a row."""
        here = _Row(self, at, row)

        def part(column: Index, lanes: int) -> None:
            total = here.gate(1, column, lanes) + here.kept(sums, 1, column, lanes)
            reset = self.functions[0](total) * here.kept(state, 0, column, lanes)
            self._keep(reset.value, "reset", turn, row, column)

        self._chunks(self.layer.shape[3]).each(part)

    def _cells(
        self, here: "_Row", state: ir.Value, cell: ir.Value | None, sums: Sequence[ir.Value], turn: Index
    ) -> None:
        """The next states and the outputs of a row."""
        following = 1 - turn

        def part(column: Index, lanes: int) -> None:
            old = [here.kept(memory, 0, column, lanes) for memory in (state, cell) if memory is not None]
            new = self._cell(here, old, sums, column, lanes)
            runs = here.runs()
            output = new[0]
            if runs is not None:
                none = zero(output.value.type)
                output = Scalar(arith.SelectOp(runs, output.value, none).result, "f32")
                new = [
                    Scalar(arith.SelectOp(runs, a.value, b.value).result, "f32") for a, b in zip(new, old, strict=True)
                ]
            for name, data in zip(("h", "c"), new, strict=False):
                self._keep(data.value, name, following, here.row, column)
            if "y" in self.layer.results:
                place = [here.at, self.direction, self.first + here.row, column]
                store_vector(output.value, self.layer.results["y"], place)

        self._chunks(self.layer.shape[3]).each(part)

    def _cell(
        self, here: "_Row", old: Sequence[Scalar], sums: Sequence[ir.Value], column: Index, lanes: int
    ) -> Sequence[Scalar]:
        of, attributes = self.functions, self.layer.attributes

        def total(gate: int) -> Scalar:
            return here.gate(gate, column, lanes) + here.kept(sums[0], gate, column, lanes)

        match attributes["kind"]:
            case "rnn":
                return [of[0](total(0))]
            case "gru" if len(sums) > 1:
                candidate = here.gate(2, column, lanes) + here.kept(sums[1], 0, column, lanes)
                return [gru(of, total(0), candidate, old[0])]
            case "gru":
                product = here.kept(sums[0], 2, column, lanes)
                if (bias := here.parameter("bias", 0, column, lanes)) is not None:
                    product = product + bias
                candidate = here.gate(2, column, lanes) + of[0](total(1)) * product
                return [gru(of, total(0), candidate, old[0])]
        seen = [here.parameter("peepholes", number, column, lanes) for number in range(3)]
        peepholes = [each for each in seen if each is not None] or None
        return lstm(of, [total(gate) for gate in range(4)], old[1], peepholes, bool(attributes["input_forget"]))

    @staticmethod
    def _read(source: ir.Value, place: Sequence[Index], lanes: int) -> ir.Value:
        return read_vector(source, place, lanes, element=ir.F32Type.get())


@dataclass(frozen=True)
class _Row:
    """One sequence of a tile at the step ``at``: vectors of hidden units from a column on."""

    tile: _Tile
    at: Index
    row: Index

    @property
    def _hidden(self) -> int:
        return self.tile.layer.shape[3]

    def gate(self, number: int, column: Index, lanes: int) -> Scalar:
        """A gate of the input."""
        gates = GATES[self.tile.layer.attributes["kind"]]
        start = (self.tile.direction * gates + number) * self._hidden
        place = [self.at, self.tile.first + self.row, start + column]
        return Scalar(self.tile._read(self.tile.layer.given["gates"], place, lanes), "f32")

    def kept(self, memory: ir.Value, number: int, column: Index, lanes: int) -> Scalar:
        """The ``number``-th state or sum of a memory as loaded."""
        place = [0, 0, self.row, number * self._hidden + column]
        return Scalar(read_vector(memory, place, lanes), "f32")

    def parameter(self, name: str, number: int, column: Index, lanes: int) -> Scalar | None:
        """The ``number``-th bias or peephole, None where there are none."""
        source = self.tile.layer.given.get(name)
        if source is None:
            return None
        place = [self.tile.direction, number * self._hidden + column]
        return Scalar(self.tile._read(source, place, lanes), "f32")

    def runs(self) -> ir.Value | None:
        """Whether the sequence has not ended, None where all are of the same length."""
        source = self.tile.layer.given.get("lengths")
        if source is None:
            return None
        length = read_scalar(source, [self.tile.first + self.row])
        end = arith.IndexCastOp(ir.IndexType.get(), length).result
        return arith.CmpIOp(arith.CmpIPredicate.slt, value(self.at), end).result
