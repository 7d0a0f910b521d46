"""The truth on disk: what was read from the user's documents, and what was answered."""
