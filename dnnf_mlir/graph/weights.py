"""Constants of a module: numpy arrays in, MLIR attributes out, and back, without copying weights.

Weights above :data:`INLINE_BYTES` are ``dense_resource`` attributes over the caller's buffer. The bindings cannot read
such an attribute back, so the array of each resource is remembered per context under the resource's key.
"""

import re
from weakref import WeakKeyDictionary

import numpy as np

from dnnf_mlir.bindings.mlir import ir

from .tensor_type import TensorType

INLINE_BYTES = 1024
"""Constants up to this size print inline, where a reader sees them; larger ones are resources."""

_arrays: "WeakKeyDictionary[ir.Context, dict[str, np.ndarray]]" = WeakKeyDictionary()
_KEY = re.compile(r'^dense_resource<(?:"((?:[^"\\]|\\.)*)"|([^>]*))>')
_HEADER_BYTES = 4
"""A resource's text form starts with its alignment as four bytes."""


def attribute_of(array: np.ndarray, name: str, element_type: ir.Type) -> ir.Attribute:
    """The attribute that holds ``array``: no copy when it is a resource. ``name`` hints at the resource's key."""
    array = np.asarray(array, order="C")
    tensor = ir.RankedTensorType.get(array.shape, element_type)
    # The bindings cannot read inline bfloat16 back, nor the types narrower than a byte.
    if array.nbytes <= INLINE_BYTES and array.dtype.kind != "V" and not TensorType.of(array).is_narrow:
        return _inline(array, element_type, tensor)
    remembered = _arrays.setdefault(ir.Context.current, {})
    key = re.sub(r"[^A-Za-z0-9_]", "_", name) or "constant"
    attribute = ir.DenseResourceElementsAttr.get_from_buffer(array.reshape(-1).view(np.uint8).data, key, tensor)
    remembered[_key(str(attribute))] = array
    return attribute


def array_of(attribute: ir.Attribute, tensor_type: TensorType) -> np.ndarray:
    """The array behind a constant's attribute; a view for resources.

    Raises KeyError for a resource of a module that was parsed without :func:`remember_resources`.
    """
    attribute = attribute.maybe_downcast()
    if isinstance(attribute, ir.DenseElementsAttr):
        return _elements(attribute, tensor_type)
    return _arrays[attribute.context][_key(str(attribute))].reshape(tensor_type.shape)


def remember_resources(text: str, types: dict[str, TensorType], context: ir.Context) -> None:
    """Decodes the ``dialect_resources`` section of a module's text for the given keys and their types.

    The context must be fresh: MLIR renames the keys of a second module in the same context.
    """
    remembered = _arrays.setdefault(context, {})
    start = text.rfind("{-#")
    if start < 0:
        return
    for match in re.finditer(r'("?)([^\s"]+)\1\s*:\s*"0x([0-9A-Fa-f]*)"', text[start:]):
        if match[2] in types:
            tensor_type = types[match[2]]
            data = bytes.fromhex(match[3])[_HEADER_BYTES:]
            remembered[match[2]] = np.frombuffer(data, tensor_type.numpy_dtype).reshape(tensor_type.shape)


def resource_key(attribute: ir.Attribute) -> str | None:
    """Key of a dense_resource attribute, None for other attributes."""
    elements = attribute.maybe_downcast()
    return _key(str(elements)) if isinstance(elements, ir.DenseResourceElementsAttr) else None


def _key(text: str) -> str:
    match = _KEY.match(text)
    if match is None:
        raise ValueError(f"not a dense_resource attribute: {text[:80]}")
    return match[1] if match[1] is not None else match[2]


def _inline(array: np.ndarray, element_type: ir.Type, tensor: ir.Type) -> ir.Attribute:
    if array.size == 0:
        return ir.Attribute.parse(f"dense<> : {tensor}")
    if array.dtype.kind == "V":  # bfloat16: the bindings know no numpy dtype for it
        array = array.view(np.uint16)
    return ir.DenseElementsAttr.get(array, type=element_type, shape=list(array.shape))


def _elements(attribute: ir.DenseElementsAttr, tensor_type: TensorType) -> np.ndarray:
    if tensor_type.elements == 0:
        return np.zeros(tensor_type.shape, tensor_type.numpy_dtype)
    if tensor_type.dtype == "bf16":
        return np.array(attribute).view(np.uint16).view(tensor_type.numpy_dtype).reshape(tensor_type.shape)
    return np.array(attribute).astype(tensor_type.numpy_dtype, copy=False).reshape(tensor_type.shape)
