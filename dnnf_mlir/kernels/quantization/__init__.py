"""Quantisation by the range of the values themselves."""
