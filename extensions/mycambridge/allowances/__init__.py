"""Roles that a connection may give by the core attribute ``roles``, because people have allowed it (rule 5)."""
