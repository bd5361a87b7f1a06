"""Who has which role, where, why and since when: computed from memberships, mappings, grants and designations."""
