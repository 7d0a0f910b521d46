"""Cutting a document into passages along its own structure, each fitted to the embedder's window."""

from copilot.chunking.chunker import chunk

__all__ = ["chunk"]
