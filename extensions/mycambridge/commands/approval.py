"""``scim-server approval``: who waits for a sensitive role, and what was decided."""

from typing import Any

import click
import sqlalchemy as sa

from mycambridge.access.effective import holders
from mycambridge.approvals.resource import APPROVAL_URN, APPROVED, DECLINED
from mycambridge.commands.acting import BoardGroup, acting, number_of, print_json, reading
from mycambridge.commands.lookups import user_named
from scim_server.cli.installation import Installation
from scim_server.protocol.guarded import GuardedStore

_centre = click.option("--centre", required=True, metavar="NUMBER", help="The centre at which the role holds.")
_organisation = click.option(
    "--tenant", metavar="NUMBER", help="The organisation that provisions the person; the centre when left out."
)


@click.group(cls=BoardGroup)
def approval() -> None:
    """Decide about members of groups that are mapped to sensitive roles.

    \b
    Example: scim-server approval list --centre GB001
    """


@approval.command("list")
@_centre
@_organisation
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@click.pass_obj
def list_(installation: Installation, *, centre: str, tenant: str | None, as_json: bool) -> None:
    """List the people who wait for approval.

    \b
    Example: scim-server approval list --centre GB001 --json
    """
    rows = reading(installation, number_of(tenant or centre), lambda guarded: _waiting(guarded, number_of(centre)))
    if as_json:
        print_json(rows)
        return
    for row in rows:
        waiting = f"mapping {row['mapping']['value']}, since {row['since'][:10]}"
        click.echo(f"{row['user']['display']}  {row['role']}  ({waiting})")


@approval.command()
@_centre
@_organisation
@click.option("--user", required=True, metavar="USERNAME", help="The person.")
@click.option("--role", "role_value", required=True, help="The role that waits.")
@click.option("--decline", is_flag=True, help="Decline instead of approve.")
@click.option("--note", help="Why.")
@click.pass_obj
def decide(
    installation: Installation, *, centre: str, tenant: str | None, user: str, role_value: str, decline: bool,
    note: str | None,
) -> None:  # fmt: skip
    """Approve or decline a person's role.

    \b
    Example: scim-server approval decide --centre GB001 --user asha@gb001.example --role user-management
    """
    decision = DECLINED if decline else APPROVED

    def work(guarded: GuardedStore) -> int:
        person = user_named(guarded.store, user)
        waiting = [
            each
            for each in _waiting(guarded, number_of(centre))
            if each["user"]["value"] == person.id and each["role"] == role_value.lower()
        ]
        for each in waiting:
            document: dict[str, Any] = {
                "schemas": [APPROVAL_URN], "mapping": each["mapping"], "user": {"value": person.id},
                "decision": decision,
            }  # fmt: skip
            document |= {"note": note} if note else {}
            guarded.create("RoleApproval", document)
        return len(waiting)

    if not acting(installation, number_of(tenant or centre), work):
        raise click.ClickException(f"{user} does not wait for {role_value} at {number_of(centre)}.")
    click.echo(f"{role_value} at {number_of(centre)} is {decision} for {user}.")


def _waiting(guarded: GuardedStore, number: str) -> list[dict[str, Any]]:
    store = guarded.store
    rows = holders(store.tenant, None, centre=number.lower()).c
    statement = sa.select(rows.user_id, rows.role, rows.mapping_id, rows.since).where(
        rows.is_pending, rows.centre == number.lower()
    )
    found = []
    for row in store.transaction.execute(statement.order_by(rows.since, rows.user_id)):
        person = store.get("User", row.user_id)
        found.append(
            {
                "user": {"value": row.user_id, "display": person.attributes["userName"]},
                "role": row.role,
                "mapping": {"value": row.mapping_id},
                "since": row.since,
            }
        )
    return found
