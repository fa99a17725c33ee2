"""The vocabulary for emitting IR with IREE's bindings: scalars, vectors, index arithmetic, types, constants, sizes."""
