"""The analyst's copilot: cited, machine-checked answers from one's own documents, fully offline."""

__version__ = "0.1.0"
