"""Why the domain refuses a change: each says which rule, and what the caller may do instead."""

from scim_server.extension import InvalidChange, RuleBroken


class NotPermitted(RuleBroken):
    """A rule of the exam board forbids it."""

    def __init__(self, detail: str) -> None:
        """Say which, and what to do instead."""
        super().__init__(detail=detail)


class Unfit(InvalidChange):
    """A value has a wrong form, or names what does not exist."""

    def __init__(self, detail: str) -> None:
        """Say what would do."""
        super().__init__(detail=detail)


class Unchangeable(InvalidChange):
    """What a resource refers to stays the same: 400 ``mutability``."""

    scim_type = "mutability"

    def __init__(self, detail: str) -> None:
        """Say what to do instead."""
        super().__init__(detail=detail)


class AlreadyThere(RuleBroken):
    """The same exists already: 409 ``uniqueness``."""

    status = 409
    scim_type = "uniqueness"

    def __init__(self, detail: str) -> None:
        """Say where."""
        super().__init__(detail=detail)
