"""Facts of element-wise operators with numpy broadcasting."""

import numpy as np

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


def broadcast_problem(signature: Signature) -> str | None:
    """Words for operands that do not broadcast to the result's shape."""
    shapes = [operand.shape for operand in signature.inputs if operand is not None]
    try:
        expected = np.broadcast_shapes(*shapes)
    except ValueError:
        return f"operands do not broadcast: {', '.join(map(str, shapes))}"
    if expected != signature.output.shape:
        return f"operands broadcast to {expected}, but the result is {signature.output}"
    return None
