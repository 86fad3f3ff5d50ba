"""The benchmarks behind the figures of docs/performance.md."""
