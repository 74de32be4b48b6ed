"""Measured comparisons: ``python -m benchmarks`` makes the input, runs everything and writes RESULTS.md."""
