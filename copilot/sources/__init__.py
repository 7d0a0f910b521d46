"""Where documents come from: folders and files on this machine's disk."""
