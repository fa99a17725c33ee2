"""A convolution and the pool that reads it, in one kernel."""
