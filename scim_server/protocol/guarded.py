"""The one door for every change: rules first, then the store, then the journal, all in one transaction.

SCIM requests, imports, pages and the command line change resources through here alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from scim_server.extension import Change, Principal, ServerExtension
from scim_server.journal.record import Actor, Entry, record
from scim_server.protocol.guard import check_document
from scim_server.protocol.membership_patch import MembershipEdit
from scim_server.protocol.trial import Trial
from scim_server.store.documents import Document, refresh_schemas
from scim_server.store.resources import ResourceStore, StoredResource, now_text

AT_ONCE = 25
"""How many resources are created with one statement."""

ChangeOperation = Literal["create", "replace", "patch", "delete"]


def actor_of(principal: Principal) -> Actor:
    """Return a principal as the journal names it."""
    return Actor(principal.kind, principal.id, principal.name)


class GuardedStore:
    """Changes the resources of one tenant for one principal."""

    def __init__(
        self,
        store: ResourceStore,
        principal: Principal,
        extensions: Sequence[ServerExtension] = (),
        request_id: str | None = None,
    ) -> None:
        """Change what a store holds, after every extension has agreed."""
        self.store = store
        self.principal = principal
        self._extensions = extensions
        self.request_id = request_id
        self.trial: Trial | None = None
        """Given when changes are only tried, so that their consequences are seen."""
        self.described: Callable[[], Mapping[str, str]] | None = None
        """Describes the request for the journal without personal data, when it is kept what was asked."""

    def create(
        self, type_name: str, document: Document, members: Sequence[str] = (), ignored: Sequence[str] = ()
    ) -> StoredResource:
        """Create a resource with its members."""
        change = self._checked("create", type_name, after=document, members_added=members, ignored=ignored)
        created = self.store.insert(type_name, document)
        if members:
            self.store.members.add(created.id, members, since=created.created)
        change.resource_id = created.id
        self._conclude([change], status=201)
        return created

    def create_many(
        self, type_name: str, documents: Sequence[Document], ignored: Sequence[Sequence[str]]
    ) -> list[StoredResource]:
        """Create resources without members in one go: all, or none when one is refused."""
        created: list[StoredResource] = []
        for start in range(0, len(documents), AT_ONCE):
            some = slice(start, start + AT_ONCE)
            created += self._create_some(type_name, documents[some], ignored[some])
        return created

    def _create_some(
        self, type_name: str, documents: Sequence[Document], ignored: Sequence[Sequence[str]]
    ) -> list[StoredResource]:
        checked = [
            self._checked("create", type_name, after=document, ignored=notes)
            for document, notes in zip(documents, ignored, strict=True)
        ]
        created = self.store.insert_many(type_name, documents)
        # The database stores them while their entries are written, and the next ones.
        self.store.transaction.hasten()
        for change, resource in zip(checked, created, strict=True):
            change.resource_id = resource.id
        self._conclude(checked, status=201)
        self.store.transaction.hasten()
        return created

    def update(
        self,
        operation: Literal["replace", "patch"],
        current: StoredResource,
        document: Document | None,
        edits: Sequence[MembershipEdit] = (),
        ignored: Sequence[str] = (),
    ) -> StoredResource:
        """Change the document of a locked resource, its memberships, or both; None leaves the document as it is.

        What changes nothing keeps the version, and is not journalled unless something was ignored.
        """
        before = current.attributes
        after = before if document is None else document
        if operation == "replace" and "active" in before:
            # RFC 7644 §3.5.1 leaves it to the server what an omitted attribute becomes: nobody returns unsaid.
            after.setdefault("active", before["active"])
        added, removed = self._membership_changes(current.id, edits)
        if after == before and not (added or removed or ignored):
            return current
        change = self._checked(operation, current.type_name, current.id, before, after, added, removed, ignored)
        change.members_removed = self.store.members.remove(current.id, removed)
        change.members_added = self.store.members.add(current.id, added, since=now_text())
        updated = current if after == before else self.store.update(current, after)
        has_moved = bool(change.members_added or change.members_removed)
        if updated is current and not (has_moved or ignored):
            return current
        self._follow([change])
        if updated is current and has_moved:
            # As late as can be: others who change members of the group wait for its new version from here on.
            moment = self.store.touch(current.type_name, [current.id])
            updated = replace(current, version=current.version + 1, last_modified=moment)
        self._record([change])
        return updated

    def delete(self, current: StoredResource) -> None:
        """Delete a resource and its memberships."""
        change = self._checked("delete", current.type_name, current.id, before=current.attributes)
        self.store.delete(current)
        self._conclude([change], status=204)

    def _checked(
        self,
        operation: ChangeOperation,
        type_name: str,
        resource_id: str | None = None,
        before: Document | None = None,
        after: Document | None = None,
        members_added: Sequence[str] = (),
        members_removed: Sequence[str] = (),
        ignored: Sequence[str] = (),
    ) -> Change:
        """Show a change to the rules, and return it as they completed it."""
        if operation == "create" and type_name == "User" and after is not None:
            after.setdefault("active", True)
        change = Change(
            self.principal, self.store.tenant, operation, type_name, resource_id, before, after,
            members_added, members_removed, ignored,
        )  # fmt: skip
        if after is not None and after is not before:
            check_document(type_name, after)
        if self.trial is not None:
            self.trial.begin([extension.consequences(change, self.store) for extension in self._extensions])
        for extension in self._extensions:
            extension.check(change, self.store)
        if self._extensions and after is not None and after is not before:
            refresh_schemas(self.store.types[type_name].model, after)
        return change

    def _membership_changes(
        self, group_id: str, edits: Sequence[MembershipEdit]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return who becomes a member and who stops being one, once all edits are done in their order."""
        if not edits:
            return (), ()
        if all(edit.operation == "add" for edit in edits):
            return tuple(dict.fromkeys(each for edit in edits for each in edit.ids)), ()
        if all(edit.operation == "remove" for edit in edits):
            return (), tuple(dict.fromkeys(each for edit in edits for each in edit.ids))
        return _settled(self.store.members.ids(group_id), edits)

    def _follow(self, changes: Sequence[Change]) -> None:
        for extension in self._extensions:
            extension.follow(changes, self.store)

    def _conclude(self, changes: Sequence[Change], *, status: int) -> None:
        self._follow(changes)
        self._record(changes, status=status)

    def _record(self, changes: Sequence[Change], *, status: int = 200) -> None:
        request = None if self.described is None else self.described()
        entries = [self._entry(change, status, request) for change in changes]
        record(self.store.transaction, self.store.tenant, entries)
        if self.trial is not None:
            self.trial.end()

    def _described(self, resource_type: str, document: Document) -> str | None:
        descriptions = (extension.describe(resource_type, document) for extension in self._extensions)
        return next((each for each in descriptions if each is not None), None)

    def _entry(self, change: Change, status: int, request: Mapping[str, str] | None) -> Entry:
        shown: dict[str, Any] = change.after or change.before or {}
        return Entry(
            actor=actor_of(self.principal),
            operation=change.operation,
            resource_type=change.resource_type,
            resource_id=change.resource_id,
            display=shown.get("userName") or shown.get("displayName") or self._described(change.resource_type, shown),
            before=change.before,
            after=change.after,
            members_added=change.members_added,
            members_removed=change.members_removed,
            ignored=change.ignored,
            status=status,
            request_id=self.request_id,
            request=request,
        )


def _settled(present: set[str], edits: Sequence[MembershipEdit]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    wanted = dict.fromkeys(sorted(present))
    for edit in edits:
        if edit.operation == "replace":
            wanted = dict.fromkeys(edit.ids)
        elif edit.operation == "add":
            wanted |= dict.fromkeys(edit.ids)
        else:
            for member in edit.ids:
                wanted.pop(member, None)
    return tuple(each for each in wanted if each not in present), tuple(each for each in present if each not in wanted)
