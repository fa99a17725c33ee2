"""Softmax along the channels."""
