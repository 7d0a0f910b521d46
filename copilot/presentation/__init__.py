"""Answers and search results as a terminal, a pipe, a program or a document wants them.

Every face prints only what the records hold, in the user's language, with all outside text through `copilot.sanitise`.
"""
