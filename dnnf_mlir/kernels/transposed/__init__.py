"""Transposed convolutions: one dense convolution for each phase of the stride."""
