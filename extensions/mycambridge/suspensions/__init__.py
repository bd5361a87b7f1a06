"""People whom a centre has suspended: no role there is effective, whoever gave it."""
