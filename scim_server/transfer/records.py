"""What a file asks for, line by line, whatever its format."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from scim_server.store.documents import Document

_REQUEST = re.compile(r"\b(the|this) request(?: body)?\b", re.IGNORECASE)


class UnreadableFileError(Exception):
    """A file cannot be read as what it is said to be; the message says what to do about it."""


def of_line(reason: str | None) -> str:
    """Return why a request is refused as why a line is."""
    return _REQUEST.sub(r"\1 line", reason or "It is refused.")


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that is not stored, and why."""

    line: int
    reason: str
    size: int = 0
    status: int = 400
    scim_type: str | None = None
    operation: str = "create"
    type_name: str | None = None
    resource_id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class MemberReference:
    """A member of a group, by an id of the tenant that the file came from or by what names it everywhere."""

    id: str | None
    type_name: str | None
    name: str | None

    def __str__(self) -> str:
        """Return what a person would call the member."""
        return repr(self.name or self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(ABC):
    """One resource that a file describes."""

    line: int
    size: int
    """How many bytes of the file it takes."""

    type_name: str
    id: str | None = None
    external_id: str | None = None
    name: str | None = None
    """Its userName, displayName, or what else names a resource of its type."""

    members: tuple[MemberReference, ...] | None = None
    """Its members; None leaves those it has as they are."""

    groups: tuple[str, ...] = ()
    """The names of groups it shall belong to, among others."""

    @property
    @abstractmethod
    def operation(self) -> Literal["replace", "patch"]:
        """What changing a stored resource by the record is called in the journal."""

    @abstractmethod
    def payload(self, current: Document | None) -> dict[str, Any]:
        """Return the whole resource as it shall be, given what is stored of it."""


class RecordFile(Protocol):
    """A file of records, which can be read several times."""

    size: int
    """Its length in bytes."""

    def __iter__(self) -> Iterator[Record | Refused]:
        """Yield each record in an order in which they can be stored, and each line that holds none.

        :raises UnreadableFileError: When the rest of the file cannot be read.
        """
