"""Abstract interpretation of a graph: every node is evaluated on types, sizes and constants instead of tensors."""
