"""Many-to-Many operators: an output element reads many input elements (paper, Table 2)."""

from . import convolution, matrix, normalization, pooling, recurrence, reduction, scan

__all__ = ["convolution", "matrix", "normalization", "pooling", "recurrence", "reduction", "scan"]
