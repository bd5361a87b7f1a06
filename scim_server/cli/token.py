"""``scim-server token``: how identity providers get in."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import IO, Any

import click

from scim_server.cli.groups import AdministrationGroup
from scim_server.cli.installation import Duration, Installation
from scim_server.connections import oauth_clients, tokens
from scim_server.connections.scopes import EVERYTHING
from scim_server.connections.tenants import require_tenant
from scim_server.connections.token_format import TokenText
from scim_server.db import Transaction
from scim_server.store.documents import utc_text


class Profile(click.ParamType[str]):
    """The name of a client profile, looked up when it is used."""

    name = "profile"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name."""
        from scim_server.protocol.profiles import PROFILES  # noqa: PLC0415 - other commands start without the protocol

        if value not in PROFILES:
            self.fail(f"{value!r} is no client profile; choose one of {', '.join(PROFILES)}.", param, ctx)
        return str(value)


class Scope(click.ParamType[str]):
    """A scope of a resource type that is served here, looked up when it is used."""

    name = "scope"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the scope; its form is checked where it is kept."""
        from scim_server.protocol.provider import stored_types  # noqa: PLC0415 - as for profiles

        assert ctx is not None
        known = stored_types(ctx.obj.extensions)
        _, _, type_name = str(value).partition(":")[2].partition(":")
        if type_name and type_name not in known:
            self.fail(f"{type_name!r} is no resource type; choose one of {', '.join(sorted(known))}.", param, ctx)
        return str(value)


@click.group(cls=AdministrationGroup)
def token() -> None:
    """Let identity providers in: issue, list, rotate and revoke their tokens.

    \b
    Example: scim-server token create --tenant GB001 --name "Entra ID" --profile entra
    """


_tenant = click.option("--tenant", required=True, metavar="ID", help="The tenant it belongs to.")
_name = click.option("--name", required=True, help="What the journal calls it, such as 'Entra ID'.")
_profile = click.option(
    "--profile", type=Profile(), default="default", show_default=True, help="What is tolerated from it."
)
_lifetime = click.option(
    "--expires-in", type=Duration(), default="365d", show_default=True, help="How long it lasts, as in 90d."
)


@token.command()
@_tenant
@_name
@_profile
@click.option(
    "--scope",
    "scopes",
    type=Scope(),
    multiple=True,
    default=tokens.DEFAULT_SCOPES,
    show_default=True,
    help="What it may do: scim:read, scim:write, or one for a single type as in scim:read:Group. Repeatable.",
)
@_lifetime
@click.option("--user", metavar="USERNAME", help="Make it a personal token, with which this user acts.")
@click.pass_obj
def create(
    installation: Installation,
    *,
    tenant: str,
    name: str,
    profile: str,
    scopes: Sequence[str],
    expires_in: timedelta,
    user: str | None,
) -> None:
    """Issue a token and print it, once: only its hash is kept.

    \b
    Example: scim-server token create --tenant GB001 --name "Entra ID" --profile entra --expires-in 180d
    """

    def work(transaction: Transaction) -> TokenText:
        person = None if user is None else tokens.user_id(transaction, tenant, user)
        return tokens.issue_token(
            transaction, tenant, name=name, profile=profile, scopes=scopes, lifetime=expires_in, person=person
        )

    click.echo(installation.database.run(work, writing=True).text)


@token.command()
@_tenant
@_name
@_profile
@click.option(
    "--scope", "scopes", type=Scope(), multiple=True, default=(EVERYTHING,), show_default=True, help="What it may do."
)
@click.option(
    "--jwks", type=click.File(), required=True, help="Its public keys: a JWK Set. A hyphen reads standard input."
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object with all that the client needs.")
@click.pass_obj
def client(
    installation: Installation,
    *,
    tenant: str,
    name: str,
    profile: str,
    scopes: Sequence[str],
    jwks: IO[str],
    as_json: bool,
) -> None:
    """Register an OAuth client that signs JWTs with its own key, and print its id.

    \b
    Example: scim-server token client --tenant GB001 --name "Entra ID" --jwks entra-public-keys.json
    """
    keys = _text(jwks)
    client_id = installation.database.run(
        lambda transaction: oauth_clients.register_client(
            transaction, tenant, name=name, jwks=keys, profile=profile, scopes=scopes
        ),
        writing=True,
    )
    if not as_json:
        click.echo(client_id)
        return
    issuer = installation.settings.base_url
    needed = {
        "client_id": client_id,
        "issuer": issuer,
        "token_endpoint": f"{issuer}/oauth/token",
        "scope": " ".join(scopes),
    }
    click.echo(json.dumps(needed, indent=2))


@token.command("list")
@click.option("--tenant", metavar="ID", help="Show those of one tenant only.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@click.pass_obj
def list_all(installation: Installation, tenant: str | None, *, as_json: bool) -> None:
    """Show tokens and OAuth clients, never a secret.

    \b
    Example: scim-server token list --tenant GB001
    """
    rows = installation.database.run(lambda transaction: _rows(transaction, tenant), writing=False)
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        click.echo(
            f"{row['id']}  {row['tenant']}  {row['name']}  {row['kind']}, {row['profile']}, {' '.join(row['scopes'])}, "
            f"{_validity(row)}"
        )


@token.command()
@click.argument("token_id", metavar="ID")
@click.option(
    "--overlap",
    type=Duration(may_be_none=True),
    default="7d",
    show_default=True,
    help="How long the old token stays valid at most.",
)
@_lifetime
@click.pass_obj
def rotate(installation: Installation, token_id: str, overlap: timedelta, expires_in: timedelta) -> None:
    """Print a new token for the connection of the token ID; the old one stays valid for the overlap.

    \b
    Example: scim-server token rotate 4fGh2kQ9xZ01 --overlap 7d
    """
    issued = installation.database.run(
        lambda transaction: tokens.rotate_token(transaction, token_id, overlap=overlap, lifetime=expires_in),
        writing=True,
    )
    click.echo(issued.text)


@token.command()
@click.argument("token_id", metavar="ID")
@click.pass_obj
def revoke(installation: Installation, token_id: str) -> None:
    """Make the token or OAuth client ID useless from the next request on.

    \b
    Example: scim-server token revoke 4fGh2kQ9xZ01
    """

    def work(transaction: Transaction) -> None:
        if not oauth_clients.revoke_client(transaction, token_id):
            tokens.revoke_token(transaction, token_id)

    installation.database.run(work, writing=True)
    click.echo(f"Revoked {token_id}.")


def _text(file: IO[str]) -> str:
    try:
        return file.read()
    except UnicodeDecodeError:
        raise click.ClickException("The file of keys is not a text.") from None


def _rows(transaction: Transaction, tenant: str | None) -> list[dict[str, Any]]:
    if tenant is not None:
        require_tenant(transaction, tenant)
    issued = [{"kind": "token"} | asdict(row) for row in tokens.list_tokens(transaction, tenant)]
    registered = [
        {
            "kind": "client",
            "id": row.id,
            "tenant": row.tenant,
            "name": row.name,
            "profile": row.profile,
            "scopes": sorted(row.scopes),
            "created": row.created,
            "revoked": row.revoked,
        }
        for row in oauth_clients.list_clients(transaction, tenant)
    ]
    return issued + registered


def _validity(row: dict[str, Any]) -> str:
    used = f"last used {row['last_used'][:16]}Z" if row.get("last_used") else "never used"
    if row["revoked"]:
        return f"revoked {row['revoked'][:10]}"
    if row["kind"] == "client":
        return "registered"
    now = utc_text(datetime.now(UTC))
    return f"{'expired' if row['expires'] <= now else 'expires'} {row['expires'][:10]}, {used}"
