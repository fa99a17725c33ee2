"""Fusion planning on the ECG: which operators become one kernel, and why (paper, sections 3 and 4.4)."""
