"""Whatever a directory, a school and the board do, effective roles equal a recomputation that is plain and slow."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from mycambridge.access.effective import holders, roles_of
from pydantic import SecretStr
from scim2_models import SCIMException

from scim_server.connections.register import open_connection
from scim_server.connections.scopes import require_scope
from scim_server.connections.tenants import ensure_tenant
from scim_server.db import Database, Transaction
from scim_server.extension import Principal, RuleBroken
from scim_server.installed import load_extensions
from scim_server.protocol.guarded import GuardedStore
from scim_server.protocol.membership_patch import MembershipEdit
from scim_server.protocol.server import ScimServer
from scim_server.settings import Settings
from tests.support.centres import (
    APPROVAL,
    CENTRE,
    GRANT,
    LISTENING,
    MANAGEMENT,
    MAPPING,
    NOMINATED,
    OFFICER,
    SFA_OFFICER,
    SUBMIT,
    SUSPENSION,
    TEACHER,
)
from tests.support.server import GROUP, USER

ASSOCIATE, HILL = "IN900", "IN901"
BOARD = Principal("administrator", "board", "board")
OPENS = {TEACHER: "sfa", SFA_OFFICER: "sfa", NOMINATED: "aa", MANAGEMENT: None}
USES = {SUBMIT: {"sfa", "aa"}, LISTENING: {"aa"}}
Role = tuple[str, str, bool]
places = st.integers(0, 2)
roles, centres = st.sampled_from(sorted(OPENS)), st.sampled_from([ASSOCIATE, HILL])


def _edit(operation: Any, member: str) -> MembershipEdit:
    return MembershipEdit(operation, (member,))


@dataclass
class Centre:
    """What the recomputation knows of a centre."""

    id: str
    entries: set[str] = field(default_factory=set)
    is_open: bool = True
    is_reached: bool = True
    officers: dict[str, bool | None] = field(default_factory=dict)

    @property
    def services(self) -> set[str]:
        """The services it has, by hand."""
        return {service for syllabus in self.entries for service in USES[syllabus]}

    def settle(self) -> None:
        """Give user management to exams officers who were not told yet, once there is a service."""
        if self.services:
            self.officers = {user: True if told is None else told for user, told in self.officers.items()}


@dataclass
class Mapping:
    """What the recomputation knows of a mapping."""

    group: str
    role: str
    centre: str
    needs_approval: bool
    since: int
    decisions: dict[str, tuple[str, int]] = field(default_factory=dict)


class School(RuleBasedStateMachine):
    """An Associate with one centre, its directory, and the board."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        configured = Settings(secret_key=SecretStr("kept for the tests"))
        self.server = ScimServer(configured, self.database, require_scope, load_extensions())
        self.transaction = Transaction(self.database, writing=True)
        self.clock = 0
        self.users: dict[str, bool] = {}
        self.groups: dict[str, dict[str, int]] = {}
        self.mappings: dict[str, Mapping] = {}
        self.grants: dict[str, tuple[str, str, str]] = {}
        self.suspensions: dict[str, tuple[str, str]] = {}
        ensure_tenant(self.transaction, "board", "Exam board")
        self.centres = {ASSOCIATE: Centre(self._register(ASSOCIATE, kind="associate"))}
        self.centres[HILL] = Centre(self._register(HILL, associate={"value": ASSOCIATE}))
        opened = open_connection(self.transaction, ASSOCIATE, name="Directory", profile="default", scopes=["scim"])
        self.directory = Principal("connection", opened, "Directory", ASSOCIATE, frozenset({"scim"}))

    def teardown(self) -> None:
        """Undo everything, for the next example."""
        self.transaction.__exit__(RuntimeError, RuntimeError("The example is over."), None)

    # -- Through the door -------------------------------------------------

    def _door(self, principal: Principal = BOARD, tenant: str = ASSOCIATE) -> GuardedStore:
        return self.server.guarded(self.transaction, tenant, principal)

    def _created(self, type_name: str, document: dict[str, Any], principal: Principal = BOARD) -> str | None:
        """Return the id of a new resource, or None when the rules refuse it."""
        try:
            with self.transaction.savepoint():
                return self._door(principal).create(type_name, document).id
        except SCIMException:
            return None

    def _register(self, number: str, **attributes: Any) -> str:
        document = {"schemas": [CENTRE], "centreNumber": number, "displayName": number, "country": "GB", **attributes}
        return self._door(tenant="board").create("Centre", document).id

    def _change(self, type_name: str, resource_id: str, tenant: str = ASSOCIATE, **attributes: Any) -> None:
        door = self._door(tenant=tenant)
        current = door.store.get(type_name, resource_id, locked=True)
        document = {name: value for name, value in (current.attributes | attributes).items() if value is not None}
        door.update("patch", current, document)

    def _change_centre(self, number: str, **attributes: Any) -> None:
        self._change("Centre", self.centres[number].id, "board", **attributes)
        self.centres[number].settle()

    def _tick(self) -> int:
        self.clock += 1
        return self.clock

    def _pick(self, things: dict[str, Any], place: int) -> str:
        return sorted(things)[place % len(things)]

    # -- The directory ----------------------------------------------------

    @initialize()
    def a_school_that_has_begun(self) -> None:
        for _ in range(2):
            self.provision_user()
            self.provision_group()
        for number in (ASSOCIATE, HILL):
            self.enter(number, {SUBMIT})
        self.change_membership(0, 0, nested=False, adding=True)
        self.map_group(0, MANAGEMENT, HILL)

    @precondition(lambda self: len(self.users) < 3)
    @rule()
    def provision_user(self) -> None:
        document = {"schemas": [USER], "userName": f"{uuid4().hex}@in900.example"}
        self.users[self._door(self.directory).create("User", document).id] = True

    @precondition(lambda self: len(self.groups) < 3)
    @rule()
    def provision_group(self) -> None:
        self.groups[self._door(self.directory).create("Group", {"schemas": [GROUP], "displayName": "Staff"}).id] = {}

    @precondition(lambda self: self.users)
    @rule(place=places, active=st.booleans())
    def set_active(self, place: int, *, active: bool) -> None:
        user = self._pick(self.users, place)
        self._change("User", user, active=active)
        self.users[user] = active

    @precondition(lambda self: self.groups and self.users)
    @rule(where=places, who=places, nested=st.booleans(), adding=st.booleans())
    def change_membership(self, where: int, who: int, *, nested: bool, adding: bool) -> None:
        group = self._pick(self.groups, where)
        member = self._pick(self.groups if nested else self.users, who)
        door = self._door(self.directory)
        try:
            with self.transaction.savepoint():
                current = door.store.get("Group", group, locked=True)
                door.update("patch", current, None, [_edit("add" if adding else "remove", member)])
        except SCIMException:
            return  # A group would contain itself.
        if adding:
            self.groups[group].setdefault(member, self._tick())
        else:
            self.groups[group].pop(member, None)

    @precondition(lambda self: any(self.groups.values()))
    @rule(place=places, who=places)
    def leave_and_come_back(self, place: int, who: int) -> None:
        filled = {group: members for group, members in self.groups.items() if members}
        group = self._pick(filled, place)
        self._leave_and_come_back(group, self._pick(filled[group], who))

    def _leave_and_come_back(self, group: str, member: str) -> None:
        door = self._door(self.directory)
        for operation in ("remove", "add"):
            door.update("patch", door.store.get("Group", group, locked=True), None, [_edit(operation, member)])
        self.groups[group][member] = self._tick()

    @precondition(lambda self: self.groups)
    @rule(place=places)
    def delete_group(self, place: int) -> None:
        group = self._pick(self.groups, place)
        door = self._door(self.directory)
        door.delete(door.store.get("Group", group, locked=True))
        del self.groups[group]
        for members in self.groups.values():
            members.pop(group, None)

    @precondition(lambda self: self.users)
    @rule(place=places)
    def delete_user(self, place: int) -> None:
        user = self._pick(self.users, place)
        door = self._door(self.directory)
        door.delete(door.store.get("User", user, locked=True))
        del self.users[user]
        for members in self.groups.values():
            members.pop(user, None)
        self.grants = {each: grant for each, grant in self.grants.items() if grant[0] != user}
        self.suspensions = {each: where for each, where in self.suspensions.items() if where[0] != user}
        for mapping in self.mappings.values():
            mapping.decisions.pop(user, None)

    # -- People with user management, or the board for them ---------------

    @precondition(lambda self: self.groups)
    @rule(place=places, role=roles, centre=centres)
    def map_group(self, place: int, role: str, centre: str) -> None:
        group = self._pick(self.groups, place)
        document = {"schemas": [MAPPING], "group": {"value": group}, "role": role, "centre": centre}
        made = self._created("RoleMapping", document)
        expected = self._may_give(role, centre) and (group, role, centre) not in self._mapped()
        assert (made is not None) == expected
        if made is not None:
            self.mappings[made] = Mapping(group, role, centre, role in (MANAGEMENT, NOMINATED), self._tick())

    def _mapped(self) -> set[tuple[str, str, str]]:
        return {(each.group, each.role, each.centre) for each in self.mappings.values()}

    def _may_give(self, role: str, centre: str) -> bool:
        at = self.centres[centre]
        return at.is_open and at.is_reached and (OPENS[role] is None or OPENS[role] in at.services)

    @precondition(lambda self: self.mappings)
    @rule(place=places)
    def unmap_group(self, place: int) -> None:
        mapping = self._pick(self.mappings, place)
        door = self._door()
        door.delete(door.store.get("RoleMapping", mapping, locked=True))
        del self.mappings[mapping]

    @precondition(lambda self: self.mappings)
    @rule(place=places, needs_approval=st.booleans())
    def switch_approval(self, place: int, *, needs_approval: bool) -> None:
        mapping = self._pick(self.mappings, place)
        at = self.mappings[mapping]
        if at.group not in self.groups or not self._may_give(at.role, at.centre):
            return
        self._change("RoleMapping", mapping, requiresApproval=needs_approval)
        at.needs_approval = needs_approval

    @precondition(lambda self: self.mappings and self.users)
    @rule(place=places, who=places, decision=st.sampled_from(["approved", "declined"]))
    def decide(self, place: int, who: int, decision: str) -> None:
        mapping, user = self._waiting(place) or (self._pick(self.mappings, place), self._pick(self.users, who))
        document = {
            "schemas": [APPROVAL], "mapping": {"value": mapping}, "user": {"value": user}, "decision": decision,
        }  # fmt: skip
        at = self.mappings[mapping]
        made = self._created("RoleApproval", document)
        is_member = any(group == at.group for group, _ in self._held(user))
        assert (made is not None) == (at.needs_approval and is_member)
        if made is not None:
            at.decisions[user] = (decision, self._tick())

    @rule(place=places, decision=st.sampled_from(["approved", "declined"]))
    def decide_and_let_them_come_back(self, place: int, decision: str) -> None:
        waiting = self._waiting(place)
        if waiting is None:
            return
        self.decide(place, 0, decision)
        self.effective_roles_are_what_they_should_be()
        _, user = waiting
        group = next((group for group, members in self.groups.items() if user in members), None)
        if group is not None:
            self._leave_and_come_back(group, user)

    def _waiting(self, place: int) -> tuple[str, str] | None:
        """Return a mapping that requires approval and one of its members."""
        pairs = {
            f"{mapping} {user}": (mapping, user)
            for mapping, at in self.mappings.items()
            for user in self.users
            if at.needs_approval and any(group == at.group for group, _ in self._held(user))
        }
        return pairs[self._pick(pairs, place)] if pairs else None

    @precondition(lambda self: self.users)
    @rule(who=places, role=roles, centre=centres)
    def grant(self, who: int, role: str, centre: str) -> None:
        user = self._pick(self.users, who)
        document = {"schemas": [GRANT], "user": {"value": user}, "role": role, "centre": centre}
        made = self._created("RoleGrant", document)
        assert (made is not None) == (self._may_give(role, centre) and (user, role, centre) not in self.grants.values())
        if made is not None:
            self.grants[made] = (user, role, centre)

    @precondition(lambda self: self.grants)
    @rule(place=places)
    def take_back(self, place: int) -> None:
        grant = self._pick(self.grants, place)
        door = self._door()
        door.delete(door.store.get("RoleGrant", grant, locked=True))
        del self.grants[grant]

    @precondition(lambda self: self.users)
    @rule(who=places, centre=centres)
    def suspend(self, who: int, centre: str) -> None:
        user = self._pick(self.users, who)
        made = self._created("Suspension", {"schemas": [SUSPENSION], "user": {"value": user}, "centre": centre})
        expected = self.centres[centre].is_reached and (user, centre) not in self.suspensions.values()
        assert (made is not None) == expected
        if made is not None:
            self.suspensions[made] = (user, centre)

    @precondition(lambda self: self.suspensions)
    @rule(place=places)
    def let_go_on(self, place: int) -> None:
        suspension = self._pick(self.suspensions, place)
        door = self._door()
        door.delete(door.store.get("Suspension", suspension, locked=True))
        del self.suspensions[suspension]

    # -- The board --------------------------------------------------------

    @rule(number=centres, syllabuses=st.sets(st.sampled_from([SUBMIT, LISTENING])))
    def enter(self, number: str, syllabuses: set[str]) -> None:
        entries = [{"series": "2026-06", "syllabus": syllabus} for syllabus in sorted(syllabuses)]
        self.centres[number].entries = syllabuses
        self._change_centre(number, entries=entries or None)

    @rule(number=centres, is_open=st.booleans())
    def close_or_open(self, number: str, *, is_open: bool) -> None:
        self.centres[number].is_open = is_open
        self._change_centre(number, active=is_open)

    @rule(administered=st.booleans())
    def move(self, *, administered: bool) -> None:
        self.centres[HILL].is_reached = administered
        associate = {"value": self.centres[ASSOCIATE].id} if administered else None
        self._change_centre(HILL, associate=associate)

    @precondition(lambda self: self.users)
    @rule(number=centres, who=places, told=st.sampled_from([None, True, False]))
    def designate(self, number: str, who: int, told: bool | None) -> None:  # noqa: FBT001 - three answers
        if not self.centres[number].is_reached:
            return
        user = self._pick(self.users, who)
        if user in self.centres[number].officers:
            return
        officers = self._officers(number)
        chosen = {"value": user} | ({} if told is None else {"userManagement": told})
        self.centres[number].officers[user] = told
        self._change_centre(number, examsOfficers=[*officers, chosen])

    @rule(number=centres)
    def withdraw_everybody(self, number: str) -> None:
        self.centres[number].officers = {}
        self._change_centre(number, examsOfficers=None)

    def _officers(self, number: str) -> list[Any]:
        stored = self._door(tenant="board").store.get("Centre", self.centres[number].id)
        return list(stored.attributes.get("examsOfficers") or [])

    # -- Attacks ----------------------------------------------------------

    @precondition(lambda self: self.users and self.groups)
    @rule(place=places, who=places, role=st.sampled_from([*sorted(OPENS), OFFICER]), centre=centres)
    def a_directory_gives_itself_power(self, place: int, who: int, role: str, centre: str) -> None:
        group, user = self._pick(self.groups, place), self._pick(self.users, who)
        for type_name, document in (
            ("RoleMapping", {"schemas": [MAPPING], "group": {"value": group}, "role": role, "centre": centre}),
            ("RoleGrant", {"schemas": [GRANT], "user": {"value": user}, "role": role, "centre": centre}),
            ("Suspension", {"schemas": [SUSPENSION], "user": {"value": user}, "centre": centre}),
        ):
            assert self._created(type_name, document, self.directory) is None
        self._change("User", user, roles=[{"value": role}])

    @precondition(lambda self: self.users and self.groups)
    @rule(place=places, who=places, role=roles)
    def a_manager_amends_their_own_roles(self, place: int, who: int, role: str) -> None:
        user = self._pick(self.users, who)
        person = Principal("person", "token", "Somebody", ASSOCIATE, frozenset({"scim"}), "default", user)
        grant = {"schemas": [GRANT], "user": {"value": user}, "role": role, "centre": ASSOCIATE}
        assert self._created("RoleGrant", grant, person) is None
        group = self._pick(self.groups, place)
        if any(held == group for held, _ in self._held(user)):
            mapping = {"schemas": [MAPPING], "group": {"value": group}, "role": role, "centre": ASSOCIATE}
            assert self._created("RoleMapping", mapping, person) is None

    @precondition(lambda self: self.users)
    @rule(who=places, number=centres)
    def global_listening_is_given(self, who: int, number: str) -> None:
        user = self._pick(self.users, who)
        document = {"schemas": [GRANT], "user": {"value": user}, "role": OFFICER, "centre": number}
        with pytest.raises(RuleBroken), self.transaction.savepoint():
            self._door().create("RoleGrant", document)

    # -- What must hold ---------------------------------------------------

    def _held(self, member: str, since: int = 0) -> Iterator[tuple[str, int]]:
        """Yield the groups that hold somebody, at any depth, and since when on each way."""
        for group, members in self.groups.items():
            if member in members:
                begun = max(since, members[member])
                yield group, begun
                yield from self._held(group, begun)

    def _expected(self, user: str) -> set[Role]:
        found: set[Role] = set()
        if not self.users[user]:
            return found
        for number, centre in self.centres.items():
            if centre.is_open and centre.is_reached and user in centre.officers:
                found |= {(OFFICER, number, False)} | (
                    {(MANAGEMENT, number, False)} if centre.officers[user] else set()
                )
        found |= {(role, number, False) for who, role, number in self.grants.values() if who == user}
        for mapping in self.mappings.values():
            found |= self._by_mapping(user, mapping)
        at_work = {each for each in found if (user, each[1]) not in self.suspensions.values()}
        return {each for each in at_work if each[0] == OFFICER or self._may_give(each[0], each[1])}

    def _by_mapping(self, user: str, mapping: Mapping) -> set[Role]:
        found = set()
        for group, begun in self._held(user):
            if group != mapping.group:
                continue
            decision, decided = mapping.decisions.get(user, ("", -1))
            valid = decided >= max(begun, mapping.since)
            if mapping.needs_approval and valid and decision == "declined":
                continue
            found.add((mapping.role, mapping.centre, mapping.needs_approval and not valid))
        return found

    @invariant()
    def effective_roles_are_what_they_should_be(self) -> None:
        users = sorted(self.users)
        found = roles_of(self.transaction, ASSOCIATE, users)
        one_by_one = {user: roles_of(self.transaction, ASSOCIATE, [user]).get(user, []) for user in users}
        rows = holders(ASSOCIATE).c
        selected: dict[str, set[Role]] = {user: set() for user in users}
        statement = sa.select(rows.user_id, rows.role, rows.centre, rows.is_pending)
        for row in self.transaction.execute(statement):
            selected[row[0]].add((row[1], row[2].upper(), bool(row[3])))
        for user in users:
            expected = self._expected(user)
            assert {(each.role, each.centre, each.is_pending) for each in one_by_one[user]} == expected
            assert {(each.role, each.centre, each.is_pending) for each in found.get(user, [])} == expected
            assert selected[user] == expected


def test_effective_roles_equal_a_plain_recomputation_after_every_step(database: Database) -> None:
    class _School(School):
        pass

    _School.database = database
    run_state_machine_as_test(_School, settings=settings(deadline=None, max_examples=30, stateful_step_count=40))
