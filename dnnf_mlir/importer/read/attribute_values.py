"""Attributes with values that ONNX does not allow, or that no machine can do: onnx.checker looks at types alone."""

from onnx import AttributeProto, NodeProto, helper

from dnnf_mlir.dialect_defs.onnx_facts import domains_of
from dnnf_mlir.errors import InvalidModelError, UnsupportedModelError
from dnnf_mlir.importer.graphs import describe

_LARGEST_WINDOW = 1 << 20
"""Positions: a window is gone through element by element, and its padding takes memory."""
_WINDOW_SIZES = frozenset({"kernel_shape", "dilations", "pads", "output_padding"})


def check_attribute_values(node: NodeProto, model: str) -> None:
    """Checks the attributes of a node of ONNX's own; ``model`` is the model's name in messages.

    Raises:
        InvalidModelError: none of the values that ONNX allows.
        UnsupportedModelError: windows that are too large.
    """
    if node.domain:
        return
    domains = domains_of(node.op_type)
    for attribute in node.attribute:
        allowed = domains.get(attribute.name)
        if allowed is not None and (value := _text(attribute)) not in allowed:
            raise InvalidModelError(
                f"{model}: {describe(node)}: its attribute {attribute.name} is '{value}'; ONNX allows "
                + ", ".join(allowed)
            )
        if attribute.name in _WINDOW_SIZES and max(map(abs, attribute.ints), default=0) > _LARGEST_WINDOW:
            raise UnsupportedModelError(
                f"{model}: {describe(node)}: its {attribute.name} {list(attribute.ints)} are too large; windows of up "
                f"to {_LARGEST_WINDOW} positions can be compiled"
            )


def _text(attribute: AttributeProto) -> str:
    value = helper.get_attribute_value(attribute)
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
