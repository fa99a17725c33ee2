"""Models to measure with, and the side-by-side comparison of engines."""
