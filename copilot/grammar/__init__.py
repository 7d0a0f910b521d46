"""Grammars that bound what a model can write (GBNF), built from parts and checked before llama.cpp sees them."""
