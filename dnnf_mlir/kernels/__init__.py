"""CPU kernels: what each accepts (``<anchor>/pattern.py``), how it is tiled and what it emits; see ``api.py``."""
