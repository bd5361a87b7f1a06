"""``scim-server demo``: a small school to look at, once."""

import secrets
from typing import Any

import click

from scim_server import migrations
from scim_server.cli.installation import COMMAND_LINE, Installation
from scim_server.connections.administrators import create_administrator, list_administrators
from scim_server.connections.tenants import create_tenant, tenant_exists
from scim_server.connections.tokens import issue_token
from scim_server.db import Transaction
from scim_server.store.models import Group, User

USER, GROUP = str(User.__schema__), str(Group.__schema__)
TENANT, ADMINISTRATOR = "GB001", "admin"
_STAFF = (
    ("exams.officer", "Exams", "Officer", ("Exams Team",)),
    ("head.of.english", "Head", "of English", ("English Dept", "Exams Team")),
    ("english.teacher", "English", "Teacher", ("English Dept",)),
    ("french.teacher", "French", "Teacher", ("French Dept",)),
    ("former.teacher", "Former", "Teacher", ("French Dept",)),
)


@click.command()
@click.pass_obj
def demo(installation: Installation) -> None:
    """Prepare a demonstration school, unless there is one already.

    \b
    Example: scim-server demo
    """
    if installation.database.is_sqlite:
        migrations.upgrade(installation.database, installation.extensions)
    base = f"{installation.settings.base_url}/scim/v2"
    with installation.database.write() as transaction:
        if tenant_exists(transaction, TENANT):
            click.echo(_where(base))
            return
        token, password = _prepare(installation, transaction)
    click.echo(_welcome(base, token, password))


def _prepare(installation: Installation, transaction: Transaction) -> tuple[str, str | None]:
    """Make the school, and return its token and the password of a new administrator."""
    create_tenant(transaction, TENANT, "Demonstration School")
    guarded = installation.server.guarded(transaction, TENANT, COMMAND_LINE)
    for extension in installation.extensions:
        extension.demonstrate(guarded)
    groups: dict[str, list[str]] = {}
    for name, given, family, held in _STAFF:
        person: dict[str, Any] = {
            "schemas": [USER],
            "userName": f"{name}@gb001.example",
            "name": {"givenName": given, "familyName": family},
            "displayName": f"{given} {family}",
            "emails": [{"value": f"{name}@gb001.example", "type": "work", "primary": True}],
            "active": name != "former.teacher",
        }
        created = guarded.create("User", person)
        for group in held:
            groups.setdefault(group, []).append(created.id)
    teams = [guarded.create("Group", _group(name), members).id for name, members in groups.items()]
    guarded.create("Group", _group("All Staff"), teams)
    for extension in installation.extensions:
        extension.demonstrate_people(guarded)
    return issue_token(transaction, TENANT, name="Demonstration directory").text, _administrator(transaction)


def _administrator(transaction: Transaction) -> str | None:
    """Create an administrator with a password that is returned, unless the installation has one already."""
    if list_administrators(transaction):
        return None
    password = secrets.token_urlsafe(12)
    create_administrator(transaction, ADMINISTRATOR, password)
    return password


def _group(name: str) -> dict[str, Any]:
    return {"schemas": [GROUP], "displayName": name}


def _where(base: str) -> str:
    return (
        f"The demonstration school is the tenant {TENANT} at {base}. Its token and the administrator's password were "
        f"shown once; make others with:\n"
        f"  scim-server token create --tenant {TENANT} --name curl\n"
        f"  scim-server admin create NAME"
    )


def _welcome(base: str, token: str, password: str | None) -> str:
    header = f"-H 'Authorization: Bearer {token}'"
    person = f'{{"schemas":["{USER}"],"userName":"new.teacher@gb001.example"}}'
    administrator = f"{ADMINISTRATOR} / {password}" if password else "as before; see scim-server admin list"
    return "\n".join(
        [
            f"Base URL:       {base}",
            f"Token:          {token}",
            f"Administrator:  {administrator}",
            "",
            "Try these once the server runs:",
            f"  curl -s {header} '{base}/Users?count=3'",
            f"  curl -s {header} '{base}/Groups?filter=displayName%20eq%20%22Exams%20Team%22'",
            f"  curl -s {header} -H 'Content-Type: application/scim+json' -d '{person}' '{base}/Users'",
            "",
        ]
    )
