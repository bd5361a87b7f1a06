"""Who is asking: a connection by its bearer token (RFC 6750), or an administrator by name and password (RFC 7617)."""

import base64
import binascii
import threading
from datetime import UTC, datetime

import orjson
import sqlalchemy as sa

from scim_server.connections.administrators import PasswordCheck, find_password_hash
from scim_server.connections.refusals import anonymous, invalid_token, wrong_password
from scim_server.connections.scopes import read_scopes
from scim_server.connections.tables import connections, tokens
from scim_server.connections.tenants import ensure_tenant, tenant_exists
from scim_server.connections.token_format import read_token
from scim_server.connections.tokens import USE_NOTED_EVERY, note_use
from scim_server.db import Database
from scim_server.extension import Principal, PrincipalKind
from scim_server.prepared import Prepared
from scim_server.store.tables import resources

_MAX_CREDENTIALS = 4096

_t, _c, _r = tokens.c, connections.c, resources.c
#: On the path of every request. Foreign keys promise that the connection and the tenant exist.
_FIND_TOKEN = Prepared(
    sa.select(
        _t.secret_hash,
        _t.expires,
        _t.revoked,
        _t.last_used,
        _t.scopes,
        _c.scopes,
        _c.tenant,
        _c.id,
        _c.name,
        _c.profile,
        _c.person,
    ).where(_t.id == sa.bindparam("id"), _c.tenant == _t.tenant, _c.id == _t.connection_id)
)
_FIND_PERSON = Prepared(
    sa.select(_r.active, _r.document).where(
        _r.tenant == sa.bindparam("tenant"), _r.resource_type == "User", _r.id == sa.bindparam("id")
    )
)


class Authenticator:
    """Tells who is asking; what it knows is read from the database on every request."""

    REMEMBERED_USES = 10_000

    def __init__(self, database: Database) -> None:
        """Look credentials up in a database."""
        self._database = database
        self._passwords = PasswordCheck()
        self._uses: dict[str, datetime] = {}
        self._uses_lock = threading.Lock()

    def principal(self, authorization: str | None) -> Principal:
        """Return who sends an ``Authorization`` header.

        :raises NotAuthenticated: When there is no header, or its credentials are not valid.
        :raises TooManyRequests: When too many passwords are being checked.
        """
        scheme, _, credentials = (authorization or "").strip().partition(" ")
        if scheme.lower() == "bearer":
            return self.bearer(credentials.strip())
        if scheme.lower() == "basic":
            return self.basic(*_name_and_password(credentials.strip()))
        raise anonymous()

    def bearer(self, text: str | None) -> Principal:
        """Return the connection that a bearer token belongs to.

        :raises NotAuthenticated: When the token is unknown, expired or revoked.
        """
        if not text:
            raise anonymous()
        token = read_token(text)
        if token is None:
            raise invalid_token("This is no token of this server: copy it again, in one piece.")
        found = self._database.run(lambda reading: _FIND_TOKEN.first(reading, {"id": token.id}), writing=False)
        if found is None or not token.matches(found[0]):
            raise invalid_token("The token is not known here: create one with scim-server token create.")
        _, expires, revoked, last_used, narrowed, scopes, tenant, connection_id, name, profile, person = found
        now = datetime.now(UTC)
        if revoked is not None:
            raise invalid_token("The token has been revoked: use the one that replaced it.")
        if datetime.fromisoformat(expires) <= now:
            raise invalid_token(f"The token expired on {expires[:10]}: use a new one.")
        self._note_use(token.id, last_used, now)
        if person is not None:
            name = self._active_person(tenant, person)
        kind: PrincipalKind = "connection" if person is None else "person"
        return Principal(kind, connection_id, name, tenant, read_scopes(narrowed or scopes), profile, person)

    def _active_person(self, tenant: str, user_id: str) -> str:
        """Return the userName of the person who acts with a token.

        :raises NotAuthenticated: When the person was deactivated or deleted, which ends every token at once.
        """
        found = self._database.run(
            lambda reading: _FIND_PERSON.first(reading, {"tenant": tenant, "id": user_id}), writing=False
        )
        if found is None or found[0] in (False, 0):
            raise invalid_token("The person whose token this is was deactivated or deleted.")
        return str(orjson.loads(found[1])["userName"])

    def basic(self, name: str, password: str) -> Principal:
        """Return the administrator of a name and password.

        :raises NotAuthenticated: When they do not belong together, which an unknown name takes as long to learn.
        :raises TooManyRequests: When too many passwords are being checked.
        """
        if not name or "\0" in name:
            raise wrong_password("The Basic credentials cannot be read.")
        stored_hash = self._database.run(lambda reading: find_password_hash(reading, name), writing=False)
        if not self._passwords.is_right(password, stored_hash):
            raise wrong_password("The administrator's name or password is wrong.")
        return Principal("administrator", name, name)

    def tenant_exists(self, tenant: str) -> bool:
        """Tell whether there is a tenant."""
        if "\0" in tenant:
            return False
        return self._database.run(lambda reading: tenant_exists(reading, tenant), writing=False)

    def opened_tenant(self, tenant: str, name: str) -> str:
        """Return a tenant that is created when it is first asked for."""
        if not self.tenant_exists(tenant):
            self._database.run(lambda transaction: ensure_tenant(transaction, tenant, name), writing=True)
        return tenant

    def _note_use(self, token_id: str, last_used: str | None, now: datetime) -> None:
        """Keep the time of last use, trying once a minute for each token in this process."""
        if last_used is not None and now - datetime.fromisoformat(last_used) < USE_NOTED_EVERY:
            return
        with self._uses_lock:
            tried = self._uses.get(token_id)
            if tried is not None and now - tried < USE_NOTED_EVERY:
                return
            if len(self._uses) >= self.REMEMBERED_USES:
                self._uses.clear()
            self._uses[token_id] = now
        note_use(self._database, token_id, now)


def _name_and_password(credentials: str) -> tuple[str, str]:
    if len(credentials) > _MAX_CREDENTIALS:
        return "", ""
    try:
        name, colon, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return (name, password) if colon else ("", "")
