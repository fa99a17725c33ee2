"""All families of rules."""

from collections.abc import Iterable

from dnnf_mlir.errors import PipelineError
from dnnf_mlir.rewriting import Rule

from . import (
    associative,
    commutative,
    concatenation,
    constants,
    distributive,
    identities,
    linear,
    movement,
    normalization,
    pooling,
    recognition,
    selection,
    siblings,
    steps,
)

MODULES = (
    recognition,
    normalization,
    identities,
    associative,
    commutative,
    distributive,
    constants,
    linear,
    siblings,
    steps,
    pooling,
    movement,
    selection,
    concatenation,
)
"""The files of rules, in the order in which rules are tried; ``rule`` of each is its family."""


def all_rules() -> list[Rule]:
    """Every rule, in the order of the files."""
    return [rule for module in MODULES for rule in module.rule.rules]


def select(properties: Iterable[str], names: Iterable[str]) -> list[Rule]:
    """The rules of some families with some names, all where nothing is given; PipelineError for unknown ones."""
    wanted, named = tuple(properties), tuple(names)
    found = all_rules()
    for given, known, what in (
        (wanted, {rule.family for rule in found}, "property"),
        (named, {rule.name for rule in found}, "rule"),
    ):
        unknown = sorted(set(given) - known)
        if unknown:
            raise PipelineError(f"unknown {what} '{unknown[0]}'; dnnf-opt --list-rules shows all")
    return [rule for rule in found if (not wanted or rule.family in wanted) and (not named or rule.name in named)]
