"""Stores some lines of a file at once, and finds out which of them is to blame when that fails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scim2_models import Context, InvalidValueException, Resource, SCIMException

from scim_server.protocol import normalise
from scim_server.protocol.guarded import GuardedStore
from scim_server.protocol.membership_patch import MembershipEdit
from scim_server.protocol.service import Service
from scim_server.protocol.unknown import dropped_attributes
from scim_server.store.documents import Document, comparison_text, render
from scim_server.store.loading import load
from scim_server.store.resources import StoredResource
from scim_server.store.types import StoredType
from scim_server.transfer.matching import Stored, direct_memberships, groups_named, ids_of_users, known_ids
from scim_server.transfer.records import MemberReference, Record, Refused, of_line
from scim_server.transfer.report import Done, Outcome

_GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


@dataclass(slots=True)
class Seen:
    """What the lines before told."""

    lines: dict[str, int] = field(default_factory=dict)
    """Which line a stored resource came from, by its id."""

    ids: dict[str, str] = field(default_factory=dict)
    """The ids that resources have here, by those they have in the file."""

    def add(self, outcome: Outcome) -> None:
        """Remember a line that was stored."""
        if isinstance(outcome, Done):
            self.lines[outcome.id] = outcome.line
            if outcome.sent_id is not None:
                self.ids[outcome.sent_id] = outcome.id


@dataclass(frozen=True, slots=True)
class _Planned:
    """A line that is understood."""

    record: Record
    current: StoredResource | None
    document: Document | None
    """What shall be stored; None when it is stored already."""

    ignored: tuple[str, ...] = ()


class Batch:
    """Lines of one resource type, in one transaction."""

    def __init__(self, guarded: GuardedStore, service: Service, seen: Seen, records: Sequence[Record]) -> None:
        """Store records through a door, as a client profile understands them."""
        self._guarded = guarded
        self._store = guarded.store
        self._service = service
        self._seen = seen
        self._records = records
        self._type = guarded.store.types[records[0].type_name]
        self._ids: dict[str, str] = {}

    def run(self) -> list[Outcome]:
        """Store what can be stored, and return what became of each line."""
        with self._service.provider:
            plans = self._plan()
            refused = [each for each in plans if isinstance(each, Refused)]
            return [*refused, *self._stored_or_refused([each for each in plans if isinstance(each, _Planned)])]

    # -- Understanding lines --------------------------------------------------

    def _plan(self) -> list[_Planned | Refused]:
        stored = Stored(self._store, self._type, self._records)
        lines, names = dict(self._seen.lines), dict[str, int]()
        plans: list[_Planned | Refused] = []
        for record in self._records:
            current = None
            try:
                current = self._current(record, stored.candidates(record), lines)
                name = stored.name_form(record)
                if current is not None:
                    lines[current.id] = record.line
                elif self._type.unique and name and (earlier := names.setdefault(name, record.line)) != record.line:
                    raise _repeated(earlier)
                plans.append(self._planned(record, current))
            except SCIMException as error:
                plans.append(self._refused(record, error, current))
        return plans

    def _current(
        self, record: Record, candidates: Sequence[StoredResource], lines: Mapping[str, int]
    ) -> StoredResource | None:
        """Return the stored resource that a record means, or None for a new one.

        :raises InvalidValueException: When an earlier line meant the same.
        """
        free = [each for each in candidates if each.id not in lines]
        if candidates and (not free or (record.id == candidates[0].id and candidates[0].id in lines)):
            # A display name may be there twice: two lines are two groups then.
            if self._type.unique or record.id == candidates[0].id:
                raise _repeated(lines[candidates[0].id])
            return None
        return free[0] if free else None

    def _planned(self, record: Record, current: StoredResource | None) -> _Planned:
        before = None if current is None else current.attributes
        payload = record.payload(before)
        if payload == before:
            return _Planned(record, current, None)
        model, ignored = self._read(payload)
        if current is not None:
            model.replace(load(self._type, current))
        document = render(model)
        return _Planned(record, current, None if document == before else document, ignored)

    def _read(self, payload: Any, stored_type: StoredType | None = None) -> tuple[Resource[Any], tuple[str, ...]]:
        stored_type, profile = stored_type or self._type, self._service.profile
        normal = normalise.resource(payload, stored_type.name, profile)
        model: Resource[Any] = self._service.validate(stored_type.model, normal, Context.RESOURCE_CREATION_REQUEST)
        return model, tuple(dropped_attributes(model)) if profile.tolerant else ()

    # -- Storing --------------------------------------------------------------

    def _stored_or_refused(self, planned: list[_Planned]) -> list[Outcome]:
        """Store lines together; when one is refused, find it by halves."""
        if not planned:
            return []
        ids = dict(self._ids)
        try:
            with self._store.transaction.savepoint():
                return self._stored(planned)
        except SCIMException as error:
            self._ids = ids
            if len(planned) == 1:
                return [self._refused(planned[0].record, error, planned[0].current)]
        middle = len(planned) // 2
        return self._stored_or_refused(planned[:middle]) + self._stored_or_refused(planned[middle:])

    def _stored(self, planned: list[_Planned]) -> list[Outcome]:
        done = self._singly(planned) if self._type.has_members else self._together(planned)
        joined = self._join([(each.record, outcome.id) for each, outcome in zip(planned, done, strict=True)])
        return [_with_membership(outcome) if outcome.id in joined else outcome for outcome in done]

    def _together(self, planned: list[_Planned]) -> list[Done]:
        """Store resources that have no members: new ones in one go."""
        new = [(each, each.document) for each in planned if each.current is None and each.document is not None]
        created = (
            self._guarded.create_many(
                self._type.name, [document for _, document in new], [each.ignored for each, _ in new]
            )
            if new
            else []
        )
        done = {
            each.record.line: _done(each, "created", resource) for (each, _), resource in zip(new, created, strict=True)
        }
        return [done.get(each.record.line) or self._updated(each, []) for each in planned]

    def _singly(self, planned: list[_Planned]) -> list[Done]:
        """Store groups one after another: a later one may contain an earlier one."""
        done = []
        for each in planned:
            members = each.record.members
            ids = None if members is None else self._resolved(members)
            if each.current is None:
                assert each.document is not None
                resource = self._guarded.create(self._type.name, each.document, ids or (), each.ignored)
                done.append(_done(each, "created", resource))
            else:
                done.append(self._updated(each, [] if ids is None else [MembershipEdit("replace", ids)]))
            if each.record.id is not None:
                self._ids[each.record.id] = done[-1].id
        return done

    def _updated(self, each: _Planned, edits: list[MembershipEdit]) -> Done:
        """Change a stored resource, unless it is as the line says."""
        assert each.current is not None
        if each.document is None and not edits:
            return _done(each, "unchanged", each.current)
        current = self._store.get(self._type.name, each.current.id, locked=True)
        if current.version != each.current.version:
            each = self._planned(each.record, current)
        updated = self._guarded.update(each.record.operation, current, each.document, edits)
        return _done(each, "unchanged" if updated.version == current.version else "updated", updated)

    # -- Members --------------------------------------------------------------

    def _resolved(self, members: Sequence[MemberReference]) -> tuple[str, ...]:
        """Return the ids that members have here: the file's own, the tenant's, or that of who has the name.

        :raises InvalidValueException: When a member is not here, or several groups have its name.
        """
        ids = {member: self._ids.get(member.id) or self._seen.ids.get(member.id) for member in members if member.id}
        open_ = [member for member in members if not ids.get(member)]
        known = known_ids(self._store, [member.id for member in open_ if member.id])
        ids |= {member: member.id for member in open_ if member.id in known}
        open_ = [member for member in open_ if not ids.get(member)]
        users = ids_of_users(self._store, [each.name for each in open_ if each.type_name == "User" and each.name])
        groups = self._groups([each.name for each in open_ if each.type_name == "Group" and each.name])
        for member in open_:
            named = users if member.type_name == "User" else groups
            ids[member] = named.get(comparison_text(member.name or "", case_exact=False))
        missing = next((member for member in members if not ids[member]), None)
        if missing is not None:
            raise InvalidValueException(detail=f"Its member {missing} is neither in the file nor stored here.")
        return tuple(found for member in members if (found := ids[member]))

    def _groups(self, names: Sequence[str]) -> dict[str, str]:
        """Return the ids of groups, by the comparison form of their names.

        :raises InvalidValueException: When several groups have one of the names.
        """
        found = groups_named(self._store, names)
        several = next((groups for groups in found.values() if len(groups) > 1), None)
        if several is not None:
            name = several[0].attributes["displayName"]
            raise InvalidValueException(detail=f"Several groups are called {name!r}; give all but one another name.")
        return {name: groups[0].id for name, groups in found.items()}

    def _join(self, people: Sequence[tuple[Record, str]]) -> set[str]:
        """Make people members of the groups their lines name, and return who was not before."""
        names = {comparison_text(name, case_exact=False): name for record, _ in people for name in record.groups}
        if not names:
            return set()
        ids = self._groups(list(names.values()))
        for form, name in names.items():
            if form not in ids:
                ids[form] = self._new_group(name)
        present = direct_memberships(self._store, [user_id for _, user_id in people])
        joining: dict[str, list[str]] = {}
        for record, user_id in people:
            for name in record.groups:
                group_id = ids[comparison_text(name, case_exact=False)]
                if (group_id, user_id) not in present:
                    joining.setdefault(group_id, []).append(user_id)
        for group_id in sorted(joining):
            group = self._store.get("Group", group_id, locked=True)
            self._guarded.update("patch", group, None, [MembershipEdit("add", tuple(joining[group_id]))])
        return {user_id for joined in joining.values() for user_id in joined}

    def _new_group(self, name: str) -> str:
        stored_type = self._store.types["Group"]
        model, _ = self._read({"schemas": [_GROUP], "displayName": name}, stored_type)
        return self._guarded.create(stored_type.name, render(model)).id

    # -- Outcomes -------------------------------------------------------------

    def _refused(self, record: Record, error: SCIMException, current: StoredResource | None) -> Refused:
        shown = self._service.error_of(error)
        reason = of_line(shown.detail)
        return Refused(
            record.line, reason, record.size, int(shown.status), shown.scim_type,
            "create" if current is None else record.operation, record.type_name,
            current.id if current is not None else None, record.name,
        )  # fmt: skip


def _repeated(line: int) -> InvalidValueException:
    return InvalidValueException(detail=f"Line {line} is about the same one; remove one of the two lines.")


def _done(each: _Planned, what: str, resource: StoredResource) -> Done:
    return Done(each.record.line, each.record.size, what, each.record.id, resource.id, each.ignored)


def _with_membership(done: Done) -> Done:
    what = "updated" if done.what == "unchanged" else done.what
    return Done(done.line, done.size, what, done.sent_id, done.id, done.ignored)
