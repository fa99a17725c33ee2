"""What the installed onnx says about its own operators."""

import functools
from collections.abc import Mapping
from typing import Any

from onnx import defs, helper


@functools.cache
def attribute_defaults(op_type: str) -> Mapping[str, Any]:
    """Attributes of the newest version of an ONNX operator that have a default, with its value; strings decoded."""
    return {
        name: _python(helper.get_attribute_value(attribute.default_value))
        for name, attribute in defs.get_schema(op_type).attributes.items()
        if attribute.default_value.name
    }


def _python(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value
