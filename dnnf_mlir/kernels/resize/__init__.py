"""Resize: nearest, linear and cubic interpolation, one dimension after the other."""
