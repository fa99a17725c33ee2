"""Types, shapes and constant values of an ONNX graph: static, dynamic and data-dependent sizes."""
