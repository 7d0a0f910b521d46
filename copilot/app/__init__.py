"""The application: what the faces call, and where the stages meet."""
