"""The graph as plain Python: tensor types, sizes, the ECG, algorithms on it, and the way from and to dnnf IR."""
