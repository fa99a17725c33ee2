"""Lowering of dnnf.onnx_node: scalar programs by operator family, run-time checks, and torch-mlir's path."""
