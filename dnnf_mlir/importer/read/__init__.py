"""Reading an ONNX file: loading, checking, opset conversion, digest."""
