"""Weights that stay outside of the module: IREE's parameters, kept in an archive of their own and mapped at run time.

::

    %w = arith.constant dense_resource<...> : tensor<8x4xf32>
    ->
    util.global private @weight_0 = #flow.parameter.named<"model"::"weight_0"> : tensor<8x4xf32>
    %w = util.global.load immutable @weight_0 : tensor<8x4xf32>
"""

import numpy as np

from dnnf_mlir.bindings.iree import ir, util
from dnnf_mlir.iree.archives import SCOPE

LEAST_BYTES = 1024
"""Size from which a constant is a parameter; smaller ones stay in the module."""


class Parameters:
    """The weights of a module that is being built, by name, as they are stored."""

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
