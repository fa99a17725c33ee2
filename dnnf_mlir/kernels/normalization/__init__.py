"""Layer, RMS and instance normalization."""
