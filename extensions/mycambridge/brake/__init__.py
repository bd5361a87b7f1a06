"""The safety brake: too many people losing access at once through one connection wait for somebody to decide."""
