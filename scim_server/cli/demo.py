"""``scim-server demo``: a small school to look at, once."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import orjson
import sqlalchemy as sa
from scim2_server.requests import ScimRequest

from scim_server import migrations
from scim_server.accounts.passwords import hash_password
from scim_server.accounts.register import create_account, find_account, link_administrator, link_user, set_password
from scim_server.cli.installation import COMMAND_LINE, Installation
from scim_server.connections.administrators import create_administrator, list_administrators
from scim_server.connections.tenants import create_tenant, list_tenants, tenant_exists
from scim_server.connections.tokens import issue_token, list_tokens, note_use
from scim_server.db import Transaction
from scim_server.extension import Principal
from scim_server.journal.models import JournalEntry
from scim_server.journal.tables import changes
from scim_server.protocol.guarded import GuardedStore
from scim_server.protocol.server import TenantRequest
from scim_server.store.documents import search_form, utc_text
from scim_server.store.models import Group, User
from scim_server.store.tables import memberships, resources

USER, GROUP = str(User.__schema__), str(Group.__schema__)
TENANT, ADMINISTRATOR, DIRECTORY = "GB001", "admin", "Demonstration directory"
_STAFF = (
    ("exams.officer", "Exams", "Officer", ("Exams Team",)),
    ("head.of.english", "Head", "of English", ("English Dept", "Exams Team")),
    ("english.teacher", "English", "Teacher", ("English Dept",)),
    ("french.teacher", "French", "Teacher", ("French Dept",)),
    ("former.teacher", "Former", "Teacher", ("French Dept",)),
)
_HISTORY = timedelta(days=28)
_SIGN_IN = ("exams.officer", "english.teacher")
_BOARD = "board@board.example"
_USED = "This installation has been used before, so no demonstration school is made in it."


@dataclass(frozen=True, slots=True)
class _Secrets:
    """What is shown once."""

    token: str
    administrator: str
    password: str


@click.command()
@click.pass_obj
def demo(installation: Installation) -> None:
    """Prepare a demonstration school, unless the installation has been used before.

    \b
    Example: scim-server demo
    """
    if installation.database.is_sqlite:
        migrations.upgrade(installation.database, installation.extensions)
    base = installation.settings.base_url
    with installation.database.write() as transaction:
        if list_tenants(transaction) or list_administrators(transaction):
            click.echo(_where(base) if tenant_exists(transaction, TENANT) else _USED)
            return
        directory, made = _prepare(installation, transaction)
    _fail_once(installation, directory)
    click.echo(_welcome(base, made))


def _prepare(installation: Installation, transaction: Transaction) -> tuple[Principal, _Secrets]:
    """Make the school as its directory would, and let people sign in; the board's part is the command line's."""
    create_tenant(transaction, TENANT, "Demonstration School")
    board = installation.server.guarded(transaction, TENANT, COMMAND_LINE)
    for extension in installation.extensions:
        extension.demonstrate(board)
    token = issue_token(transaction, TENANT, name=DIRECTORY)
    (known,) = list_tokens(transaction, TENANT)
    scopes = frozenset(known.scopes)
    directory = Principal("connection", known.connection_id, DIRECTORY, TENANT, scopes, known.profile)
    people = _provision(installation, transaction, directory)
    for extension in installation.extensions:
        extension.demonstrate_people(board)
    _let_weeks_pass(transaction)
    administrator = _administrator(transaction)
    return directory, _Secrets(token.text, administrator, _accounts(transaction, people))


def _provision(installation: Installation, transaction: Transaction, directory: Principal) -> dict[str, str]:
    """Create people and groups, and return the ids of people by their names."""
    guarded = installation.server.guarded(transaction, TENANT, directory)
    people: dict[str, str] = {}
    groups: dict[str, list[str]] = {}
    for name, given, family, held in _STAFF:
        person: dict[str, Any] = {
            "schemas": [USER],
            "userName": f"{name}@gb001.example",
            "name": {"givenName": given, "familyName": family},
            "displayName": f"{given} {family}",
            "emails": [{"value": f"{name}@gb001.example", "type": "work", "primary": True}],
            "active": True,
        }
        people[name] = guarded.create("User", person).id
        for group in held:
            groups.setdefault(group, []).append(people[name])
    teams = [guarded.create("Group", _group(name), members).id for name, members in groups.items()]
    guarded.create("Group", _group("All Staff"), teams)
    _change(guarded, people["french.teacher"], displayName="Teacher of French")
    _change(guarded, people["former.teacher"], active=False)
    return people


def _change(guarded: GuardedStore, user_id: str, **attributes: Any) -> None:
    known = guarded.store.get("User", user_id, locked=True)
    guarded.update("patch", known, known.attributes | attributes)


def _let_weeks_pass(transaction: Transaction) -> None:
    """Date what was done back, one by one: of a school that is made at this moment there is no history to look at."""
    c, now = changes.c, datetime.now(UTC)
    entries: Any = transaction.execute(
        sa.select(c.id, c.resource_id, c.document).where(c.tenant == TENANT).order_by(c.id)
    ).all()
    for place, entry in enumerate(entries, start=1):
        moment = utc_text(now - _HISTORY * (1 - place / (len(entries) + 1)))
        document = {**orjson.loads(entry.document), "at": moment}
        form = search_form(JournalEntry, document)
        dated = {
            "created": moment,
            "document": orjson.dumps(document).decode(),
            "search": orjson.dumps(form).decode() if transaction.database.is_sqlite else form,
        }
        transaction.execute(sa.update(changes).where(c.tenant == TENANT, c.id == entry.id), dated)
        _date_back(transaction, entry.resource_id, moment, is_new=document["operation"] == "create")


def _date_back(transaction: Transaction, resource_id: str, moment: str, *, is_new: bool) -> None:
    r, m = resources.c, memberships.c
    then = {"last_modified": moment, **({"created": moment} if is_new else {})}
    transaction.execute(sa.update(resources).where(r.tenant == TENANT, r.id == resource_id), then)
    if is_new:
        transaction.execute(
            sa.update(memberships).where(m.tenant == TENANT, m.group_id == resource_id), {"since": moment}
        )


def _administrator(transaction: Transaction) -> str:
    """Create an administrator, and return the password."""
    password = secrets.token_urlsafe(12)
    create_administrator(transaction, ADMINISTRATOR, password)
    return password


def _accounts(transaction: Transaction, people: dict[str, str]) -> str:
    """Let people of the school and of the board sign in to the pages, and return the password of all of them."""
    password = secrets.token_urlsafe(12)
    hashed = hash_password(password)
    for name in _SIGN_IN:
        title = name.replace(".", " ").title()
        link_user(transaction, _account(transaction, title, f"{name}@gb001.example", hashed), TENANT, people[name])
    board = _account(transaction, "Board Staff", _BOARD, hashed)
    link_administrator(transaction, board, ADMINISTRATOR)
    return password


def _account(transaction: Transaction, name: str, email: str, password_hash: str) -> str:
    """Return the id of the account of an address, with a new password."""
    found = find_account(transaction, email)
    if found is None:
        return create_account(transaction, name=name, email=email, password_hash=password_hash)
    set_password(transaction, found.id, password_hash)
    return found.id


def _fail_once(installation: Installation, directory: Principal) -> None:
    """Let the directory send somebody who is here already, so that the log has a refusal to explain."""
    twice = {"schemas": [USER], "userName": "Head.of.English@gb001.example", "displayName": "Head of English"}
    base = f"{installation.settings.base_url}/scim/v2"
    headers = {"Content-Type": "application/scim+json"}
    request = ScimRequest("POST", base, "/Users", headers=headers, body=orjson.dumps(twice), subject=directory)
    installation.server.serve(TenantRequest(request, TENANT, directory))
    with installation.database.read() as reading:
        (token,) = list_tokens(reading, TENANT)
    note_use(installation.database, token.id, datetime.now(UTC))


def _group(name: str) -> dict[str, Any]:
    return {"schemas": [GROUP], "displayName": name}


def _where(base: str) -> str:
    return (
        f"The demonstration school is the tenant {TENANT} at {base}/scim/v2, its pages are at {base}. Tokens and "
        f"passwords were shown once; make others with:\n"
        f"  scim-server token create --tenant {TENANT} --name curl\n"
        f"  scim-server admin create NAME\n"
        f"A forgotten password of the pages is chosen anew by mail, which {base}/development/mail shows."
    )


def _welcome(base: str, made: _Secrets) -> str:
    scim = f"{base}/scim/v2"
    header = f"-H 'Authorization: Bearer {made.token}'"
    person = f'{{"schemas":["{USER}"],"userName":"new.teacher@gb001.example"}}'
    return "\n".join(
        [
            f"Base URL:       {scim}",
            f"Token:          {made.token}",
            f"Administrator:  {ADMINISTRATOR} / {made.administrator}",
            f"Pages:          {base}",
            f"  sign in as    exams.officer@gb001.example, english.teacher@gb001.example or {_BOARD}",
            f"  password      {made.password}",
            "",
            "Try these once the server runs:",
            f"  curl -s {header} '{scim}/Users?count=3'",
            f"  curl -s {header} '{scim}/Groups?filter=displayName%20eq%20%22Exams%20Team%22'",
            f"  curl -s {header} -H 'Content-Type: application/scim+json' -d '{person}' '{scim}/Users'",
            "",
        ]
    )
