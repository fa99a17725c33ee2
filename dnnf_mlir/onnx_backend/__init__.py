"""The standard ONNX backend, and the report over ONNX's own backend tests."""
