"""The one screen, in parts: what is shared, asking, sources, library, tools, and the rest."""
