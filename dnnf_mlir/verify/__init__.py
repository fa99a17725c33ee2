"""A compiled module against the reference evaluation."""
