"""Pages for people: what every page shares, and those about one's own account."""
