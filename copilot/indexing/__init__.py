"""Vectors, lexical and dense indexes over the chunks: derived from the truth, and rebuilt from it."""
