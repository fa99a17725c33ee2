"""One-to-One operators: every output element reads one element of each input (paper, Table 2)."""

from . import activations, arithmetic, comparison, elementary, logic, movement, normalization, selection

__all__ = [
    "activations",
    "arithmetic",
    "comparison",
    "elementary",
    "logic",
    "movement",
    "normalization",
    "selection",
]
