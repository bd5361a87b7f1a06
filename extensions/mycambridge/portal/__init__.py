"""What everybody sees: services as tiles, the organisations they belong to, their roles and why. Pages only."""
