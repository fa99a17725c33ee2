"""Transposed convolutions whose windows do not overlap, as matrix products."""
