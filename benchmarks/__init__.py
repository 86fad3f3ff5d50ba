"""Benchmarks for the figures in docs/performance.md."""
