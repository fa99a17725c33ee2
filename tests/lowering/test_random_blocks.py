"""Random blocks with several results: whatever a block holds, the lowering computes it, in one dispatch or more."""

import numpy as np
import pytest
from cases import Builder, Case, CompiledCases

from dnnf_mlir.graph.ecg import Value

BLOCKS = 40
ROWS, COLUMNS = 6, 8


def _shuffled(b: Builder, x: Value) -> Value:
    split = b.call("reshape", x, shape=(ROWS, 2, COLUMNS // 2))
    return b.call("reshape", b.call("transpose", split, perm=(0, 2, 1)), shape=(ROWS, COLUMNS))


def _mean(b: Builder, x: Value) -> Value:
    return b.call("reduce_mean", x, axes=(1,), keepdims=1)


def _maximum(b: Builder, x: Value) -> Value:
    return b.call("reduce_max", x, axes=(0,), keepdims=0)


def _normalized(b: Builder, x: Value) -> Value:
    return b.call("layer_normalization", x, b.constant(COLUMNS), b.constant(COLUMNS), axis=1, epsilon=1e-5)


def _turned(b: Builder, x: Value) -> Value:
    square = b.call("slice", x, starts=(0, 1), steps=(1, 1), shape=(ROWS, ROWS))
    return b.call("pad", b.call("transpose", square, perm=(1, 0)), pads=(0, 1, 0, 1), mode="constant", value=0.5)


_UNARY = {
    "tanh": lambda b, x: b.call("tanh", x),
    "sigmoid": lambda b, x: b.call("sigmoid", x),
    "relu": lambda b, x: b.call("relu", x),
    "shuffle": _shuffled,
    "turn": _turned,
    "softmax": lambda b, x: b.call("softmax", x, axis=1),
    "product": lambda b, x: b.call("matmul", x, b.constant(COLUMNS, COLUMNS)),
    "normalize": _normalized,
    "subtract mean": lambda b, x: b.call("sub", x, _mean(b, x)),
    "divide by maximum": lambda b, x: b.call("mul", x, _maximum(b, x)),
}


def _block(seed: int) -> Case:
    def build(b: Builder) -> list[Value]:
        generator = np.random.default_rng(seed)
        values = [b.input(ROWS, COLUMNS), b.input(ROWS, COLUMNS)]
        for _ in range(generator.integers(2, 9)):
            x = values[generator.integers(len(values))]
            if generator.integers(3):
                values.append(_UNARY[str(generator.choice(list(_UNARY)))](b, x))
            else:
                values.append(b.call(str(generator.choice(["add", "mul"])), x, values[generator.integers(len(values))]))
        computed = values[2:]
        unread = [value for value in computed if not value.users]
        return [v for v in computed if v in unread or generator.integers(4) == 0]

    return build


@pytest.fixture(scope="module")
def compiled() -> CompiledCases:
    return CompiledCases({f"block{seed}": _block(seed) for seed in range(BLOCKS)}).run()


@pytest.mark.parametrize("seed", range(BLOCKS))
def test_block(compiled: CompiledCases, seed: int) -> None:
    assert compiled.error(f"block{seed}") <= 1e-5
