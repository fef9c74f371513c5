"""Whether the users of one company see only that company."""
