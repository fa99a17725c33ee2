"""Trained models as Python packages ship them: compiled, compared with ONNX Runtime, timed."""
