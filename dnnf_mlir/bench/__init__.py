"""Comparison with other engines on one model."""
