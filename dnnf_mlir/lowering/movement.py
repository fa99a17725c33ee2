"""Operators that move elements by tensor operations of their own."""
