"""A change that is only tried: it is made, its consequences are compared, and it is rolled back (``dryRun=true``)."""

from collections.abc import Collection, Sequence
from typing import Any

import orjson
from scim2_models import InvalidValueException
from scim2_server.requests import ScimRequest

from scim_server.extension import Consequences

PREVIEW = "urn:mycambridge:params:scim:api:messages:provisioning:2.0:Preview"


class Foreseen(Exception):  # noqa: N818 - no error: it ends the transaction of a trial, so that nothing is kept
    """What a change would begin and end."""

    def __init__(self, begun: Collection[str] = (), ended: Collection[str] = ()) -> None:
        """Hold the facts, each as the text of a JSON object."""
        super().__init__("A change was tried, and is rolled back.")
        self.begun = sorted(begun)
        self.ended = sorted(ended)

    def message(self) -> dict[str, Any]:
        """Return the answer to the request that tried the change."""
        return {
            "schemas": [PREVIEW],
            "gains": [orjson.loads(fact) for fact in self.begun],
            "losses": [orjson.loads(fact) for fact in self.ended],
        }


class Trial:
    """Compares the facts before and after one change."""

    def __init__(self) -> None:
        """Wait for a change."""
        self._consequences: list[Consequences] = []
        self._before: set[str] = set()

    def begin(self, consequences: Sequence[Consequences | None]) -> None:
        """Look at the facts that a change may begin or end."""
        self._consequences = [each for each in consequences if each is not None]
        self._before = self._facts()

    def end(self) -> None:
        """End the trial, after the change.

        :raises Foreseen: Always.
        """
        after = self._facts()
        raise Foreseen(after - self._before, self._before - after)

    def _facts(self) -> set[str]:
        return {fact for facts in self._consequences for fact in facts()}


def is_trial(request: ScimRequest) -> bool:
    """Tell whether a request is only tried, so that its refusal refuses nothing."""
    return request.query.get("dryRun") == "true"


def asks_for_trial(request: ScimRequest) -> bool:
    """Tell whether a request only wants to see what it would do.

    :raises InvalidValueException: When it says so in a way that could be misunderstood, or tries a bulk request.
    """
    asked = request.query.get("dryRun")
    if asked is None or asked == "false":
        return False
    if asked != "true" or request.path.strip("/").lower() == "bulk":
        raise InvalidValueException(detail="dryRun is true or false, and tries one operation at a time, not /Bulk.")
    return True
