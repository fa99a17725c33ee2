"""Drawing what a case is made of: types that the schema allows, shapes, values, declared dimensions."""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

import ml_dtypes
import numpy as np
from onnx import defs

from tests.differential.case import Array, Case, Dimension

Choice = TypeVar("Choice")
Generator = Callable[["Draw"], Case]

OLDEST, NEWEST = 7, defs.onnx_opset_version()

DTYPES: Mapping[str, Any] = {
    "float": np.float32,
    "double": np.float64,
    "float16": np.float16,
    "bfloat16": ml_dtypes.bfloat16,
    "bool": np.bool_,
    **{f"{sign}int{bits}": np.dtype(f"{sign}int{bits}").type for sign in ("", "u") for bits in (8, 16, 32, 64)},
}
"""ONNX's names of the element types that are drawn."""

FLOATS = ("float", "double", "float16", "bfloat16")

GENERATORS: dict[str, Generator] = {}
"""Operator -> what draws a case of it."""


def draws(*operators: str) -> Callable[[Generator], Generator]:
    """Registers the decorated function as the generator of these operators."""

    def register(function: Generator) -> Generator:
        GENERATORS.update(dict.fromkeys(operators, function))
        return function

    return register


@cache
def versions(operator: str) -> list[int]:
    """The opsets, from OLDEST on, in which the operator's schema is another one; not those that deprecate it."""
    known = [schema for schema in defs.get_all_schemas_with_history() if schema.name == operator and not schema.domain]
    changed = sorted({max(schema.since_version, OLDEST) for schema in known if schema.since_version <= NEWEST})
    return [version for version in changed if not defs.get_schema(operator, version).deprecated]


class Draw:
    """Random choices for one case of ``operator`` in ``opset``."""

    def __init__(self, operator: str, opset: int, seed: str) -> None:
        self.operator, self.opset = operator, opset
        self.schema = defs.get_schema(operator, opset)
        self._random = random.Random(seed)
        self.numbers = np.random.default_rng(self._random.getrandbits(32))

    def has(self, attribute: str) -> bool:
        """Whether this version of the operator has the attribute."""
        return attribute in self.schema.attributes

    def chance(self, probability: float = 0.5) -> bool:
        return self._random.random() < probability

    def choice(self, choices: Sequence[Choice]) -> Choice:
        return self._random.choice(choices)

    def integer(self, low: int, high: int) -> int:
        """Both ends belong."""
        return self._random.randint(low, high)

    def integers(self, count: int, low: int, high: int) -> list[int]:
        return [self.integer(low, high) for _ in range(count)]

    def number(self, low: float, high: float) -> float:
        """Of few digits, so that f32 holds it."""
        return round(self._random.uniform(low, high), 2)

    def permutation(self, count: int) -> list[int]:
        return self._random.sample(range(count), count)

    def subset(self, count: int, least: int = 0) -> list[int]:
        """Some of the first numbers, in any order."""
        return self._random.sample(range(count), self.integer(min(least, count), count))

    def shape(self, least: int = 0, most: int = 4, low: int = 1, high: int = 5) -> tuple[int, ...]:
        """Now and then empty."""
        shape = self.integers(self.integer(least, most), low, high)
        if shape and low <= 1 and self.chance(0.05):
            shape[self.integer(0, len(shape) - 1)] = 0
        return tuple(shape)

    def broadcast(self, shape: Sequence[int]) -> tuple[int, ...]:
        """A shape that broadcasts to the given one."""
        own = tuple(1 if self.chance(0.3) else size for size in shape)
        return own[self.integer(0, len(shape)) :] if self.chance() else own

    def axis(self, rank: int) -> int:
        """Negative as well, where the version has negative axes: those of opset 11 on."""
        return self.integer(-rank if self.opset >= 11 else 0, rank - 1)

    def signed(self, axes: Sequence[int], rank: int) -> list[int]:
        """The same axes, some counted from the end."""
        return [axis - rank if self.opset >= 11 and self.chance(0.3) else axis for axis in axes]

    def dtype(self, parameter: int | str = 0, among: Sequence[str] = tuple(DTYPES)) -> Any:
        """A type that the schema allows for an input by position, or for a type parameter: often f32."""
        name = self.schema.inputs[parameter].type_str if isinstance(parameter, int) else parameter
        allowed = next(
            (each.allowed_type_strs for each in self.schema.type_constraints if each.type_param_str == name), [name]
        )
        names = [each for each in among if f"tensor({each})" in allowed]
        if not names:
            raise ValueError(f"{self.operator}-{self.opset} has none of these types: {among}")
        return DTYPES["float" if "float" in names and self.chance(0.5) else self.choice(names)]

    def array(self, shape: Sequence[int], dtype: Any = np.float32, low: int = -5, high: int = 5) -> Array:
        """Normal numbers, integers from ``low`` to ``high`` (from 0 without a sign), or booleans."""
        kind = np.dtype(dtype)
        if kind == np.bool_:
            return np.asarray(self.numbers.random(shape) < 0.5)
        if kind.kind in "iu":
            return np.asarray(self.numbers.integers(max(low, 0) if kind.kind == "u" else low, high + 1, shape), kind)
        return np.asarray(self.numbers.standard_normal(shape) * 2).astype(kind)

    def positive(self, shape: Sequence[int], dtype: Any = np.float32) -> Array:
        return np.asarray(self.numbers.uniform(0.2, 3, shape)).astype(dtype)

    def edges(self, array: Array, probability: float = 0.25, values: Sequence[float] | None = None) -> Array:
        """Now and then with some infinities, NaNs, zeros and halves, or extreme integers."""
        if array.size == 0 or not self.chance(probability):
            return array
        if values is None:
            kind = array.dtype
            if kind == np.bool_:
                return array
            values = (
                [np.iinfo(kind).min, np.iinfo(kind).max]
                if kind.kind in "iu"
                else [np.nan, np.inf, -np.inf, 0.0, -0.0, 0.5, -2.5, 1.0]
            )
        flat = array.copy().reshape(-1)
        for _ in range(max(1, flat.size // 4)):
            flat[self.integer(0, flat.size - 1)] = self.choice(values)
        return flat.reshape(array.shape)

    def sizes(self, values: Sequence[int] | Array, dtype: Any = np.int64) -> Array:
        return np.asarray(values, dtype)

    def case(
        self,
        operands: Sequence[Array | None],
        attributes: Mapping[str, Any] | None = None,
        *,
        constant: Sequence[int] = (),
        weights: Sequence[int] = (),
        outputs: int | Sequence[int] = 1,
        dynamic: float = 0.25,
    ) -> Case:
        """The case of these operands; attributes that are None stay at their default.

        Args:
            constant: positions of sizes, axes and the like, which are mostly constants.
            weights: positions that are constants half of the time.
            outputs: how many results are read, or which.
            dynamic: how probable free dimensions are.
        """
        given = list(operands)
        while given and given[-1] is None:
            given.pop()
        present = [i for i, each in enumerate(given) if each is not None]
        fixed = {i for i in present if (i in constant and self.chance(0.85)) or (i in weights and self.chance())}
        if len(present) > 1 and self.chance(0.1):
            fixed.add(self.choice(present))
        if len(fixed) == len(present) and present:
            fixed.discard(present[0])
        wanted = range(outputs) if isinstance(outputs, int) else outputs
        free = {}
        if self.chance(dynamic):
            shared = self.chance(0.7)
            free = {i: self._declared(i, given[i], shared) for i in present if i not in fixed}
        return Case(
            self.operator,
            self.opset,
            tuple(given),
            {name: value for name, value in (attributes or {}).items() if value is not None},
            tuple(f"y{i}" if i in wanted else "" for i in range(max(wanted) + 1)),
            frozenset(fixed),
            {i: shape for i, shape in free.items() if any(isinstance(size, str) for size in shape)},
        )

    def _declared(self, position: int, array: Array | None, shared: bool) -> tuple[Dimension, ...]:
        """Some sizes become names; equal sizes get one name, or each its own."""
        shape = array.shape if array is not None else ()
        return tuple(
            size if self.chance(0.4) or size < 2 else f"n{size}" if shared else f"n{position}_{axis}"
            for axis, size in enumerate(shape)
        )


def elements(shape: Sequence[int]) -> int:
    return math.prod(shape)


def pairs() -> list[tuple[str, int]]:
    """Every operator with a generator, in every opset in which its schema changed."""
    return [(operator, version) for operator in sorted(GENERATORS) for version in versions(operator)]


def case_of(number: int, seed: int, chosen: Sequence[tuple[str, int]]) -> Case:
    """The case with this number; the same for the same seed."""
    operator, opset = chosen[number % len(chosen)]
    return GENERATORS[operator](Draw(operator, opset, f"{seed} {operator} {opset} {number}"))
