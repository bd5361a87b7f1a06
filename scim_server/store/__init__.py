"""Resources on SQL: one tenant, one transaction."""
