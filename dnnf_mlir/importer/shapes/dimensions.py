"""Free dimensions of the inputs: each gets a size, or stays free under its name."""

import keyword
import re
from collections.abc import Mapping

from onnx import TensorShapeProto, ValueInfoProto

from dnnf_mlir.errors import DynamicDimensionError
from dnnf_mlir.graph.size import Size, is_data_dependent
from dnnf_mlir.importer.shapes.value_type import ValueType

COUNTED = "count:"
"""How the names of dimensions begin that may be 0: those of a loop's body, whose inputs are run-time values."""


def bind_dimensions(
    inputs: list[ValueInfoProto], dims: Mapping[str, int], name: str
) -> tuple[dict[str, ValueType], list[str]]:
    """The types of the inputs, with the sizes of `dims`, and the names of the dimensions that these leave free.

    Args:
        inputs: the model's inputs, tensors of known rank.
        dims: size by dimension name; a dimension without one is called INPUT.AXIS, as in "image.0". A placeholder
            stands for all dimensions that carry it. A declared size of 0 can be bound as a free one: some exporters
            write 0 for a size that they do not know.
        name: the model's name in messages.

    Raises:
        DynamicDimensionError: sizes for dimensions that do not exist, or sizes below one.
    """
    bound = set()
    free: dict[str, str] = {}
    types = {}
    for value in inputs:
        declared = value.type.tensor_type.shape.dim
        shape = [dim.dim_value for dim in declared]
        names = {axis: key for key, axis in dynamic_axes(value)}
        for axis, dim in enumerate(declared):
            key = names.get(axis, f"{value.name}.{axis}")
            if axis not in names and (shape[axis] or key not in dims):
                continue
            if given := [text for text in (key, dim.dim_param) if text in dims]:
                shape[axis] = dims[given[0]]
                bound.update(given)
            else:
                shape[axis] = Size.free(_identifier(key, free))
        types[value.name] = ValueType(value.type.tensor_type.elem_type, tuple(shape))
    if unknown := [key for key in dims if key not in bound]:
        raise DynamicDimensionError(f"{name}: the model has no free dimension named {', '.join(unknown)}")
    if bad := [f"{key}={size}" for key, size in dims.items() if size < 1]:
        raise DynamicDimensionError(f"{name}: the size of a dimension is at least 1: {', '.join(bad)}")
    return types, list(free)


def dynamic_axes(value: ValueInfoProto) -> list[tuple[str, int]]:
    """The dimensions of an input that have no size: their names and axes."""
    return [
        (dimension_name(dim) or f"{value.name}.{axis}", axis)
        for axis, dim in enumerate(value.type.tensor_type.shape.dim)
        if not dim.HasField("dim_value") or dim.dim_value < 0
    ]


def dimension_name(dim: TensorShapeProto.Dimension) -> str:
    """The name of a dimension: equal names are equal sizes. Empty for a placeholder, which names no dimension."""
    text = dim.dim_param.strip()
    return "" if _PLACEHOLDER.fullmatch(text) else dim.dim_param


_PLACEHOLDER = re.compile(r"[\W_]*|-\d+|none|null|nan|unk|unknown|undefined|dynamic|any", re.IGNORECASE)
"""What exporters write for a size that they do not know: no letters, a negative number, or one of these words."""


def _identifier(key: str, taken: dict[str, str]) -> str:
    """A Python identifier for the dimension of that name, which expressions can use."""
    if key not in taken:
        name = re.sub(r"\W", "_", key)
        if key.startswith(COUNTED):
            taken[key] = name
            return name
        name = (
            name if name.isidentifier() and not keyword.iskeyword(name) and not is_data_dependent(name) else f"d_{name}"
        )
        while name in taken.values():
            name += "_"
        taken[key] = name
    return taken[key]
