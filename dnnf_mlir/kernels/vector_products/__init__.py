"""Chains of small products on one vector for each batch item: squeeze-and-excitation, classifiers."""
