"""Writers of claims: the extractive one, which quotes, and those that a language model drives."""
