"""Plugins and their tools: found, trusted, described, and run behind walls."""
