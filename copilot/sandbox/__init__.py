"""Walls around what is not trusted: processes without a network, with limits, that can be killed at any time."""
