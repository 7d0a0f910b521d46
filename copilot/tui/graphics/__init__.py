"""Pictures on a terminal: what it can show, and the bytes that it takes. Nothing here is made from outside text."""
