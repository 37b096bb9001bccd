"""Dateline beside other programs, on the same articles: `python -m benchmarks.peers DATA CACHE`."""
