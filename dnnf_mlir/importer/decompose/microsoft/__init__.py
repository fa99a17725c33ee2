"""The operators of ONNX Runtime's domain com.microsoft as ONNX functions in text, a file for each family."""
