"""What a rule is, and the decorator that makes one of a function."""

import functools
import inspect
import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypedDict, Unpack, overload

from .compilation import Pattern, compile_left, depth_of
from .match import Match
from .notation import parse
from .terms import Attribute, Constant, EachPart, Equation, Scalar, Tensor, Term, Variable

Names = ParamSpec("Names")
Check: TypeAlias = Callable[Concatenate[Match, Names], str | None]


@dataclass(frozen=True)
class Condition:
    """When a rule holds: ``text`` for people, ``check`` returns None or the reason why the match does not qualify."""

    text: str
    check: Callable[[Match], str | None]


def condition(function: Callable[[Match], str | None]) -> Condition:
    """Makes a condition of a function; its docstring's first line is the text."""
    return Condition((inspect.getdoc(function) or "").partition("\n")[0], function)


def condition_on(text: Callable[..., str]) -> Callable[[Check[Names]], Callable[Names, Condition]]:
    """Makes conditions on variables of a function that gets the match and the variables' names, as ``text`` does."""

    def factory(check: Check[Names]) -> Callable[Names, Condition]:
        def made(*names: Names.args, **others: Names.kwargs) -> Condition:
            return Condition(text(*names, **others), lambda match: check(match, *names, **others))

        return functools.wraps(check)(made)

    return factory


@dataclass(frozen=True)
class Rule:
    """One equation, applied from left to right.

    ``family`` is the property that it follows from, and the file that it stands in. ``recognition``: the right side
    is one operator that its own FLOPs describe as a whole, so that only loads, stores and operators are compared.
    ``first`` rules go before all others: other rules would take apart what they look for.
    ``dtypes``: the kinds of numpy dtypes of the result that it holds for (``f`` floats, ``i`` and ``u`` integers,
    ``b`` booleans). Integers and booleans agree bit for bit. ``exact``: floats do too, infinities and NaN included;
    otherwise both sides agree up to rounding wherever no intermediate result of either side overflows or underflows.
    """

    name: str
    family: str
    equation: str
    left: Term
    right: Term | EachPart
    conditions: tuple[Condition, ...] = ()
    recognition: bool = False
    first: bool = False
    dtypes: str = "f"
    exact: bool = False
    variables: tuple[Variable, ...] = field(default=(), compare=False)

    @cached_property
    def pattern(self) -> Pattern:
        """The left side as the matcher wants it."""
        return compile_left(self.left)

    @cached_property
    def depth(self) -> int:
        """How many operators lie between the root and a leaf of the left side."""
        return depth_of(self.left)

    @property
    def condition_text(self) -> str:
        """The conditions and the element types, for people."""
        texts = [part.text for part in self.conditions]
        if set(self.dtypes) != set("fiub"):
            names = {"f": "float", "i": "signed", "u": "unsigned", "b": "boolean"}
            texts.append(" or ".join(names[kind] for kind in self.dtypes) + " tensors")
        return "; ".join(texts)

    @property
    def guarantee(self) -> str:
        """What holds between the numbers of both sides: ``exact`` or ``rounding``."""
        return "exact" if self.exact or "f" not in self.dtypes else "rounding"


class Options(TypedDict, total=False):
    """What a rule says beside its equation: fields of :class:`Rule`, by default those of its family."""

    when: Condition | tuple[Condition, ...]
    recognition: bool
    first: bool
    dtypes: str
    exact: bool


Function = Callable[..., Equation]


class Family:
    """The rules of one file: ``rule = Family("distributive")``, then ``@rule`` or ``@rule(when=..., ...)``.

    ``first`` and ``exact``: see :class:`Rule`; what the rules of the file are, unless they say otherwise. Rules that
    recognise an operator are ``first``.
    """

    def __init__(self, name: str, *, first: bool = False, exact: bool = False) -> None:
        self.name = name
        self.first = first
        self.exact = exact
        self.rules: list[Rule] = []

    @overload
    def __call__(self, function: Function) -> Rule: ...

    @overload
    def __call__(self, function: None = None, **options: Unpack[Options]) -> Callable[[Function], Rule]: ...

    def __call__(self, function: Function | None = None, **options: Unpack[Options]) -> Any:
        """A function that returns both sides; its docstring is the equation, its parameters are the variables."""

        def make(function: Function) -> Rule:
            variables = _variables(function)
            equation = (inspect.getdoc(function) or "").partition("\n\n")[0].replace("\n", " ")
            return self._add(function.__name__, equation, function(*variables), variables, options)

        return make if function is None else make(function)

    def states(
        self, name: str, equation: str, *, scalars: str = "", constants: str = "", **options: Unpack[Options]
    ) -> Rule:
        """An equation that mathematical notation says in full: see :mod:`.notation`.

        Variables are any tensors, but for the letters in ``scalars`` and ``constants``.
        """
        variables: dict[str, Variable] = {}

        def variable(name: str) -> Variable:
            kind: type[Variable] = Scalar if name in scalars else Constant if name in constants else Tensor
            return variables.setdefault(name, (Attribute if name.islower() else kind)(name.lower()))

        sides = parse(equation, variable)
        return self._add(name, equation, sides, tuple(variables.values()), options)

    def _add(
        self, name: str, equation: str, sides: Equation, variables: tuple[Variable, ...], options: Options
    ) -> Rule:
        when, recognition = options.get("when", ()), options.get("recognition", False)
        made = Rule(
            name,
            self.name,
            equation,
            *sides,
            (when,) if isinstance(when, Condition) else when,
            recognition,
            options.get("first", recognition or self.first),
            options.get("dtypes", "f"),
            options.get("exact", self.exact),
            variables,
        )
        self.rules.append(made)
        return made


def _variables(function: Function) -> tuple[Variable, ...]:
    kinds = typing.get_type_hints(function)
    return tuple(kinds.get(name, Tensor)(name) for name in inspect.signature(function).parameters)
