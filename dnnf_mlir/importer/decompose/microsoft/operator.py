"""What a file of a family says about its operators: signatures in text, and bodies in text or functions that give them.

A signature is the head of an ONNX function, ``Name <attribute: type = default> (inputs) => (outputs)``. An input that
may be omitted ends with ``?``, the last one with ``...`` if there may be any number of it.
"""

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np
from onnx import FunctionProto, NodeProto, defs, helper, parser

from dnnf_mlir.importer.decompose.functions import LOCAL_DOMAIN
from dnnf_mlir.importer.shapes.value_type import ValueType

DOMAIN = "com.microsoft"
VERSION = 1


class NotCovered(Exception):
    """A form of an operator that has no body; the text says what about it."""


@dataclass
class Call:
    """A node of the domain: what a body is chosen by. Inputs, outputs and attributes have the signature's names.

    Args:
        operator: the node's operator.
        node: the node itself.
        types: the types of the graph's values.
        known: the constants of the graph.
        constants: what the body reads beside the node's inputs, by names in its text.
    """

    operator: "Operator"
    node: NodeProto
    types: Mapping[str, ValueType]
    known: Mapping[str, np.ndarray]
    constants: dict[str, np.ndarray] = field(default_factory=dict)

    @functools.cached_property
    def attributes(self) -> dict[str, Any]:
        """Attributes by name, with defaults; text is str."""
        given = [*self.operator.defaults, *self.node.attribute]
        values = {attribute.name: helper.get_attribute_value(attribute) for attribute in given}
        return {name: value.decode() if isinstance(value, bytes) else value for name, value in values.items()}

    def attribute(self, name: str, default: Any = None) -> Any:
        """An attribute's value; ``default`` for one that the node leaves out and the signature gives no default for."""
        return self.attributes.get(name, default)

    def has(self, name: str) -> bool:
        """Whether the node has an input."""
        return bool(self._input(name))

    def wants(self, name: str) -> bool:
        """Whether the node has an output."""
        index = self.operator.outputs.index(name)
        return index < len(self.node.output) and bool(self.node.output[index])

    def type(self, name: str) -> ValueType:
        """The type of an input."""
        return self.types[self._input(name)]

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of an input; dynamic dimensions are sizes."""
        return self.type(name).shape

    def rank(self, name: str) -> int:
        """The number of an input's dimensions."""
        return len(self.shape(name))

    def value(self, name: str) -> np.ndarray | None:
        """An input that is a constant; None for one that is omitted or computed at run time."""
        return self.known.get(self._input(name))

    def refuse(self, reason: str) -> NoReturn:
        """Raises NotCovered."""
        raise NotCovered(reason)

    def _input(self, name: str) -> str:
        index = self.operator.inputs.index(name)
        return self.node.input[index] if index < len(self.node.input) else ""


Body = str | Callable[[Call], str]
"""The nodes of a function in ONNX text, or what gives them for one call."""


@dataclass(frozen=True)
class Operator:
    """An operator of the domain.

    Attributes:
        name: its name.
        inputs: all inputs, the optional ones last or between.
        required: the inputs that every node must have.
        several: whether there may be any number of the last input.
        outputs: all outputs; each but the first may be omitted.
        attributes: the names of all attributes.
        defaults: the attributes that have a default (ONNX's AttributeProto).
        head: attributes in text, as a function in text has them.
        body: its nodes.
    """

    name: str
    inputs: tuple[str, ...]
    required: frozenset[str]
    several: bool
    outputs: tuple[str, ...]
    attributes: frozenset[str]
    defaults: tuple[Any, ...]
    head: str
    body: Body

    def function(self, call: Call) -> FunctionProto:
        """The ONNX function for one call. Raises NotCovered."""
        self._check(call)
        nodes = self.body if isinstance(self.body, str) else self.body(call)
        inputs = [*self.inputs[: -1 if self.several else None], *self.further_inputs(call.node)]
        return _parsed(f"{self.head} ({', '.join([*inputs, *call.constants])}) => ({', '.join(self.outputs)})", nodes)

    def further_inputs(self, node: NodeProto) -> list[str]:
        """The names, in the body, of the inputs of which there may be any number: the last one's with an index."""
        fixed = len(self.inputs) - 1
        return [f"{self.inputs[-1]}_{i}" for i in range(len(node.input) - fixed)] if self.several else []

    def _check(self, call: Call) -> None:
        node = call.node
        if missing := [name for name in self.inputs if name in self.required and not call.has(name)]:
            call.refuse(f"it has no input {missing[0]}")
        if len(node.input) > len(self.inputs) and not self.several and any(node.input[len(self.inputs) :]):
            call.refuse(f"it has {len(node.input)} inputs; {len(self.inputs)} are known")
        if unknown := [attribute.name for attribute in node.attribute if attribute.name not in self.attributes]:
            call.refuse(f"its attribute {unknown[0]} is not known")
        if any(node.output[len(self.outputs) :]):
            call.refuse(f"it has {len(node.output)} outputs; {len(self.outputs)} are known")


_SIGNATURE = re.compile(r"\s*(\w+)\s*(<[^>]*>)?\s*\(([^)]*)\)\s*=>\s*\(([^)]*)\)\s*", re.ASCII)


def operator(signature: str, body: Body) -> Operator:
    """An operator from its signature and its body."""
    matched = _SIGNATURE.fullmatch(signature)
    assert matched is not None, signature
    name, attributes, inputs, outputs = (group or "" for group in matched.groups())
    operands = [part.strip() for part in inputs.split(",")]
    head = f"{name} {attributes}"
    empty = _parsed(f"{head} () => ()", "")
    names = {*empty.attribute, *(attribute.name for attribute in empty.attribute_proto)}
    return Operator(
        name=name,
        inputs=tuple(operand.rstrip("?.") for operand in operands),
        required=frozenset(operand for operand in operands if not operand.endswith(("?", "..."))),
        several=operands[-1].endswith("..."),
        outputs=tuple(part.strip() for part in outputs.split(",")),
        attributes=frozenset(names),
        defaults=tuple(empty.attribute_proto),
        head=head,
        body=body,
    )


@functools.lru_cache(1024)
def _parsed(head: str, nodes: str) -> FunctionProto:
    opsets = f'"" : {defs.onnx_opset_version()}, "{DOMAIN}" : {VERSION}, "{LOCAL_DOMAIN}" : 1'
    function = parser.parse_function(f'<domain: "{DOMAIN}", opset_import: [{opsets}]> {head} {{ {nodes} }}')
    defined = [*function.input, *(output for node in function.node for output in node.output)]
    assert len(set(defined)) == len(defined), f"{head}: {[name for name in defined if defined.count(name) > 1]}"
    return function


def number(name: str, value: float, like: str) -> str:
    """Text of a scalar constant that has the element type of ``like``."""
    return f"{name}_wide = Constant <value = double {{{value!r}}}> ()  {name} = CastLike({name}_wide, {like})"


def ints(name: str, *values: int) -> str:
    """Text of an int64 list."""
    return f"{name} = Constant <value_ints: ints = [{', '.join(map(str, values))}]> ()"
