"""Approvals: who of a mapped group may have a sensitive role."""
