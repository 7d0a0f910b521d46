"""Killing the program at random moments; run as ``python -m benchmarks.kills``."""
