"""What the journal keeps of a request: enough to see what a directory sent, and nobody's personal data."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from scim2_models import Attribute, Resource
from scim2_server.requests import ScimRequest

LONGEST_BODY = 4096
_LONGEST_PATH = 200
_DEEPEST, _MOST_ENTRIES, _MOST_WORDS = 12, 50, 12
_HIDDEN = "…"

_SECRET = frozenset({"password", "x509certificates", "photos"})
_AROUND = frozenset({"operations", "data", "resources"})
"""What holds attributes and is none (RFC 7644 §3.5.2 and §3.7)."""

_PLAIN = {
    "schemas": re.compile(r"(?:urn:|http://schemas\.)[\w.:/-]{1,200}", re.IGNORECASE),
    "op": re.compile(r"add|replace|remove", re.IGNORECASE),
    "method": re.compile(r"get|post|put|patch|delete", re.IGNORECASE),
    "type": re.compile(r"work|home|other|mobile|fax|pager|direct|indirect|user|group", re.IGNORECASE),
    "active": re.compile(r"true|false", re.IGNORECASE),
    "primary": re.compile(r"true|false", re.IGNORECASE),
}
"""Texts that say what a request is, not who it is about: what may stand there, by the name of the attribute."""

_WORDS_OF_FILTERS = frozenset(
    ("eq", "ne", "co", "sw", "ew", "pr", "gt", "ge", "lt", "le", "and", "or", "not", "true", "false")
)
_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_EMAIL = re.compile(r"([^\s@])[^\s@]*@([^\s@])[^\s@]*?(?:\.([a-z]{2,20}))?", re.IGNORECASE)
_WORD = re.compile(r"[^\s@.,;:\-_'\"()\[\]{}]+")
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
_PATH = re.compile(r"((?:urn:[\w.:-]+:)?[a-z$][\w$-]*)(?:\[([^\[\]]*)\])?((?:\.[a-z$][\w$-]*)?)", re.IGNORECASE)


def masked_text(text: str) -> str:
    """Return a text of which the first letter of each word can be read: ``a•••@g•••.example``, ``A••• P•••``.

    Of a number nothing can be read.
    """
    if (email := _EMAIL.fullmatch(text)) is not None:
        return f"{email[1]}•••@{email[2]}•••" + (f".{email[3]}" if email[3] else "")
    start = text[:_LONGEST_PATH]
    words = _WORD.sub(lambda word: f"{word[0][0]}•••" if word[0][0].isalpha() else "•••", start).split()
    return " ".join(words[:_MOST_WORDS]) + (_HIDDEN if len(words) > _MOST_WORDS or start != text else "")


@dataclass(frozen=True, slots=True)
class Masking:
    """Makes requests unreadable but recognisable. What no schema declares is left out: nobody knows what it is."""

    names: frozenset[str]
    """The attributes and schemas served here, in lower case."""

    @classmethod
    def of(cls, models: Iterable[type[Resource[Any]]]) -> "Masking":
        """Return what masks requests about resources of some models, extensions included."""
        names = set[str]()
        for model in models:
            kinds: list[Any] = [model, *model.get_extension_models().values()]
            for each in kinds:
                schema = each.to_schema()
                names.update([str(schema.id).lower(), *_names(schema.attributes or ())])
        return cls(frozenset(names | {"schemas", "id", "externalid", "meta", "bulkid", "path", "op", "method"}))

    def request(self, request: ScimRequest) -> dict[str, str]:
        """Return the method and path of a request, and its body when it has one."""
        described = {"method": request.method, "path": masked_address(request.path)}
        body = self.body(request.body)
        return described if body is None else described | {"body": body}

    def change(self, request: ScimRequest) -> dict[str, str]:
        """Return the same of a request that changes something, of a bulk request without its other operations."""
        if request.path.strip("/").lower() == "bulk":
            return {"method": request.method, "path": "/Bulk"}
        return self.request(request)

    def body(self, body: bytes) -> str | None:
        """Return the body of a request without personal data, in :data:`LONGEST_BODY` bytes at most, or None."""
        if not body.strip():
            return None
        try:
            content = orjson.loads(body)
        except orjson.JSONDecodeError:
            return f"{len(body)} bytes that are no JSON"
        text = orjson.dumps(self._masked(content, "operations", 0))
        if len(text) <= LONGEST_BODY:
            return text.decode()
        return text[: LONGEST_BODY - len(_HIDDEN.encode())].decode(errors="ignore") + _HIDDEN

    def _masked(self, value: Any, name: str, depth: int) -> Any:
        """Return the value of an attribute as it may be kept."""
        if value is None:
            return None
        if depth > _DEEPEST or not (name in self.names or name in _AROUND):
            return _HIDDEN
        if isinstance(value, dict):
            return dict(self._members(value, depth))
        if isinstance(value, list):
            return [self._masked(each, name, depth + 1) for each in value[:_MOST_ENTRIES]]
        return self._text(value, name) if isinstance(value, str) else value if isinstance(value, bool) else "•••"

    def _members(self, content: dict[str, Any], depth: int) -> Iterator[tuple[str, Any]]:
        meant = self._meant(content)
        for key, value in content.items():
            name = _leaf(key, self.names)
            if name in _SECRET:
                continue
            if meant is not None and name == "value":
                yield key, _HIDDEN if meant in _SECRET else self._masked(value, meant, depth + 1)
            elif (shown := self._path(key)) is not None:
                yield shown, self._masked(value, name, depth + 1)

    def _meant(self, content: dict[str, Any]) -> str | None:
        """Return the attribute that the value of a PATCH operation is for, or None when it names several or none."""
        folded = {key.lower(): value for key, value in content.items()}
        if "op" not in folded:
            return None
        path = folded.get("path")
        return _leaf(path, self.names) if isinstance(path, str) and path else "operations"

    def _text(self, text: str, name: str) -> str:
        if name == "path":
            return masked_address(text) if text.startswith("/") else self._path(text) or _HIDDEN
        if (plain := _PLAIN.get(name)) is not None and plain.fullmatch(text):
            return text
        return text if name in ("id", "value") and _ID.fullmatch(text) else masked_text(text)

    def _path(self, path: str) -> str | None:
        """Return the path of an attribute with what its filter looks for hidden, or None when it looks like none."""
        literals = [each[1] for each in _LITERAL.finditer(path)]
        found = _PATH.fullmatch(_LITERAL.sub('""', path))
        if found is None or len(path) > _LONGEST_PATH:
            return None
        attribute, condition, rest = found.groups()
        if condition is None:
            return attribute + rest
        words = re.findall(r"[^\s()\"]+", condition.lower())
        if any(word not in _WORDS_OF_FILTERS and word not in self.names for word in words):
            return f"{attribute}[{_HIDDEN}]{rest}"
        shown = iter(literals)
        filled = re.sub('""', lambda _found: f'"{self._text(next(shown), _looked_for(words))}"', condition)
        return f"{attribute}[{filled}]{rest}"


def masked_address(path: str) -> str:
    """Return the path of a request: names of endpoints and ids can be read, anything else cannot."""
    endpoint, *rest = path[:_LONGEST_PATH].strip("/").split("/")
    first = endpoint if re.fullmatch(r"[A-Z][A-Za-z]{1,30}|\.search", endpoint) else masked_text(endpoint)
    shown = [each if _ID.fullmatch(each) or each in (".search", "access") else masked_text(each) for each in rest]
    return "/" + "/".join([first, *shown])


def _looked_for(words: list[str]) -> str:
    """Return what a filter compares: ``type`` may be read when it compares nothing else."""
    return "type" if words[0] == "type" and len(words) == 2 else "value"


def _leaf(key: str, names: frozenset[str]) -> str:
    """Return the attribute that a key or path means, in lower case: the last name of it, or a schema as a whole."""
    lower = re.sub(r"\[[^\]]*\]", "", key.lower())
    if lower in names:
        return lower
    return re.split(r"[:.]", lower)[-1]


def _names(attributes: Iterable[Attribute]) -> Iterator[str]:
    for each in attributes:
        yield str(each.name).lower()
        yield from _names(each.sub_attributes or ())
