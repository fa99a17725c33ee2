"""softmax(Q K^T) V in one dispatch."""
