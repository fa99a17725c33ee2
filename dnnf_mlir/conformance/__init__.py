"""ONNX's backend tests, run in processes of their own and counted."""
