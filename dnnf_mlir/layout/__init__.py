"""Channels-last layouts: which values take them, and rebuilding the graph on permuted tensors."""
