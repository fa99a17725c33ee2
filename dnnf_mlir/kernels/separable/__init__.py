"""A depthwise convolution and the pointwise one that reads it, in one dispatch."""
