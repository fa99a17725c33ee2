"""The abstract state: the facts about a graph's values at one point of its interpretation."""

from copy import copy
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from onnx import NodeProto, TypeProto

from dnnf_mlir.importer.decompose.containers import Container
from dnnf_mlir.importer.shapes.dynamic import Sizes
from dnnf_mlir.importer.shapes.value_type import ValueType


@dataclass
class Counts:
    """How many nodes were treated in which way."""

    folded: int = 0
    no_operations: int = 0
    expanded_functions: int = 0
    inlined_branches: int = 0


@dataclass
class State:
    """The resulting nodes and the facts about values; :meth:`copy` and :meth:`restore` are a transaction.

    Attributes:
        nodes: those that stay, topologically sorted.
        constants: values known at compile time.
        types: of every tensor; sizes may be dynamic.
        containers: the tensors that a sequence or an optional holds.
        sizes: integer tensors computed from dynamic dimensions alone.
        requirements: description -> a size that must not be negative when the model runs.
        counts: for the summary.
        learned: shapes inferred backwards from later declarations, for values with data-dependent sizes.
        meets_declared_sizes: whether the model declares a size that is data-dependent.
        undetermined: node -> why the shapes of its results are not known before the model runs.
        aliases: result of a removed node -> the value that it equals.
        places: dynamic size -> a tensor and the axis that has it.
        type_protos: ``types`` at representative sizes, in ONNX's form.
        producers: value -> the node of ``nodes`` that computes it.
        read: integer tensors whose elements became data-dependent sizes.
        determined: data-dependent size -> the results of the node that determines it.
        bodies: first result of a Loop among ``nodes`` -> its body as a prepared model.
        kept_loops: names of Loops that are not unrolled, even if the number of iterations is known.
    """

    nodes: list[NodeProto] = field(default_factory=list)
    constants: dict[str, np.ndarray] = field(default_factory=dict)
    types: dict[str, ValueType] = field(default_factory=dict)
    containers: dict[str, Container] = field(default_factory=dict)
    sizes: dict[str, Sizes] = field(default_factory=dict)
    requirements: dict[str, int] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    learned: dict[str, ValueType] = field(default_factory=dict)
    meets_declared_sizes: bool = False
    undetermined: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    places: dict[int, tuple[str, int]] = field(default_factory=dict)
    type_protos: dict[str, TypeProto] = field(default_factory=dict)
    producers: dict[str, NodeProto] = field(default_factory=dict)
    read: dict[str, Sizes] = field(default_factory=dict)
    determined: dict[int, dict[str, ValueType]] = field(default_factory=dict)
    bodies: dict[str, Any] = field(default_factory=dict)
    kept_loops: set[str] = field(default_factory=set)

    def copy(self) -> "State":
        """The state as it is now: containers are copied, their elements shared."""
        return State(**{each.name: copy(getattr(self, each.name)) for each in fields(self)})

    def restore(self, before: "State") -> None:
        """Takes back everything since ``before`` was copied."""
        for each in fields(self):
            setattr(self, each.name, getattr(before, each.name))

    def has(self, name: str) -> bool:
        """Whether something is known of a value."""
        return name in self.types or name in self.containers
