"""The connections of a centre's directories: who may open, renew and end them, and what to do when one is refused."""
