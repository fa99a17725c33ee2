"""Sequences and optionals: values that are no tensors, resolved to the tensors that they hold.

How many tensors a sequence holds is known before the model runs; so operators on sequences choose among names, and
only operators on tensors remain. Sequences at the model's border become a tensor each, "name/0", ....
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from onnx import NodeProto, TensorProto, TypeProto, ValueInfoProto, helper

from dnnf_mlir.errors import DynamicDimensionError, UnsupportedModelError
from dnnf_mlir.importer.shapes.value_type import declared_shape

Container: TypeAlias = tuple[str, ...] | None
"""The names of a sequence's tensors; None for an optional without a value. One that has a value is that value."""

Elements: TypeAlias = Mapping[str, Sequence[Sequence[int]] | None]
"""Name of an input -> the shapes of its sequence's tensors; None where an optional input has no value."""

RESOLVED = frozenset({"SequenceConstruct", "SequenceEmpty"})
"""Operators that only say what a sequence holds."""

_CONTENTS = frozenset({"Identity", "Optional", "OptionalGetElement"})
"""Operators whose result is their operand, or what that holds."""


def is_container(proto: TypeProto) -> bool:
    """Whether a value of this type is no tensor, but holds some, or none."""
    return proto.WhichOneof("value") in ("sequence_type", "optional_type")


def held_type(proto: TypeProto) -> TypeProto:
    """The tensor type at the heart of a sequence, an optional, or an optional sequence; an empty one for others."""
    if proto.WhichOneof("value") == "sequence_type":
        return held_type(proto.sequence_type.elem_type)
    if proto.WhichOneof("value") == "optional_type":
        return held_type(proto.optional_type.elem_type)
    return proto if proto.HasField("tensor_type") else TypeProto()


def is_sequence(proto: TypeProto) -> bool:
    """Whether a value of this type, where it has one, is a sequence."""
    inner = proto.optional_type.elem_type if proto.HasField("optional_type") else proto
    return bool(inner.HasField("sequence_type"))


def element_names(name: str, count: int) -> tuple[str, ...]:
    """The values that stand for the tensors of a sequence at the model's border."""
    return tuple(f"{name}/{i}" for i in range(count))


def bind_elements(
    inputs: Sequence[ValueInfoProto], elements: Elements, name: str
) -> tuple[list[ValueInfoProto], dict[str, Container]]:
    """The inputs as tensors, and the tensors of each sequence or optional.

    An optional tensor of known shape has a value unless ``elements`` says otherwise. ``name`` is the model's name in
    messages. Raises DynamicDimensionError for elements of what is no container or that do not fit its type, and
    UnsupportedModelError where a sequence's are not given.
    """
    tensors: list[ValueInfoProto] = []
    containers: dict[str, Container] = {}
    if unknown := set(elements) - {value.name for value in inputs if is_container(value.type)}:
        raise DynamicDimensionError(
            f"{name}: the model has no sequence or optional input named {', '.join(sorted(unknown))}"
        )
    for value in inputs:
        if not is_container(value.type):
            tensors.append(value)
            continue
        held = held_type(value.type)
        shapes = elements.get(value.name)
        declared = declared_shape(held)
        if shapes is None and value.name in elements and value.type.HasField("optional_type"):
            containers[value.name] = None
        elif is_sequence(value.type) and shapes is not None:
            names = element_names(value.name, len(shapes))
            tensors += [_tensor(part, held, shape, name) for part, shape in zip(names, shapes, strict=True)]
            containers[value.name] = names
        elif not is_sequence(value.type) and shapes is not None and len(shapes) == 1:
            tensors.append(_tensor(value.name, held, shapes[0], name))
        elif not is_sequence(value.type) and value.name not in elements and declared is not None:
            tensors.append(_tensor(value.name, held, declared, name))
        else:
            form = "a sequence" if is_sequence(value.type) else "an optional tensor"
            raise UnsupportedModelError(
                f"{name}: input '{value.name}' is {form}: give the shapes of its tensors, as --elements "
                f"{value.name}=2x3,4x3 for two (from Python elements={{'{value.name}': [(2, 3), (4, 3)]}})"
            )
    return tensors, containers


def _tensor(value: str, held: TypeProto, shape: Sequence[int | None], name: str) -> ValueInfoProto:
    declared = declared_shape(held)
    if declared is not None and (
        len(declared) != len(shape) or any(want not in (None, size) for want, size in zip(declared, shape, strict=True))
    ):
        raise DynamicDimensionError(
            f"{name}: '{value}' is given the shape {list(shape)}, but is declared as {declared}"
        )
    return helper.make_tensor_value_info(value, held.tensor_type.elem_type, list(shape))


def held_by(node: NodeProto, containers: Mapping[str, Container]) -> dict[str, Container] | None:
    """The contents of a result that is a sequence or an optional; None for a tensor, or if it must be computed."""
    if node.domain:
        return None
    operands = [name for name in node.input if name]
    if node.op_type == "SequenceConstruct":
        return {node.output[0]: tuple(operands)}
    if node.op_type == "SequenceEmpty":
        return {node.output[0]: ()}
    if node.op_type == "Optional" and not operands:
        return {node.output[0]: None}
    if node.op_type in _CONTENTS and operands[0] in containers:
        content = containers[operands[0]]
        if content is None and node.op_type == "OptionalGetElement":
            return None
        return {node.output[0]: content}
    return None


def problem_with_type(proto: TypeProto) -> str | None:
    """The reason why a value of this type cannot be compiled: "is of ... type"; None for a container of tensors."""
    held = held_type(proto).tensor_type.elem_type
    if held == TensorProto.STRING:
        return "holds strings; move the text processing out of the model"
    if is_container(proto) and held in helper.get_all_tensor_dtypes():
        return None
    form = str(proto.WhichOneof("value")).removesuffix("_type").replace("_", " ")
    return f"is of {form} type; only tensors, and sequences and optionals of these, can be compiled"
