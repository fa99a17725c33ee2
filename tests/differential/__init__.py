"""Drawn cases of every operator, computed three ways: by us, by onnx.reference and by ONNX Runtime."""
