"""How a kernel sees the dimensions of its operands."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from dnnf_mlir.graph.ecg import Value


@dataclass(frozen=True)
class Dimensions:
    """How a kernel sees tensors of ``shape``: the dimensions from ``merged_from`` on are one."""

    shape: tuple[int, ...]
    merged_from: int

    @staticmethod
    def of(value: Value) -> "Dimensions":
        """The value's dimensions as they are."""
        return Dimensions(value.type.shape, value.type.rank - 1)

    def seen(self, operand: Sequence[int], aligned_to: int | None = None) -> tuple[int, ...] | None:
        """The shape of an operand that broadcasts to ``shape``; None when it follows a part of what is merged.

        The operand's last dimension is ``aligned_to``, by default the last one.
        """
        last = len(self.shape) - 1
        behind = 0 if aligned_to is None else last - aligned_to
        before = len(self.shape) - len(operand) - behind
        aligned = (1,) * before + tuple(operand) + (1,) * behind
        merged = aligned[self.merged_from :]
        if merged != self.shape[self.merged_from :] and any(extent != 1 for extent in merged):
            return None
        return (*aligned[: self.merged_from], prod(merged))
