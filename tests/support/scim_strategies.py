"""Hypothesis strategies made from a resource model: payloads it accepts, and filters that name what it declares.

Few values on purpose, and fewer still in each example: only values that meet tell a comparison from another. They are
the troublesome ones: empty, differing in case or composition only, changing length in lower case, and special to
``LIKE`` or to JSON.
"""

from datetime import datetime
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from hypothesis import strategies as st
from scim2_models import BaseModel, Mutability, Reference, Resource, Returned, ScimFilter

from scim_server.store.paths import is_extension

TEXTS = (
    "",
    "a",
    "A",
    "b",
    "é",
    "e\u0301",
    "É",
    "ß",
    "İ",
    "Σ",
    "ς",
    "%",
    "_",
    "a%",
    "a_b",
    "\\",
    "/",
    '"',
    "'",
    "a b",
    "😀",
)
ADDRESSES = ("a@b.example", "A@B.example", "é@b.example", "a%@b.example")
LINKS = ("https://b.example/a", "https://b.example/A", "/é")
MOMENTS = ("2026-09-01T08:00:00Z", "2026-09-01T09:00:00+01:00", "2026-09-01T08:00:00.5Z", "0001-01-01T00:00:00Z")
BINARIES = ("aGk=", "SGk=", "")
WHOLES = (-1, 0, 1, 2, 10**12)
DECIMALS = (-1.5, 0.0, 0.1, 1.0, 2.5, 1e30)
ORDERED = ("eq", "ne", "gt", "ge", "lt", "le")
PATTERNS = ("co", "sw", "ew")
ID = "{id:%d}"
"""Stands in payloads and filters for the id of a resource that does not exist yet."""

#: Assigned by the store, or made by another strategy.
_LEFT_OUT = frozenset({"id", "meta", "schemas", "groups", "members", "userName"})


#: The texts of one example.
_texts = st.shared(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=4), key="texts")


def _any_of(literals: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    return _texts.flatmap(st.sampled_from) if literals == TEXTS else st.sampled_from(literals)


def _type(model: type[BaseModel], field: str) -> Any:
    declared: Any = model.get_field_root_type(field)
    return get_args(declared)[0] if get_origin(declared) is Annotated else declared


def _is_complex(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _fields(model: type[BaseModel]) -> list[tuple[str, str]]:
    """Return the Python and SCIM names of the attributes that a client can write and the store keeps."""
    return [
        (field, model._scim_name(field))
        for field in model.model_fields
        if model._scim_name(field) not in _LEFT_OUT
        and model.get_field_annotation(field, Returned) != Returned.never
        and model.get_field_annotation(field, Mutability) != Mutability.write_only
        and not is_extension(_type(model, field))
    ]


def _literals(model: type[BaseModel], field: str) -> tuple[Any, ...]:
    """Return values of an attribute that is not complex."""
    kind = _type(model, field)
    if model.__name__ == "Email" and field == "value":
        return ADDRESSES
    for python_type, values in (
        (bool, (True, False)),
        (int, WHOLES),
        (float, DECIMALS),
        (datetime, MOMENTS),
        (bytes, BINARIES),
        (Reference, LINKS),
    ):
        if isinstance(kind, type) and issubclass(kind, python_type):
            return values
    return TEXTS


@cache
def payloads(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy of payloads of a model, each holding some of its attributes."""
    optional = {name: _values(model, field) for field, name in _fields(model)}
    if issubclass(model, Resource):
        optional |= {urn: payloads(extension) for urn, extension in model.get_extension_models().items()}
    return st.fixed_dictionaries({}, optional=optional)


def _values(model: type[BaseModel], field: str) -> st.SearchStrategy[Any]:
    kind = _type(model, field)
    one = payloads(kind) if _is_complex(kind) else _any_of(_literals(model, field))
    return st.lists(one, max_size=3) if model.get_field_multiplicity(field) else one


@cache
def filters(model: type[Resource[Any]]) -> st.SearchStrategy[str]:
    """Return a strategy of filters on a model."""
    terms = st.one_of(
        _whole(), *[_on_attribute(holder, prefix, field, name) for holder, prefix, field, name in _heads(model)]
    )
    return _joined(terms)


def _heads(model: type[Resource[Any]]) -> list[tuple[type[BaseModel], str, str, str]]:
    own = [(model, prefix, *names) for prefix in ("", f"{model.__schema__}:") for names in _fields(model)]
    more: list[tuple[type[BaseModel], str, str, str]] = [
        (extension, f"{urn}:", *names)
        for urn, extension in model.get_extension_models().items()
        for names in _fields(extension)
    ]
    relations = [(model, "", name, name) for name in ("groups", "members") if name in model.model_fields]
    return [*own, *more, *relations]


def _whole() -> st.SearchStrategy[str]:
    """Return filters on what every resource has, and on what none has."""
    schemas = ["urn:ietf:params:scim:schemas:core:2.0:User", "URN:example:params:scim:schemas:extension:2.0:Exam", "a"]
    return st.one_of(
        _compared("id", tuple(ID % index for index in range(6)) + TEXTS),
        _compared("userName", ("user0", "USER1", "usér2", "user")),
        _compared("meta.resourceType", ("User", "user", "Course", "Use")),
        _compared("meta.version", ('W/"1"', 'w/"1"', 'W/"2"')),
        _compared("meta.created", MOMENTS),
        _compared("schemas", tuple(schemas)),
        _compared("value", tuple(schemas)).map(lambda inner: f"schemas[{inner}]"),
        st.sampled_from(
            ["meta pr", "meta eq null", "meta ne null", "nothing pr", "nothing.here ne null", "nothing[value pr]"]
        ),
    )


def _on_attribute(holder: type[BaseModel], prefix: str, field: str, name: str) -> st.SearchStrategy[str]:
    kind = _type(holder, field)
    if not _is_complex(kind):
        return _compared(f"{prefix}{name}", _literals(holder, field))
    inner = [(sub, sub_name) for sub, sub_name in _entry_fields(kind)]
    choices = [_compared(f"{prefix}{name}.{sub_name}", _entry_literals(kind, sub)) for sub, sub_name in inner]
    choices.append(_compared(f"{prefix}{name}", ADDRESSES + TEXTS + (ID % 0, ID % 3, 1)))
    if holder.get_field_multiplicity(field):
        terms = st.one_of(*[_compared(sub_name, _entry_literals(kind, sub)) for sub, sub_name in inner])
        choices.append(_joined(terms).map(lambda filter_: f"{prefix}{name}[{filter_}]"))
    return st.one_of(choices)


def _entry_fields(kind: type[BaseModel]) -> list[tuple[str, str]]:
    # $ref is made for each response, and cannot be searched.
    computed = kind.__name__ in ("GroupMember", "GroupMembership")
    return [(field, kind._scim_name(field)) for field in kind.model_fields if not (computed and field == "ref")]


def _entry_literals(kind: type[BaseModel], field: str) -> tuple[Any, ...]:
    if field == "value" and kind.__name__ in ("GroupMember", "GroupMembership", "Manager"):
        return tuple(ID % index for index in range(8))
    if field == "type" and kind.__name__ in ("GroupMember", "GroupMembership"):
        return ("user", "Group", "direct", "INDIRECT")
    return _literals(kind, field)


def _compared(path: str, literals: tuple[Any, ...]) -> st.SearchStrategy[str]:
    some = _any_of(literals)
    values = st.one_of(some, some, some, some, st.none())
    compared = st.tuples(st.sampled_from(ORDERED + PATTERNS), values).map(
        lambda parts: f"{path} {parts[0]} {ScimFilter.quote(parts[1])}"
    )
    return st.one_of(compared, compared, compared, st.just(f"{path} pr"))


def _joined(terms: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.recursive(
        terms,
        lambda inner: st.one_of(
            inner.map(lambda filter_: f"not ({filter_})"),
            st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
                lambda parts: f"({parts[0]}) {parts[1]} ({parts[2]})"
            ),
        ),
        max_leaves=4,
    )


@cache
def sort_paths(model: type[Resource[Any]]) -> st.SearchStrategy[str]:
    """Return a strategy of attributes of a model that results can be sorted by."""
    paths = ["id", "meta.created", "meta.lastModified", "meta.resourceType", "meta.version"]
    for holder, prefix, field, name in _heads(model):
        kind = _type(holder, field)
        if name in ("groups", "members") or _literals(holder, field) == BINARIES:
            continue
        if not _is_complex(kind):
            paths.append(f"{prefix}{name}")
            continue
        subs = [(sub, sub_name) for sub, sub_name in _entry_fields(kind) if not kind.get_field_multiplicity(sub)]
        paths += [f"{prefix}{name}.{sub_name}" for sub, sub_name in subs if _literals(kind, sub) != BINARIES]
    return st.sampled_from(sorted(set(paths)))
