"""Matrix products, by constant weights or of two activations."""
