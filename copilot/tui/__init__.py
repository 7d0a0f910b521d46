"""The terminal interface: screens and keys over the same events as the command line."""
