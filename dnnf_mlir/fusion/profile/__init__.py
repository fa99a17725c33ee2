"""The profile database: measured latencies of regions, the shipped seed, and choosing variants by them."""
