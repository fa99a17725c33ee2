"""ONNX operators written with simpler ones."""
