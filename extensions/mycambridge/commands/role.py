"""``scim-server role``: roles given to one person, and why somebody has which."""

from datetime import datetime
from typing import Any

import click

from mycambridge.access.explanation import access_of
from mycambridge.access.giving import existing
from mycambridge.access.people import people_of
from mycambridge.commands.acting import BoardGroup, acting, find_centre, number_of, print_json, reading
from mycambridge.commands.lookups import user_named
from mycambridge.grants.resource import GRANT_URN
from scim_server.cli.installation import Installation
from scim_server.protocol.guarded import GuardedStore
from scim_server.store.documents import utc_text

_centre = click.option("--centre", required=True, metavar="NUMBER", help="The centre at which the role holds.")
_user = click.option("--user", required=True, metavar="USERNAME", help="The person.")
_role = click.option("--role", "role_value", required=True, help="The role, such as submit-for-assessment.teacher.")
_organisation = click.option(
    "--tenant", metavar="NUMBER", help="The organisation that provisions the person; the centre when left out."
)


@click.group(cls=BoardGroup)
def role() -> None:
    """Give roles to single people, take them back, and explain who has which.

    \b
    Example: scim-server role explain --centre GB001 --user english.teacher@gb001.example
    """


@role.command()
@_centre
@_user
@_role
@_organisation
@click.option("--expires", type=click.DateTime(), help="When the role ends, in UTC.")
@click.option("--note", help="What colleagues should know.")
@click.pass_obj
def grant(
    installation: Installation, *, centre: str, user: str, role_value: str, tenant: str | None,
    expires: datetime | None, note: str | None,
) -> None:  # fmt: skip
    """Give one person a role at a centre.

    \b
    Example: scim-server role grant --centre GB001 --user asha@gb001.example --role submit-for-assessment.teacher
    """

    def work(guarded: GuardedStore) -> None:
        document: dict[str, Any] = {
            "schemas": [GRANT_URN],
            "user": {"value": user_named(guarded.store, user).id},
            "role": role_value,
            "centre": number_of(centre),
        }
        document |= {"expires": utc_text(expires)} if expires else {}
        document |= {"note": note} if note else {}
        guarded.create("RoleGrant", document)

    acting(installation, number_of(tenant or centre), work)
    click.echo(f"{user} has {role_value} at {number_of(centre)}.")


@role.command()
@_centre
@_user
@_role
@_organisation
@click.pass_obj
def revoke(installation: Installation, *, centre: str, user: str, role_value: str, tenant: str | None) -> None:
    """Take back a role that was given to one person.

    \b
    Example: scim-server role revoke --centre GB001 --user asha@gb001.example --role submit-for-assessment.teacher
    """

    def work(guarded: GuardedStore) -> int:
        person = user_named(guarded.store, user)
        found = [
            each
            for each in existing(guarded.store, "RoleGrant", "user.value", person.id)
            if (each.attributes["role"], each.attributes["centre"]) == (role_value.lower(), number_of(centre))
        ]
        for each in found:
            guarded.delete(guarded.store.get("RoleGrant", each.id, locked=True))
        return len(found)

    if not acting(installation, number_of(tenant or centre), work):
        raise click.ClickException(
            f"Nobody granted {role_value} at {number_of(centre)} to {user}; see scim-server role explain."
        )
    click.echo(f"{user} no longer has {role_value} at {number_of(centre)} by a grant.")


@role.command("list")
@_centre
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@click.pass_obj
def list_(installation: Installation, *, centre: str, as_json: bool) -> None:
    """List everybody who has a role at a centre, whichever organisation provisioned them.

    \b
    Example: scim-server role list --centre GB001
    """

    def work(guarded: GuardedStore) -> list[dict[str, Any]]:
        found = find_centre(guarded, number_of(centre))
        base_url = f"{installation.settings.base_url}/scim/v2"
        return list(people_of(guarded.store, found, base_url, guarded.principal)["people"])

    people = reading(installation, number_of(centre), work)
    if as_json:
        print_json(people)
        return
    for person in people:
        roles = ", ".join(f"{each['display']}{' (pending)' if each['pending'] else ''}" for each in person["roles"])
        click.echo(f"{person['user']['display']} ({person['organisation']}): {roles}")


@role.command()
@_centre
@_user
@_organisation
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.pass_obj
def explain(installation: Installation, *, centre: str, user: str, tenant: str | None, as_json: bool) -> None:
    """Say which roles a person has and why, and what keeps others from being effective.

    \b
    Example: scim-server role explain --centre GB001 --user english.teacher@gb001.example
    """

    def work(guarded: GuardedStore) -> dict[str, Any]:
        base_url = f"{installation.settings.base_url}/scim/v2"
        return dict(access_of(guarded.store, user_named(guarded.store, user), base_url))

    access = reading(installation, number_of(tenant or centre), work)
    if as_json:
        print_json(access)
        return
    click.echo(access["summary"])
    for each in [*access["effectiveRoles"], *access["notEffective"], *access["conflicts"]]:
        click.echo(f"- {each['explanation']}")
    for each in access["requestedRoles"]:
        click.echo(f"- {each['value']}: {each['explanation']}")
