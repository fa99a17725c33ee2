"""DNNFusion as an MLIR dialect and pass pipeline."""
