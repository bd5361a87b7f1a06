"""``scim-server mapping``: directory groups mapped to roles."""

from collections.abc import Callable
from typing import Any

import click

from mycambridge.access.giving import all_at
from mycambridge.commands.acting import BoardGroup, acting, foreseen, number_of, print_json, print_preview, reading
from mycambridge.commands.lookups import documents, group_named
from mycambridge.mappings.resource import MAPPING_URN
from scim_server.cli.installation import Installation
from scim_server.protocol.guarded import GuardedStore
from scim_server.store.resources import StoredResource

_centre = click.option("--centre", required=True, metavar="NUMBER", help="The centre at which the role holds.")
_group = click.option("--group", "group_name", required=True, metavar="NAME", help="The group: its name, or its id.")
_role = click.option("--role", "role_value", required=True, help="The role, such as submit-for-assessment.teacher.")
_approval = click.option(
    "--requires-approval/--no-approval", default=None, help="Whether each member must be approved; by the role's rule."
)
_organisation = click.option(
    "--tenant", metavar="NUMBER", help="The organisation whose directory has the group; the centre when left out."
)


@click.group(cls=BoardGroup)
def mapping() -> None:
    """Let the members of a directory group have a role.

    \b
    Example: scim-server mapping add --centre GB001 --group "English Dept" --role submit-for-assessment.teacher
    """


@mapping.command()
@_centre
@_group
@_role
@_approval
@_organisation
@click.option("--note", help="What colleagues should know.")
@click.pass_obj
def add(
    installation: Installation, *, centre: str, group_name: str, role_value: str, requires_approval: bool | None,
    tenant: str | None, note: str | None,
) -> None:  # fmt: skip
    """Map a group to a role at a centre.

    \b
    Example: scim-server mapping add --centre GB001 --group "English Dept" --role submit-for-assessment.teacher
    """
    work = _adding(number_of(centre), group_name, role_value, requires_approval=requires_approval, note=note)
    acting(installation, number_of(tenant or centre), work)
    click.echo(f"Members of {group_name} have {role_value} at {number_of(centre)}.")


@mapping.command()
@_centre
@_group
@_role
@_approval
@_organisation
@click.option("--removal", is_flag=True, help="Preview that the mapping is removed, instead of added.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.pass_obj
def preview(
    installation: Installation, *, centre: str, group_name: str, role_value: str, requires_approval: bool | None,
    tenant: str | None, removal: bool, as_json: bool,
) -> None:  # fmt: skip
    """Say who would gain and lose which role, without changing anything.

    \b
    Example: scim-server mapping preview --centre GB001 --group "English Dept" --role submit-for-assessment.teacher
    """
    number = number_of(centre)
    adding = _adding(number, group_name, role_value, requires_approval=requires_approval)
    work: Callable[[GuardedStore], Any] = _removing(number, group_name, role_value) if removal else adding
    shown = foreseen(installation, number_of(tenant or centre), work)
    if as_json:
        print_json(shown)
    else:
        print_preview(shown)


@mapping.command()
@_centre
@_group
@_role
@_organisation
@click.pass_obj
def remove(installation: Installation, *, centre: str, group_name: str, role_value: str, tenant: str | None) -> None:
    """End a mapping: the members of the group lose the role, unless something else gives it.

    \b
    Example: scim-server mapping remove --centre GB001 --group "English Dept" --role submit-for-assessment.teacher
    """
    acting(installation, number_of(tenant or centre), _removing(number_of(centre), group_name, role_value))
    click.echo(f"Members of {group_name} no longer have {role_value} at {number_of(centre)} by this mapping.")


@mapping.command("list")
@_centre
@_organisation
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@click.pass_obj
def list_(installation: Installation, *, centre: str, tenant: str | None, as_json: bool) -> None:
    """List the mappings of a centre.

    \b
    Example: scim-server mapping list --centre GB001
    """
    rows = reading(
        installation, number_of(tenant or centre),
        lambda guarded: documents(all_at(guarded.store, "RoleMapping", number_of(centre))),
    )  # fmt: skip
    if as_json:
        print_json(rows)
        return
    for row in rows:
        approval = ", requires approval" if row.get("requiresApproval") else ""
        click.echo(f"{row['id']}  {row['group'].get('display')} -> {row['role']} ({row['status']}{approval})")


def _adding(
    number: str, group_name: str, role_value: str, *, requires_approval: bool | None, note: str | None = None
) -> Callable[[GuardedStore], Any]:
    def work(guarded: GuardedStore) -> None:
        document: dict[str, Any] = {
            "schemas": [MAPPING_URN],
            "group": {"value": group_named(guarded.store, group_name).id},
            "role": role_value,
            "centre": number,
        }
        document |= {} if requires_approval is None else {"requiresApproval": requires_approval}
        document |= {"note": note} if note else {}
        guarded.create("RoleMapping", document)

    return work


def _removing(number: str, group_name: str, role_value: str) -> Callable[[GuardedStore], Any]:
    def work(guarded: GuardedStore) -> None:
        found = [each for each in all_at(guarded.store, "RoleMapping", number) if _is(each, group_name, role_value)]
        if not found:
            raise click.ClickException(f"{group_name} is not mapped to {role_value} at {number}.")
        guarded.delete(guarded.store.get("RoleMapping", found[0].id, locked=True))

    return work


def _is(mapping: StoredResource, group_name: str, role_value: str) -> bool:
    document = mapping.attributes
    names = (document["group"]["value"], str(document["group"].get("display")).lower())
    return document["role"] == role_value.lower() and (group_name in names or group_name.lower() in names)
