"""Measuring: rank metrics, and reading the test sets that they are taken on."""
