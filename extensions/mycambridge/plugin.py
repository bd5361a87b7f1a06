"""The whole domain as one extension of the server: which part of it answers to which hook."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import click
from pydantic_settings import BaseSettings

from mycambridge.access.consequences import consequences
from mycambridge.access.effective import may_have_roles, role_entries, service_entries
from mycambridge.access.explanation import access_of
from mycambridge.access.people import people_of
from mycambridge.access.searching import conflict_entries, managed_entries
from mycambridge.access.summary import summary_of
from mycambridge.access.takeout import kept_about
from mycambridge.allowances.changes import check_allowance
from mycambridge.allowances.resource import ALLOWANCE, RoleAllowance
from mycambridge.approvals.changes import check_approval
from mycambridge.approvals.resource import APPROVAL_URN, RoleApproval
from mycambridge.authority import acts_for, holds_sensitive_role, manages
from mycambridge.brake.changes import apply_brake, check_brake
from mycambridge.brake.derived import of_brakes, people_held
from mycambridge.brake.resource import BRAKE, BRAKE_URN, SafetyBrake
from mycambridge.catalogue.checking import check_settings
from mycambridge.catalogue.listing import list_entitlements, list_roles
from mycambridge.catalogue.resource import Entitlement, Role
from mycambridge.centres import register
from mycambridge.centres.changes import check_centre
from mycambridge.centres.derived import of_centres
from mycambridge.centres.resource import CENTRE_URN, Centre
from mycambridge.commands import COMMANDS
from mycambridge.console.pages import console_blueprints
from mycambridge.demonstration import give_roles, register_school
from mycambridge.grants.changes import check_grant, forget_person
from mycambridge.grants.notices import tell_managers
from mycambridge.grants.resource import GRANT_URN, RoleGrant
from mycambridge.mappings.changes import check_mapping, keep_tombstones
from mycambridge.mappings.derived import of_given
from mycambridge.mappings.resource import MAPPING_URN, RoleMapping
from mycambridge.naming import describe
from mycambridge.people.changes import check_group, check_person
from mycambridge.people.derived import of_groups, of_users
from mycambridge.portal.home import home_pages
from mycambridge.refusals import NotPermitted
from mycambridge.requests.changes import check_ignored
from mycambridge.requests.register import requested_entries
from mycambridge.requests.resource import IGNORED, IGNORED_URN, IgnoredRequest
from mycambridge.schema import EXTENSIONS, GROUP_URN, USER_URN
from mycambridge.settings import BOARD_NAME, BOARD_TENANT, domain_settings
from mycambridge.suspensions.changes import check_suspension
from mycambridge.suspensions.resource import SUSPENSION, SUSPENSION_URN, Suspension
from scim_server.db import Transaction
from scim_server.extension import (
    Change,
    Consequences,
    Door,
    MigrationBranch,
    Permission,
    Principal,
    ResourceTypeDeclaration,
    SchemaExtension,
    ServerExtension,
    View,
    Wants,
)
from scim_server.store.documents import Document
from scim_server.store.resources import ResourceStore, StoredResource
from scim_server.store.tables import metadata
from scim_server.store.whole import MayDerive

_CHECKS: Mapping[str, Callable[[Change, ResourceStore], None]] = {
    "Centre": check_centre,
    "RoleMapping": check_mapping,
    "RoleGrant": check_grant,
    "RoleApproval": check_approval,
    SUSPENSION: check_suspension,
    ALLOWANCE: check_allowance,
    IGNORED: check_ignored,
    BRAKE: check_brake,
    "User": check_person,
    "Group": check_group,
}
_GIVEN = {
    "RoleMapping": MAPPING_URN, "RoleGrant": GRANT_URN, "RoleApproval": APPROVAL_URN, SUSPENSION: SUSPENSION_URN,
    IGNORED: IGNORED_URN,
}  # fmt: skip
_DERIVED: Mapping[str, MayDerive | None] = {
    **dict.fromkeys(("Group", "Centre", BRAKE, *_GIVEN)), "User": may_have_roles,
}  # fmt: skip
_ASSIGNABLE = {
    "supported": True, "multipleRolesSupported": True, "primarySupported": False, "typeSupported": True,
}  # fmt: skip


class MyCambridge(ServerExtension):
    """Centres of the exam board, its services and roles, and directory groups that are mapped to roles."""

    name = "mycambridge"

    def __init__(self) -> None:
        """Read the settings and the catalogue, so that a fault in them shows at the start.

        :raises MisconfiguredExtension: When they hold one.
        """
        check_settings()

    def schema_extensions(self) -> Sequence[SchemaExtension]:
        """Return the schemas added to users and groups."""
        return [SchemaExtension(resource_type, model) for resource_type, model in EXTENSIONS.items()]

    def resource_types(self) -> Sequence[ResourceTypeDeclaration]:
        """Return centres, the catalogue, and what people and brakes decide about who has which role."""
        return self._resource_types

    @cached_property
    def _resource_types(self) -> tuple[ResourceTypeDeclaration, ...]:
        return (
            ResourceTypeDeclaration(
                Centre,
                "/Centres",
                unique="centreNumber",
                indexed=("examsOfficers.value", "entries.value", "associate.centreNumber"),
                shared=register.shared(),
            ),
            ResourceTypeDeclaration(Role, "/Roles", listed=list_roles),
            ResourceTypeDeclaration(Entitlement, "/Entitlements", listed=list_entitlements),
            ResourceTypeDeclaration(RoleMapping, "/RoleMappings", indexed=("group.value",)),
            ResourceTypeDeclaration(RoleGrant, "/RoleGrants", indexed=("user.value",)),
            ResourceTypeDeclaration(RoleApproval, "/RoleApprovals", indexed=("user.value", "mapping.value")),
            ResourceTypeDeclaration(RoleAllowance, "/RoleAllowances", indexed=("connection.value",)),
            ResourceTypeDeclaration(Suspension, "/Suspensions", indexed=("user.value",)),
            ResourceTypeDeclaration(IgnoredRequest, "/IgnoredRequests", indexed=("user.value",)),
            ResourceTypeDeclaration(SafetyBrake, "/SafetyBrakes", indexed=("connection.value",)),
        )

    def check(self, change: Change, store: ResourceStore) -> None:
        """Apply the rules of the exam board to a change, and complete it."""
        if (check := _CHECKS.get(change.resource_type)) is not None:
            check(change, store)
        apply_brake(change, store)
        if change.operation == "delete" and change.resource_type == "Group":
            keep_tombstones(change, store)
        if change.operation == "delete" and change.resource_type == "User":
            forget_person(change, store)

    def follow(self, changes: Sequence[Change], store: ResourceStore) -> None:
        """Tell people with user management when somebody else is given it."""
        tell_managers(changes, store)

    def derives(self) -> Mapping[str, MayDerive | None]:
        """Return the resource types with attributes that are computed when they are read."""
        return _DERIVED

    def derive(
        self, store: ResourceStore, resources: Sequence[StoredResource], wants: Wants, base_url: str
    ) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
        """Return the attributes that are computed when they are read."""
        if not resources:
            return {}
        type_name = resources[0].type_name
        if type_name == "User":
            urn, found = USER_URN, of_users(store, resources, wants, base_url)
        elif type_name == "Group":
            urn, found = GROUP_URN, of_groups(store, resources, wants)
        elif type_name == "Centre":
            urn, found = CENTRE_URN, of_centres(store, resources, wants, base_url)
        elif type_name == BRAKE:
            urn, found = BRAKE_URN, of_brakes(resources)
        else:
            urn, found = _GIVEN[type_name], of_given(store, resources, base_url)
        return {resource_id: {urn: attributes} for resource_id, attributes in found.items()}

    def relations(self) -> Mapping[tuple[str, str, str], Callable[..., Any]]:
        """Return effective roles and what follows from them, which filters may name."""
        return {
            ("User", USER_URN, "effectiveRoles"): role_entries,
            ("User", USER_URN, "services"): service_entries,
            ("User", USER_URN, "requestedRoles"): requested_entries,
            ("User", USER_URN, "conflicts"): conflict_entries,
            ("Centre", CENTRE_URN, "managed"): managed_entries,
        }

    def unsearchable(self) -> Collection[tuple[str, str, str]]:
        """Return what is computed for each answer, and has no form in SQL."""
        return (
            ("User", USER_URN, "centreName"),
            *[("Group", GROUP_URN, name) for name in ("centreName", "mappedRoles", "memberCount")],
            ("Centre", CENTRE_URN, "services"),
            ("RoleMapping", MAPPING_URN, "replacement"),
            ("RoleMapping", MAPPING_URN, "group.display"),
            *[(name, _GIVEN[name], "user.display") for name in ("RoleGrant", "RoleApproval", SUSPENSION, IGNORED)],
            (BRAKE, BRAKE_URN, "current"),
        )

    def describe(self, resource_type: str, document: Document) -> str | None:
        """Return what the journal calls mappings, grants and approvals."""
        return describe(resource_type, document)

    def settings(self) -> Sequence[BaseSettings]:
        """Return what the board sets."""
        return [domain_settings()]

    def views(self) -> Mapping[tuple[str, str], View]:
        """Return why a person has access, who has it at a centre, a centre at a glance, and whom a brake protects."""
        return {
            ("User", "access"): lambda store, user, base_url, _: access_of(store, user, base_url),
            ("Centre", "people"): people_of,
            ("Centre", "summary"): summary_of,
            (BRAKE, "people"): people_held,
        }

    def consequences(self, change: Change, store: ResourceStore) -> Consequences | None:
        """Return what tells the roles that a change may begin or end."""
        return consequences(change, store)

    def configuration(self) -> Mapping[str, Any]:
        """Announce roles and entitlements."""
        services = {name: value for name, value in _ASSIGNABLE.items() if name != "multipleRolesSupported"}
        return {
            "roles_and_entitlements": {
                "roles": {**_ASSIGNABLE, "types": ["given", "designated"]},
                "entitlements": {**services, "multipleEntitlementsSupported": True, "types": ["service"]},
            }
        }

    def administrators_tenant(self) -> tuple[str, str] | None:
        """Return the tenant that keeps the register of centres."""
        return BOARD_TENANT, BOARD_NAME

    def reaches(self, principal: Principal, tenant: str, transaction: Transaction) -> bool:
        """Let people who manage users for an Associate act for the centres that it administers (rule 8)."""
        return acts_for(transaction, principal, tenant)

    def admit(self, principal: Principal, permission: Permission, resource_type: str, store: ResourceStore) -> bool:
        """Let people read and write for centres at which they hold user management, and nobody else."""
        if permission == "read" and not manages(store, principal, store.tenant):
            raise NotPermitted(f"{principal.name} has no user management for {store.tenant}, and sees only themselves.")
        if permission == "write" and resource_type in ("Group", "Centre"):
            raise NotPermitted(
                f"The directory provisions groups, the exam board centres; {principal.name} cannot change resources "
                f"of type {resource_type}."
            )
        return True

    def demonstrate(self, door: Door) -> None:
        """Register the demonstration tenant as a centre with entries."""
        register_school(door)

    def demonstrate_people(self, door: Door) -> None:
        """Map groups of the demonstration school to roles."""
        give_roles(door)

    def forget_tenant(self, tenant: str, door: Door) -> None:
        """Take the centre that a deleted tenant was out of the register."""
        centre = register.find_centre(door.store.transaction, tenant)
        if centre is not None and centre.attributes["centreNumber"] == tenant:
            door.delete(centre)

    def demands_second_factor(self, principal: Principal, transaction: Transaction) -> bool:
        """Ask for a second factor of people with a role that opens exam material, candidates' data or power."""
        return holds_sensitive_role(transaction, principal)

    def kept_about(self, tenant: str, user_id: str, transaction: Transaction) -> Mapping[str, Any]:
        """Return the roles of a person, and what was decided about them."""
        return kept_about(transaction, tenant, user_id)

    def landing(self) -> str:
        """Return the home page."""
        return "/home"

    def blueprints(self, site: Any) -> Sequence[Any]:
        """Return the home page and the console."""
        return (home_pages(site), *console_blueprints(site))

    def migrations(self) -> MigrationBranch:
        """Return the branch of the domain's tables."""
        return MigrationBranch(Path(__file__).parent / "migrations", metadata)

    def commands(self) -> Sequence[click.Command]:
        """Return the commands of the board."""
        return COMMANDS
