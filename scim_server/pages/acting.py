"""What pages ask of the SCIM service for the person who is signed in: the same requests that the API takes.

So a page has no rule and no query of its own. Every refusal is the API's, and the journal names the person.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from scim2_server.requests import ScimRequest

from scim_server.extension import Principal
from scim_server.protocol.server import ScimServer, TenantRequest

Json = dict[str, Any]
PAGE = 500


class Refused(Exception):  # noqa: N818 - an answer, which a page shows
    """The service refuses what a page asked; the text says why, and what to do instead."""

    def __init__(self, status: int, detail: str, scim_type: str | None = None) -> None:
        """Keep what the SCIM error says (RFC 7644 §3.12)."""
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.scim_type = scim_type


class Acting:
    """Asks the SCIM service about one tenant, as one principal."""

    def __init__(self, server: ScimServer, principal: Principal, tenant: str, request_id: str | None = None) -> None:
        """Act as a principal in a tenant that it reaches."""
        self._server = server
        self.principal = principal
        self.tenant = tenant
        self._request_id = request_id

    def get(self, path: str, **query: str) -> Json:
        """Return a resource, a view of it, or a list response.

        :raises Refused: When the service refuses.
        """
        return self._ask("GET", path, query)

    def list(self, endpoint: str, **query: str) -> Json:
        """Return one page of a list: ``Resources`` (perhaps empty) and ``totalResults``."""
        answer = self.get(endpoint, **query)
        answer.setdefault("Resources", [])
        return answer

    def all(self, endpoint: str, **query: str) -> Iterator[Json]:
        """Yield every resource of a list, asking for one page after another by cursor (RFC 9865)."""
        cursor: str | None = ""
        while cursor is not None:
            answer = self.list(endpoint, **query, count=str(PAGE), cursor=cursor)
            yield from answer["Resources"]
            cursor = answer.get("nextCursor")

    def post(self, endpoint: str, resource: Mapping[str, Any], *, dry_run: bool = False) -> Json:
        """Create a resource, or return what creating it would begin and end."""
        return self._ask("POST", endpoint, _trial(dry_run), resource)

    def put(self, path: str, resource: Mapping[str, Any], *, dry_run: bool = False) -> Json:
        """Replace a resource, or return what that would begin and end."""
        return self._ask("PUT", path, _trial(dry_run), resource)

    def patch(self, path: str, *operations: Mapping[str, Any], dry_run: bool = False) -> Json:
        """Change a resource (RFC 7644 §3.5.2), or return what that would begin and end."""
        body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list(operations)}
        return self._ask("PATCH", path, _trial(dry_run), body)

    def delete(self, path: str, *, dry_run: bool = False) -> Json:
        """Delete a resource, or return what that would end."""
        return self._ask("DELETE", path, _trial(dry_run))

    def _ask(self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None = None) -> Json:
        scim = ScimRequest(
            method=method,
            base_url=f"{self._server.settings.base_url}/tenants/{self.tenant}/scim/v2",
            path=path,
            query=dict(query),
            headers={} if body is None else {"Content-Type": "application/scim+json"},
            body=b"" if body is None else orjson.dumps(body),
            subject=self.principal,
        )
        answer = self._server.serve(TenantRequest(scim, self.tenant, self.principal, self._request_id))
        read = _read(answer.body)
        if answer.status >= 400:
            raise Refused(
                int(answer.status), str(read.get("detail") or "The request was refused."), read.get("scimType")
            )
        return read


def _trial(dry_run: bool) -> dict[str, str]:  # noqa: FBT001 - the callers' keyword, passed on
    return {"dryRun": "true"} if dry_run else {}


def _read(body: Any) -> Json:
    if not body:
        return {}
    read: Json = orjson.loads(body if isinstance(body, bytes) else orjson.dumps(body))
    return read
