"""Convolutions with constant weights: dense, Winograd's or depthwise."""
