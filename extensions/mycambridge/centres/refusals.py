"""Why a centre is refused."""

from scim_server.extension import InvalidChange, RuleBroken


class UnknownCentreShape(InvalidChange):
    """A centre number has another form."""

    def __init__(self, detail: str) -> None:
        """Say what a centre number looks like."""
        super().__init__(detail=detail)


class ForeignCentre(RuleBroken):
    """A connection named a centre that is not its organisation's."""

    def __init__(self, detail: str) -> None:
        """Name the centres that are."""
        super().__init__(detail=detail)
