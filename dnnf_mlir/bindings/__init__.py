"""The two import seams: torch_mlir's MLIR bindings (IRDL) and IREE's."""
