"""Measuring: devices, the profiler that answers a plan's open questions, and the search over kernel variants."""
