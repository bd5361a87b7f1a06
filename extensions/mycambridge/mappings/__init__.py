"""Role mappings: members of a directory group have a role at a centre."""
