"""Mapping type of element-wise operators with numpy broadcasting."""

from .dialect import Signature
from .mapping import MappingType


def broadcast_mapping(signature: Signature) -> MappingType:
    """One-to-Many when an operand computed at run time feeds several output elements, else One-to-One.

    A broadcast constant (a bias, a scale) counts as One-to-One: nothing is recomputed along the activation's edge.
    """
    for index, operand in enumerate(signature.inputs):
        if operand is None or index in signature.constant_inputs:
            continue
        if operand.elements != signature.output.elements:
            return MappingType.ONE_TO_MANY
    return MappingType.ONE_TO_ONE
