"""Free dimensions of the inputs: each must get a size, as everything is compiled for static shapes."""

from collections.abc import Mapping

from onnx import ValueInfoProto

from dnnf_mlir.errors import FreeDimensionError


def bind_dimensions(inputs: list[ValueInfoProto], dims: Mapping[str, int], name: str) -> None:
    """Writes the sizes of `dims` into the shapes of `inputs`, in place.

    Args:
        inputs: the model's inputs, tensors of known rank.
        dims: size by dimension name; a dimension without one is called INPUT.AXIS, as in "image.0".
        name: the model's name in messages.

    Raises:
        FreeDimensionError: dimensions without a size (all of them), sizes for dimensions that do not exist, or sizes
            below one.
    """
    free: dict[str, list[str]] = {}
    bound = set()
    for value in inputs:
        for axis, dim in enumerate(value.type.tensor_type.shape.dim):
            if dim.HasField("dim_value") and dim.dim_value >= 0:
                continue
            key = dim.dim_param or f"{value.name}.{axis}"
            if key in dims:
                dim.dim_value = dims[key]
                bound.add(key)
            else:
                free.setdefault(key, []).append(f"axis {axis} of input '{value.name}'")
    if free:
        lines = "\n".join(f"  {', '.join(places)}: --dim {key}=N" for key, places in free.items())
        raise FreeDimensionError(f"{name}: dimensions without a size; give each one:\n{lines}")
    if unknown := [key for key in dims if key not in bound]:
        raise FreeDimensionError(f"{name}: the model has no free dimension named {', '.join(unknown)}")
    if bad := [f"{key}={size}" for key, size in dims.items() if size < 1]:
        raise FreeDimensionError(f"{name}: the size of a dimension is at least 1: {', '.join(bad)}")
