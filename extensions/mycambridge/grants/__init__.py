"""Role grants: a role given to one person by hand."""
