"""``dnnf.recurrence`` where no kernel computes it: ``scf.for`` over the steps in the function itself.

A step is one dispatch, in which every hidden unit of every sequence and direction is computed by itself; a GRU that
resets the state before the product takes two. Outputs are stacked in the order of the iterations, and a direction that
runs backwards is turned round at the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from dnnf_mlir.bindings.iree import flow, ir, scf
from dnnf_mlir.dialect_defs.many_to_many.recurrence import GATES, Recurrence
from dnnf_mlir.emit.control import Array, State, loop
from dnnf_mlir.emit.recurrence import Activation, Function, functions_of, gru, lstm
from dnnf_mlir.emit.scalar import Scalar, number, select
from dnnf_mlir.emit.scalar_programs import each
from dnnf_mlir.emit.sizes import dynamic
from dnnf_mlir.emit.types import index, size_value
from dnnf_mlir.graph.ecg import Node
from dnnf_mlir.lowering.api import Region, outside
from dnnf_mlir.lowering.onnx_node.node import OutsideNode
from dnnf_mlir.lowering.onnx_node.scan_outputs import Stack, not_waiting, signalled_by


@outside(Recurrence)
def _lower(region: Region, node: Node) -> list[ir.Value]:
    with region.outside(), region.location:
        return _Layer(OutsideNode(region, node)).run()


@dataclass(frozen=True)
class _Layer:
    """A recurrent layer; states are f64 or f32, whatever the operands are."""

    node: OutsideNode

    @cached_property
    def _operands(self) -> list[Array | None]:
        return [self.node.array(i) if self.node.has_input(i) else None for i in range(len(self.node.inputs))]

    @property
    def _dtype(self) -> str:
        return "f64" if self.node.input(0).type.dtype == "f64" else "f32"

    @property
    def _scales(self) -> Array | None:
        return self._operands[7]

    @property
    def _kind(self) -> str:
        return str(self.node.node.attributes["kind"])

    @property
    def _state_shape(self) -> tuple[int, ...]:
        return self.node.node.outputs[1].type.shape

    def run(self) -> list[ir.Value]:
        """The results: y, the last h and, of an LSTM, the last c."""
        y, *last = self.node.node.outputs
        steps = size_value(y.type.shape[0])
        wants_y = bool(y.users) or y in self.node.region.lowering.graph.outputs
        stack = Stack(y.type.with_shape(self._state_shape), steps) if wants_y else None
        starts = [self._start(4 + i) for i in range(len(last))]
        fences = [not_waiting()] if stack is not None else []
        op = scf.ForOp(index(0), steps, index(1), [*starts, *fences])
        with ir.InsertionPoint(op.body):
            before = [self._state(value) for value in op.inner_iter_args[: len(last)]]
            turn = Scalar(op.induction_variable, "index")
            *after, part = self._step(turn, before)
            if stack is not None:
                written = stack.put(turn.value, part, self._state_shape, op.inner_iter_args[-1])
                fences = [signalled_by([written])]
            scf.YieldOp([*after, *fences])
        states = [self._converted(self._state(value)) for value in op.results[: len(last)]]
        stacked = states[0] if stack is None else self._in_order(stack.joined(y.type.shape[0], op.results[-1]))
        return [stacked, *states]

    def _start(self, operand: int) -> ir.Value:
        given = self._operands[operand]
        if given is not None and given.dtype == self._dtype:
            return given.tensor

        def body(at: list[Scalar]) -> list[Scalar]:
            return [number(0, self._dtype) if given is None else given.read(*at).to(self._dtype)]

        return each(self._state_shape, [self._dtype], body)[0]

    def _state(self, passed_on: ir.Value) -> Array:
        """A state that the loop passes on, with its sizes."""
        sizes = dynamic(self._state_shape)
        tied = flow.TensorTieShapeOp(passed_on, sizes).result if sizes else passed_on
        return Array(tied, self._dtype, self._state_shape)

    def _converted(self, state: Array) -> ir.Value:
        dtype = self.node.input(0).type.dtype
        if dtype == self._dtype:
            return state.tensor
        return each(self._state_shape, [dtype], lambda at: [state.read(*at).to(dtype)])[0]

    def _in_order(self, stacked: ir.Value) -> ir.Value:
        """The outputs by step, from those by iteration."""
        if self.node.node.attributes["direction"] == "forward":
            return stacked
        type_ = self.node.node.output.type
        array = Array(stacked, type_.dtype, type_.shape)
        return each(type_.shape, [type_.dtype], lambda at: [array.read(self._position(at[0], at[1]), *at[1:])])[0]

    def _position(self, turn: Scalar, direction: Scalar) -> Scalar:
        """The step that an iteration of a direction is at, and the other way round."""
        backwards = Scalar(size_value(self.node.node.output.type.shape[0]), "index") - 1 - turn
        match self.node.node.attributes["direction"]:
            case "forward":
                return turn
            case "reverse":
                return backwards
        return select(direction.equals(0), turn, backwards)

    def _step(self, turn: Scalar, before: list[Array]) -> list[ir.Value]:
        """The states after an iteration, and the outputs in the operands' type."""
        reset: Array | None = None
        if self._kind == "gru" and not self.node.node.attributes["linear_before_reset"]:
            made = each(self._state_shape, [self._dtype], lambda at: [self._reset(turn, before[0], at)])[0]
            reset = Array(made, self._dtype, self._state_shape)
        lengths, dtype = self._operands[3], self.node.input(0).type.dtype
        read = before[0] if self._scales is None else self._rounded(before[0])

        def body(at: list[Scalar]) -> list[Scalar]:
            old = [array.read(*at) for array in before]
            new = self._cell(turn, read, reset, at, old)
            if lengths is None:
                return [*new, new[0].to(dtype)]
            runs = self._position(turn, at[0]) < lengths.read(at[1]).to("index")
            output = select(runs, new[0], 0).to(dtype)
            return [*(select(runs, a, b) for a, b in zip(new, old, strict=True)), output]

        return each(self._state_shape, [*[self._dtype] * len(before), dtype], body)

    def _rounded(self, h: Array) -> Array:
        """The states of a direction in steps of a 255th of their range, which includes 0."""
        directions, batch, hidden = self._state_shape

        def bounds(at: list[Scalar]) -> list[Scalar]:
            def row(number: Scalar, found: list[State]) -> list[State]:
                def unit(k: Scalar, inner: list[State]) -> list[State]:
                    element = h.read(at[0], number, k)
                    return [inner[0].min(element), inner[1].max(element)]

                return loop(0, hidden, found, unit)

            none = number(0, self._dtype)
            return loop(0, batch, [none, none], row)

        low, high = (
            Array(found, self._dtype, (directions,)) for found in each((directions,), [self._dtype] * 2, bounds)
        )

        def body(at: list[Scalar]) -> list[Scalar]:
            width = high.read(at[0]) - low.read(at[0])
            step = select(width.equals(0), number(1, self._dtype), width / 255.0)
            zero = (-low.read(at[0]) / step).round()
            return [(((h.read(*at) / step).round() + zero).min(255.0) - zero) * step]

        return Array(each(self._state_shape, [self._dtype], body)[0], self._dtype, self._state_shape)

    def _cell(
        self, turn: Scalar, h: Array, reset: Array | None, at: list[Scalar], old: list[Scalar]
    ) -> Sequence[Scalar]:
        of = self._functions(at[0])
        attributes = self.node.node.attributes
        match self._kind:
            case "rnn":
                return [of[0](self._sums(turn, at, h, [0])[0])]
            case "gru" if reset is not None:
                [z] = self._sums(turn, at, h, [0])
                [total] = self._sums(turn, at, reset, [2])
                return [gru(of, z, total, old[0])]
            case "gru":
                z, r = self._sums(turn, at, h, [0, 1])
                bias = self._operands[2]
                start = number(0, self._dtype) if bias is None else bias.read(at[0], at[2]).to(self._dtype)
                product = self._products(at, h, [2], [start])[0]
                return [gru(of, z, self._gate(turn, at, 2) + of[0](r) * product, old[0])]
        hidden, weights = self._state_shape[-1], self._operands[6]
        peepholes = None
        if weights is not None:
            peepholes = [weights.read(at[0], at[2] + i * hidden).to(self._dtype) for i in range(3)]
        sums = self._sums(turn, at, h, range(4))
        return lstm(of, sums, old[1], peepholes, bool(attributes["input_forget"]))

    def _reset(self, turn: Scalar, h: Array, at: list[Scalar]) -> Scalar:
        return self._functions(at[0])[0](self._sums(turn, at, h, [1])[0]) * h.read(*at)

    def _sums(self, turn: Scalar, at: list[Scalar], h: Array, gates: Sequence[int]) -> list[Scalar]:
        """Gates of the input plus the products with the state."""
        return self._products(at, h, gates, [self._gate(turn, at, gate) for gate in gates])

    def _gate(self, turn: Scalar, at: list[Scalar], gate: int) -> Scalar:
        given, hidden = self._operands[0], self._state_shape[-1]
        assert given is not None
        column = (at[0] * GATES[self._kind] + gate) * hidden + at[2]
        return given.read(self._position(turn, at[0]), at[1], column).to(self._dtype)

    def _products(self, at: list[Scalar], h: Array, gates: Sequence[int], starts: Sequence[Scalar]) -> list[Scalar]:
        direction, batch, unit = at
        weights, hidden = self._operands[1], self._state_shape[-1]
        assert weights is not None

        def step(k: Scalar, totals: list[State]) -> list[State]:
            state = h.read(direction, batch, k)
            factors = [self._weight(weights, direction, unit + gate * hidden, k) for gate in gates]
            return [total + state * factor for total, factor in zip(totals, factors, strict=True)]

        return loop(0, hidden, starts, step)

    def _weight(self, weights: Array, direction: Scalar, column: Scalar, k: Scalar) -> Scalar:
        weight = weights.read(direction, column, k).to(self._dtype)
        return weight if self._scales is None else weight * self._scales.read(direction, column).to(self._dtype)

    def _functions(self, direction: Scalar) -> Sequence[Function]:
        attributes = self.node.node.attributes
        first = functions_of(attributes, 0)
        if attributes["direction"] != "bidirectional" or (second := functions_of(attributes, 1)) == first:
            return first
        return [_OfDirection(direction, a, b) for a, b in zip(first, second, strict=True)]


@dataclass(frozen=True)
class _OfDirection:
    """An activation that differs between the directions."""

    direction: Scalar
    first: Activation
    second: Activation

    def __call__(self, x: Scalar) -> Scalar:
        return select(self.direction.equals(0), self.first(x), self.second(x))
