"""Constant tensors of the module being built: one ``arith.constant`` per array and form, on top of the function."""

from collections.abc import Callable, Hashable

import numpy as np

from dnnf_mlir.bindings.iree import arith, ir, util
from dnnf_mlir.emit.types import element_attribute, element_type, tensor_of
from dnnf_mlir.graph.constants import splat_value
from dnnf_mlir.graph.tensor_type import TensorType, as_stored
from dnnf_mlir.iree.archives import SCOPE

LEAST_BYTES = 1024
"""Size from which a constant is a parameter; smaller ones stay in the module."""


class Parameters:
    """The weights of a module that stay outside of it: by name, in an archive of their own, mapped at run time.

    ::

        %w = arith.constant dense_resource<...> : tensor<8x4xf32>
        ->
        util.global private @weight_0 = #flow.parameter.named<"model"::"weight_0"> : tensor<8x4xf32>
        %w = util.global.load immutable @weight_0 : tensor<8x4xf32>
    """

    def __init__(self) -> None:
        self.arrays: dict[str, np.ndarray] = {}

    def load(self, array: np.ndarray, type_: ir.Type, function: ir.Operation) -> ir.Value:
        """Makes ``array`` the next parameter, and loads it as a tensor of ``type_`` at the insertion point.

        Its global stands in front of ``function``.
        """
        name = f"weight_{len(self.arrays)}"
        self.arrays[name] = array
        initial = ir.Attribute.parse(f'#flow.parameter.named<"{SCOPE}"::"{name}"> : {type_}')
        with ir.InsertionPoint(function):
            util.GlobalOp(name, ir.TypeAttr.get(type_), sym_visibility="private", initial_value=initial)
        return util.GlobalLoadOp(type_, name, is_immutable=True).result


_INLINE_BYTES = 64


class ConstantPool:
    """Creates constants at the start of ``block``; the same key gives the same value.

    Weights are resources over the caller's memory, without a copy, or ``parameters`` where these are given.
    Transformed weights are computed once per key.
    """

    def __init__(self, block: ir.Block, parameters: Parameters | None = None) -> None:
        self._block = block
        self._parameters = parameters
        self._values: dict[Hashable, ir.Value] = {}
        self._arrays: dict[Hashable, np.ndarray] = {}
        self._kept: list[np.ndarray] = []
        self._last: ir.Operation | None = None

    def get(self, array: np.ndarray, key: Hashable = None) -> ir.Value:
        """A constant with these elements. ``key`` defaults to the identity of the array, which the pool keeps alive."""
        if key is None:
            key = _identity(array)
        if key not in self._values:
            self._kept.append(array)
            self._values[key] = self._create(array)
        return self._values[key]

    def derive(self, array: np.ndarray, form: Hashable, transform: Callable[[np.ndarray], np.ndarray]) -> ir.Value:
        """The constant ``transform(array)``; ``form`` names the transformation (``"hwcf"``, ``("reshape", 4, 8)``)."""
        key = (_identity(array), form)
        if key not in self._values:
            self._kept.append(array)
            self._values[key] = self._create(transform(array))
        return self._values[key]

    def _create(self, array: np.ndarray) -> ir.Value:
        array = as_stored(np.asarray(array, order="C"))
        type_ = tensor_of(TensorType.of(array))
        with ir.InsertionPoint.at_block_begin(self._block), ir.Location.unknown():
            if self._parameters is not None and _is_large(array):
                value = self._parameters.load(array, type_, self._block.owner)
            else:
                value = arith.ConstantOp(type_, _attribute(array, f"constant_{len(self._values)}")).result
        created = value.owner
        if self._last is not None:
            created.move_after(self._last)
        self._last = created
        return value


def _is_large(array: np.ndarray) -> bool:
    """Whether an array is worth a place in an archive: not where one number fills it."""
    return array.nbytes >= LEAST_BYTES and array.dtype != np.bool_ and splat_value(array) is None


def _identity(array: np.ndarray) -> Hashable:
    return (array.__array_interface__["data"][0], array.shape, array.strides, array.dtype)


def _attribute(array: np.ndarray, name: str) -> ir.Attribute:
    type_ = TensorType.of(array)
    tensor = tensor_of(type_)
    element = element_type(type_.dtype)
    splat = splat_value(array)
    if splat is not None:
        return ir.DenseElementsAttr.get_splat(tensor, element_attribute(element, splat))
    if array.size == 0:
        return ir.Attribute.parse(f"dense<> : {tensor}")
    if array.nbytes <= _INLINE_BYTES or type_.dtype == "i1":
        if type_.dtype == "bf16":
            array = array.view(np.uint16)
        return ir.DenseElementsAttr.get(array, type=element, shape=list(array.shape), signless=True)
    buffer = memoryview(array.reshape(-1).view(np.uint8))  # type: ignore[arg-type]  # numpy's arrays are buffers
    return ir.DenseResourceElementsAttr.get_from_buffer(buffer, name, tensor)
