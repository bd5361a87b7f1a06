"""The whole domain as one extension of the server."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from mycambridge.centres import register, rules
from mycambridge.centres.commands import centre
from mycambridge.schema import CENTRE_NAME, CENTRE_NUMBER, EXTENSIONS
from scim_server.extension import Change, MigrationBranch, SchemaExtension, ServerExtension, Wants
from scim_server.store.resources import ResourceStore
from scim_server.store.tables import metadata


class MyCambridge(ServerExtension):
    """Centres of the exam board: every person and group of a school belongs to one."""

    name = "mycambridge"

    def schema_extensions(self) -> Sequence[SchemaExtension]:
        """Return the centre attribute of users and groups."""
        return [SchemaExtension(resource_type, model) for resource_type, model in EXTENSIONS.items()]

    def check(self, change: Change, store: ResourceStore) -> None:
        """Refuse a centre that the connection may not provision for, and fill in the only one there is."""
        extension = EXTENSIONS.get(change.resource_type)
        if extension is None or change.after is None or change.after is change.before:
            return
        urn = str(extension.__schema__)
        attributes = change.after.get(urn, {})
        allowed = register.centres_of(store.transaction, store.tenant)
        number = rules.settled_centre(attributes.get(CENTRE_NUMBER), allowed)
        if number is not None:
            change.after[urn] = {**attributes, CENTRE_NUMBER: number}

    def derives(self) -> frozenset[str]:
        """Return the resource types that show the name of their centre on request."""
        return frozenset(EXTENSIONS)

    def derive(
        self, store: ResourceStore, resource_type: str, ids: Sequence[str], wants: Wants
    ) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
        """Return the names of the centres of resources, when they are asked for."""
        urn = str(EXTENSIONS[resource_type].__schema__)
        if not wants(urn, CENTRE_NAME):
            return {}
        names = register.centre_names(store.transaction, store.tenant, resource_type, ids, urn)
        return {resource_id: {urn: {CENTRE_NAME: name}} for resource_id, name in names.items()}

    def demonstrate(self, store: ResourceStore) -> None:
        """Register the demonstration tenant as a centre."""
        register.register_centre(store.transaction, store.tenant, store.tenant, "Demonstration School")

    def migrations(self) -> MigrationBranch:
        """Return the branch of the domain's tables."""
        return MigrationBranch(Path(__file__).parent / "migrations", metadata)

    def commands(self) -> Sequence[click.Command]:
        """Return the commands for centres."""
        return [centre]
