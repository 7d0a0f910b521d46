"""Published values and instances that the tools of the bundled plugins are held against, one module a plugin."""
