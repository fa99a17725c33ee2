"""The recurrent part of RNN, GRU and LSTM, as operations of its own and as a kernel, against the reference."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from cases import TOLERANCE, Builder, Case, CompiledCases

from dnnf_mlir.dialect_defs.many_to_many.recurrence import FUNCTIONS, GATES, Recurrence
from dnnf_mlir.graph.ecg import Value
from dnnf_mlir.graph.tensor_type import TensorType
from dnnf_mlir.targets import get_target

CASES: dict[str, Case] = {}


def case(function: Case) -> Case:
    CASES[function.__name__] = function
    return function


def recurrence(
    b: Builder,
    kind: str,
    steps: int,
    batch: int,
    hidden: int,
    *,
    operands: str = "",
    direction: str = "forward",
    activations: str = "",
    make: Callable[..., Value] | None = None,
    **options: Any,
) -> list[Value]:
    """A layer with those of ``b``ias, ``l``engths, ``h``, ``c`` and ``p``eepholes that ``operands`` names."""
    directions, gates = 1 + (direction == "bidirectional"), GATES[kind]
    make = make or b.constant
    state = (directions, batch, hidden)
    x = b.input(steps, batch, directions * gates * hidden)
    dtype = x.type.dtype
    inputs = [
        x,
        make(directions, gates * hidden, hidden, low=-0.5, high=0.5)
        if "s" not in operands
        else b.known(b.generator.integers(-127, 128, (directions, gates * hidden, hidden), np.int8)),
        b.constant(directions, hidden) if "b" in operands else None,
        b.input(batch, dtype="i32", low=0, high=5) if "l" in operands else None,
        b.input(*state) if "h" in operands else None,
        b.input(*state) if "c" in operands else None,
        b.constant(directions, 3 * hidden) if "p" in operands else None,
        b.constant(directions, gates * hidden, low=0.001, high=0.004) if "s" in operands else None,
    ]
    count = FUNCTIONS[kind] * directions
    defaults = {"rnn": "tanh", "gru": "sigmoid,tanh", "lstm": "sigmoid,tanh,tanh"}
    attributes = {
        "kind": kind,
        "direction": direction,
        "activations": activations or ",".join([defaults[kind]] * directions),
        "alphas": (0.7,) * count,
        "betas": (0.3,) * count,
        "clip": float("inf"),
        "input_forget": 0,
        "linear_before_reset": 0,
    }
    types = [TensorType((steps, *state), dtype)] + [TensorType(state, dtype)] * (1 + (kind == "lstm"))
    return b.node(Recurrence, inputs, types, attributes | options)


@case
def plain_cells(b: Builder) -> list[Value]:
    return [y for kind in GATES for y in recurrence(b, kind, 3, 2, 24)]


@case
def one_step(b: Builder) -> list[Value]:
    return [y for kind in GATES for y in recurrence(b, kind, 1, 1, 16, operands="hc" if kind == "lstm" else "h")]


@case
def both_directions(b: Builder) -> list[Value]:
    given = {"rnn": "lh", "gru": "lh", "lstm": "lhcp"}
    layers = (recurrence(b, kind, 4, 3, 19, operands=given[kind], direction="bidirectional") for kind in GATES)
    return [y for each in layers for y in each]


@case
def backwards(b: Builder) -> list[Value]:
    return [y for kind in GATES for y in recurrence(b, kind, 5, 9, 8, operands="l", direction="reverse")]


@case
def reset_after_the_product(b: Builder) -> list[Value]:
    """With a bias inside and without."""
    first = recurrence(b, "gru", 3, 2, 20, operands="b", linear_before_reset=1)
    second = recurrence(b, "gru", 3, 8, 33, operands="lh", linear_before_reset=1, direction="bidirectional")
    return [*first, *second]


@case
def coupled_gates(b: Builder) -> list[Value]:
    return recurrence(b, "lstm", 3, 4, 12, operands="p", input_forget=1)


@case
def clipped_gates(b: Builder) -> list[Value]:
    return [y for kind in GATES for y in recurrence(b, kind, 3, 1, 7, clip=0.4)]


@case
def activations(b: Builder) -> list[Value]:
    """Those that differ between the directions as well."""
    first = recurrence(b, "lstm", 3, 2, 5, activations="hardsigmoid,affine,scaledtanh")
    second = recurrence(
        b, "lstm", 3, 2, 5, activations="sigmoid,elu,relu,hardsigmoid,softsign,softplus", direction="bidirectional"
    )
    third = recurrence(b, "gru", 3, 2, 5, activations="leakyrelu,thresholdedrelu")
    return [*first, *second, *third]


@case
def last_states_only(b: Builder) -> list[Value]:
    return [recurrence(b, "gru", 3, 2, 40)[1], *recurrence(b, "lstm", 3, 2, 40)[1:]]


@case
def one_hidden_unit(b: Builder) -> list[Value]:
    return [y for kind in GATES for y in recurrence(b, kind, 3, 2, 1)]


ROUNDED: dict[str, Case] = {
    "rounded state": lambda b: recurrence(b, "lstm", 5, 2, 64, operands="s"),
    "rounded state of both directions": lambda b: recurrence(
        b, "lstm", 4, 9, 19, operands="lhcps", direction="bidirectional"
    ),
    "rounded state of one sequence": lambda b: recurrence(b, "lstm", 6, 1, 33, operands="hs", direction="reverse"),
}
ROUNDED_TOLERANCE = 1e-2
"""A number beside a half rounds the other way when sums are in another order: a 255th, times a weight."""


def computed_weights(b: Builder) -> list[Value]:
    """No kernel has these."""
    return recurrence(b, "gru", 3, 2, 6, make=b.input)


@pytest.fixture(scope="module")
def compiled() -> CompiledCases:
    return CompiledCases(CASES | {"computed_weights": computed_weights}).run()


@pytest.mark.parametrize("name", [*CASES, "computed_weights"])
def test_operations(compiled: CompiledCases, name: str) -> None:
    assert compiled.error(name) <= TOLERANCE


@pytest.mark.parametrize("floats", ["f16", "f64"])
def test_operations_of_other_floats(floats: str) -> None:
    compiled = CompiledCases({"plain_cells": plain_cells, "both_directions": both_directions}, floats=floats).run()
    assert max(map(compiled.error, compiled.results)) <= {"f16": 2e-3, "f64": 1e-12}[floats]


@pytest.fixture(scope="module")
def kernels() -> CompiledCases:
    return CompiledCases(CASES, kernels=True).run()


@pytest.mark.parametrize("name", CASES)
def test_kernel(kernels: CompiledCases, name: str) -> None:
    assert kernels.error(name) <= TOLERANCE


def test_kernel_in_half_precision() -> None:
    """States stay in single precision."""
    compiled = CompiledCases(CASES, kernels=True, floats="f16").run()
    assert max(map(compiled.error, CASES)) <= 2e-3


def test_kernel_on_arm() -> None:
    compiled = CompiledCases(CASES, "arm64-linux", kernels=True).run()
    assert max(map(compiled.error, CASES)) <= TOLERANCE


@pytest.mark.parametrize("is_kernel", [False, True], ids=["operations", "kernel"])
@pytest.mark.parametrize("target", ["host", "arm64-linux"])
def test_rounded_state(is_kernel: bool, target: str) -> None:
    compiled = CompiledCases(ROUNDED, target, kernels=is_kernel).run()
    assert max(map(compiled.error, ROUNDED)) <= ROUNDED_TOLERANCE


def test_rounded_state_without_products_of_bytes() -> None:
    vector = get_target("host").vector
    assert vector is not None
    compiled = CompiledCases(ROUNDED, kernels=True, unit=replace(vector, dot_product=None)).run()
    assert max(map(compiled.error, ROUNDED)) <= ROUNDED_TOLERANCE


def dynamic_sizes(b: Builder) -> list[Value]:
    steps, batch = b.free(4), b.free(6)
    layers = [
        recurrence(b, "lstm", steps, batch, 20, operands="lhcp", direction="bidirectional"),
        recurrence(b, "gru", steps, batch, 9, direction="reverse"),
        recurrence(b, "gru", 3, batch, 8, operands="bh", linear_before_reset=1),
        recurrence(b, "rnn", steps, 2, 40, operands="l"),
    ]
    return [y for each in layers for y in each]


@pytest.mark.parametrize("is_kernel", [False, True])
def test_dynamic_sizes(is_kernel: bool) -> None:
    compiled = CompiledCases({"dynamic_sizes": dynamic_sizes}, kernels=is_kernel)
    steps, batch = compiled.dims
    for sizes in ((4, 6), (1, 1), (2, 3), (5, 4), (3, 9)):
        found = compiled.at({steps: sizes[0], batch: sizes[1]}).run()
        assert found.error("dynamic_sizes") <= TOLERANCE


def test_weights_that_leave_the_cache() -> None:
    """They are asked for ahead."""
    vector = get_target("host").vector
    assert vector is not None
    unit = replace(vector, l2_bytes=256, prefetch_bytes=8 << 10)
    names = ("plain_cells", "both_directions")
    compiled = CompiledCases({name: CASES[name] for name in names}, kernels=True, unit=unit).run()
    assert max(map(compiled.error, names)) <= TOLERANCE
