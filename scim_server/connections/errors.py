"""Why an operator's wish cannot be granted."""


class AdministrationError(Exception):
    """What an operator asked for cannot be done; the text is one plain sentence about what to do instead."""
