"""People and groups as the domain sees them: the centres they belong to, and what is derived for readers."""
