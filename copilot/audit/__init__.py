"""The log of what was asked, read, run, approved and answered: append-only, each record chained to the one before."""
