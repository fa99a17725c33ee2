"""Loops, scans and branches."""
