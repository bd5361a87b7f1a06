"""Roles that a directory asks for, and what becomes of them: people grant or ignore them."""
