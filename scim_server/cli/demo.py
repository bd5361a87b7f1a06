"""``scim-server demo``: a small school to look at, once."""

import secrets
from typing import Any

import click
from argon2 import PasswordHasher

from scim_server import migrations
from scim_server.cli.installation import COMMAND_LINE, Installation
from scim_server.connections.administrators import create_administrator
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
            click.echo(
                f"The demonstration school is the tenant {TENANT} at {base}. Its token was shown once; make another "
                f"with: scim-server token create --tenant {TENANT} --name curl"
            )
            return
        token, password = _prepare(installation, transaction)
    click.echo(_welcome(base, token, password))


def _prepare(installation: Installation, transaction: Transaction) -> tuple[str, str]:
    create_tenant(transaction, TENANT, "Demonstration School")
    guarded = installation.server.guarded(transaction, TENANT, COMMAND_LINE)
    for extension in installation.extensions:
        extension.demonstrate(guarded.store)
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
    password = secrets.token_urlsafe(12)
    create_administrator(transaction, ADMINISTRATOR, password, hasher=PasswordHasher())
    return issue_token(transaction, TENANT, name="Demonstration directory").text, password


def _group(name: str) -> dict[str, Any]:
    return {"schemas": [GROUP], "displayName": name}


def _welcome(base: str, token: str, password: str) -> str:
    header = f"-H 'Authorization: Bearer {token}'"
    person = f'{{"schemas":["{USER}"],"userName":"new.teacher@gb001.example"}}'
    return "\n".join(
        [
            f"Base URL:       {base}",
            f"Token:          {token}",
            f"Administrator:  {ADMINISTRATOR} / {password}",
            "",
            "Try these once the server runs:",
            f"  curl -s {header} '{base}/Users?count=3'",
            f"  curl -s {header} '{base}/Groups?filter=displayName%20eq%20%22Exams%20Team%22'",
            f"  curl -s {header} -H 'Content-Type: application/scim+json' -d '{person}' '{base}/Users'",
            "",
        ]
    )
