"""One-to-Many operators: an input element can feed several output elements (paper, Table 2)."""

from . import gather, repetition, resize

__all__ = ["gather", "repetition", "resize"]
