"""JSON lines: one SCIM resource a line, as ``scim-server export`` writes them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

from scim2_models import SCIMException

from scim_server.protocol.guard import read_json
from scim_server.settings import Settings
from scim_server.store.documents import Document, comparison_text
from scim_server.store.types import StoredType, StoredTypes
from scim_server.transfer.lines import line_at, read_lines
from scim_server.transfer.records import MemberReference, Record, Refused, UnreadableFileError, of_line

MAX_LINE = 32 * 2**20
"""The longest line in bytes: a group of 300,000 members."""

_MAX_MEMBERS = 10**6
_NEVER_STORED = frozenset({"id", "meta", "members", "groups"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceLine(Record):
    """A line that holds a whole resource."""

    attributes: dict[str, Any]

    @property
    def operation(self) -> Literal["replace", "patch"]:
        """A line replaces the resource it stands for."""
        return "replace"

    def payload(self, current: Document | None) -> dict[str, Any]:
        """Return what the line holds."""
        return self.attributes


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a line with a group is, to read it again when its turn has come."""

    line: int
    offset: int
    id: str | None
    name: str | None


class JsonLines:
    """A file of JSON lines. Groups come last, each after the groups it contains."""

    def __init__(self, file: BinaryIO, types: StoredTypes, settings: Settings) -> None:
        """Read a file that can be rewound."""
        self.size = file.seek(0, 2)
        self._file = file
        self._settings = settings.model_copy(update={"max_body_size": MAX_LINE, "max_members": _MAX_MEMBERS})
        self._types = {str(stored_type.model.__schema__).lower(): stored_type for stored_type in types.values()}

    def __iter__(self) -> Iterator[Record | Refused]:
        """Yield every resource of the file."""
        places: list[_Place] = []
        for line in read_lines(self._file, MAX_LINE):
            if line.number == 1 and line.text.lstrip().startswith(b"["):
                raise UnreadableFileError(
                    "The file is one JSON array; write each resource on a line of its own instead."
                )
            if line.too_long:
                yield Refused(line.number, f"The line is longer than {MAX_LINE // 2**20} MiB.", line.size)
            elif line.text.strip():
                read = self._read(line.number, line.text)
                if isinstance(read, ResourceLine) and read.type_name == "Group":
                    places.append(_Place(line.number, line.offset, read.id, read.name))
                else:
                    yield read
        yield from self._contained_first(places)

    # -- One line -----------------------------------------------------------

    def _read(self, number: int, text: bytes) -> ResourceLine | Refused:
        try:
            payload = read_json(text, self._settings)
            return self._record(number, len(text), payload)
        except SCIMException as error:
            return Refused(number, of_line(error.detail), len(text), error.status, error.scim_type)
        except ValueError as error:
            return Refused(number, str(error), len(text))

    def _record(self, number: int, size: int, payload: Any) -> ResourceLine:
        if not isinstance(payload, dict):
            raise ValueError("Each line must be one JSON object: a whole resource.")  # noqa: TRY004 - of the file
        folded = {name.lower(): value for name, value in payload.items()}
        stored_type = self._type_of(folded)
        return ResourceLine(
            line=number,
            size=size,
            type_name=stored_type.name,
            id=_text(folded.get("id")),
            external_id=_text(folded.get("externalid")),
            name=_text(folded.get((stored_type.unique or stored_type.display).lower())),
            members=_members(folded.get("members")) if stored_type.has_members else None,
            attributes={name: value for name, value in payload.items() if name.lower() not in _NEVER_STORED},
        )

    def _type_of(self, folded: dict[str, Any]) -> StoredType:
        schemas = folded.get("schemas")
        for urn in schemas if isinstance(schemas, list) else ():
            if (found := self._types.get(str(urn).lower())) is not None:
                return found
        raise ValueError(
            "The line does not say what it is; it needs schemas with "
            "'urn:ietf:params:scim:schemas:core:2.0:User' or '…:Group'."
        )

    # -- Groups -------------------------------------------------------------

    def _contained_first(self, places: list[_Place]) -> Iterator[Record | Refused]:
        """Yield each group after those it contains; groups in a circle are refused."""
        index = {place.id: place for place in reversed(places) if place.id}
        named = {comparison_text(place.name, case_exact=False): place for place in reversed(places) if place.name}
        done: set[int] = set()
        for place in places:
            path = [] if place.line in done else [self._opened(place, index, named)]
            while path:
                record, waiting = path[-1]
                following = next((each for each in waiting if each.line not in done), None)
                if following is None:
                    path.pop()
                    done.add(record.line)
                    yield record
                elif any(each.line == following.line for each, _ in path):
                    path.pop()
                    done.add(record.line)
                    yield _in_a_circle(record, following)
                else:
                    path.append(self._opened(following, index, named))

    def _opened(
        self, place: _Place, index: dict[str, _Place], named: dict[str, _Place]
    ) -> tuple[Record, Iterator[_Place]]:
        """Return the group at a place, and where in the file the groups are that it contains."""
        record = self._read(place.line, line_at(self._file, place.offset, MAX_LINE))
        assert isinstance(record, ResourceLine), "the line was a group when it was first read"
        found = (_found(member, index, named) for member in record.members or ())
        return record, iter([each for each in found if each is not None])


def _found(member: MemberReference, index: dict[str, _Place], named: dict[str, _Place]) -> _Place | None:
    if member.id is not None and member.id in index:
        return index[member.id]
    if member.id is None and member.type_name == "Group" and member.name:
        return named.get(comparison_text(member.name, case_exact=False))
    return None


def _in_a_circle(record: Record, member: _Place) -> Refused:
    reason = f"It contains {member.name or member.id!r} (line {member.line}), which contains it in turn."
    return Refused(record.line, reason, record.size, type_name="Group", resource_id=record.id, name=record.name)


def _members(value: Any) -> tuple[MemberReference, ...] | None:
    """Return the members that a line names.

    :raises ValueError: When one of them is named in no way.
    """
    if value is None:
        return None
    return tuple(_member(entry) for entry in (value if isinstance(value, list) else [value]))


def _member(entry: Any) -> MemberReference:
    folded = {name.lower(): item for name, item in entry.items()} if isinstance(entry, dict) else {}
    user, group = _text(folded.get("username")), _text(folded.get("displayname"))
    kind = "User" if user else "Group" if group else _text(folded.get("type"))
    reference = MemberReference(_text(folded.get("value")), kind, user or group)
    if not (reference.id or reference.name):
        raise ValueError("Each member needs a value (an id), a userName (of a user) or a displayName (of a group).")
    return reference


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
