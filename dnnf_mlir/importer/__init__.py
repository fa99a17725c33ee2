"""The importer: from an ONNX model to the dnnf dialect."""
