"""Dense convolutions and matrix products."""
