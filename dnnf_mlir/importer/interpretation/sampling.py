"""Sizes that a model is looked at: those that meet what it requires of its dynamic dimensions."""

from collections.abc import Sequence

from dnnf_mlir.graph.representatives import fitting
from dnnf_mlir.graph.size_relations import equations

from .context import Interpretation, OtherSizes


def meet(ctx: Interpretation, sizes: Sequence[int]) -> None:
    """Begins anew where a node requires these sizes not to be negative, and dimensions are not seen so yet.

    Raises OtherSizes with the dimensions that equal others, or else with representative sizes.
    """
    if equal := dict(equations(sizes)):
        raise OtherSizes(equal, {})
    if chosen := fitting([*ctx.state.requirements.values(), *sizes]):
        raise OtherSizes({}, chosen)
