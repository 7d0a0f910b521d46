"""Measuring speed and quality; see README.md."""
