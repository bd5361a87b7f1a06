"""Turn a validated model into the document that is stored, and a document into its comparison form.

Both walks follow a plan made once for each model, since they are on the path of every write.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Annotated, Any, get_args, get_origin
from unicodedata import normalize

from pydantic import BaseModel as PydanticModel
from scim2_models import BaseModel, CaseExact, Extension, Mutability, Resource, Returned
from scim2_models.base import BaseModel as ScimBaseModel
from scim2_models.scim_object import ScimObject

Document = dict[str, Any]
"""A resource as JSON: canonical attribute names, without ``id``, ``meta`` and everything relational or derived."""

SORT_KEY = "$sort"
"""Where a search form keeps, for each multi-valued attribute, the entry that sorting looks at (RFC 7644 §3.4.2.3)."""

#: Never in a document: the columns hold them, or the table of memberships.
_RELATIONAL = {"User": {"groups"}, "Group": {"members"}}
_ENVELOPE = frozenset({"id", "meta"})


def relational_attributes(resource_type: str) -> set[str]:
    """Return the names of the attributes that are read from the table of memberships."""
    return _RELATIONAL.get(resource_type, set())


@dataclass(frozen=True, slots=True)
class _Field:
    """How one attribute of a model is written."""

    field: str
    name: str
    key: str
    many: bool
    case_exact: bool
    nested: "tuple[_Field, ...] | None"
    by_name: "dict[str, _Field]"
    """The sub-attributes, by their names."""

    is_extension: bool


@cache
def plan(model: type[BaseModel]) -> tuple[_Field, ...]:
    """Return how the attributes of a model are written, leaving out what is never stored."""
    skipped = _ENVELOPE | relational_attributes(_type_name(model)) if issubclass(model, Resource) else frozenset()
    if issubclass(model, ScimObject):
        skipped = skipped | {"schemas"}
    return tuple(
        _plan_field(model, field)
        for field in model.model_fields
        if model._scim_name(field) not in skipped
        and model.get_field_annotation(field, Returned) != Returned.never
        and model.get_field_annotation(field, Mutability) != Mutability.write_only
    )


def _plan_field(model: type[BaseModel], field: str) -> _Field:
    root = model.get_field_root_type(field)
    root_type = get_args(root)[0] if get_origin(root) is Annotated else root
    nested = root if isinstance(root, type) and issubclass(root, ScimBaseModel) else None
    name = str(model._scim_name(field))
    inner = plan(nested) if nested is not None else None
    return _Field(
        field=field,
        name=name,
        key=name.lower(),
        many=bool(model.get_field_multiplicity(field)),
        case_exact=root_type in (datetime, bytes) or model.get_field_annotation(field, CaseExact) == CaseExact.true,
        nested=inner,
        by_name={sub.name: sub for sub in inner or ()},
        is_extension=nested is not None and issubclass(nested, Extension),
    )


@cache
def _fields_by_name(model: type[BaseModel]) -> dict[str, _Field]:
    return {field.name: field for field in plan(model)}


def _type_name(model: type[BaseModel]) -> str:
    return str(getattr(model, "__schema__", "")).rpartition(":")[2]


def render(resource: Resource[Any]) -> Document:
    """Return the document of a resource: canonical names, values as they were sent, nothing unassigned."""
    model = type(resource)
    document: Document = {"schemas": [str(model.__schema__)]}
    values = resource.__dict__
    for field in plan(model):
        value = values.get(field.field)
        # Most of what a model declares has no value.
        if value is not None and (rendered := _render(field, value)) is not None:
            document[field.name] = rendered
    refresh_schemas(model, document)
    return document


def refresh_schemas(model: type[Resource[Any]], document: Document) -> None:
    """List the schemas of the attributes a document holds (RFC 7643 §3)."""
    document["schemas"] = [
        str(model.__schema__),
        *(field.name for field in plan(model) if field.is_extension and field.name in document),
    ]


def _render(field: _Field, value: Any) -> Any:
    if field.many:
        rendered = [None if item is None else _render_one(field, item) for item in value]
        entries = [entry for entry in rendered if entry is not None]
        return entries or None
    return _render_one(field, value)


def _render_one(field: _Field, value: Any) -> Any:
    if field.nested is None:
        return value if type(value) in (str, bool, int) else _scalar(value)
    attributes = value if isinstance(value, dict) else value.__dict__
    entry = {}
    for sub in field.nested:
        inner = attributes.get(sub.field)
        if inner is not None and (rendered := _render(sub, inner)) is not None:
            entry[sub.name] = rendered
    return entry or None


def _scalar(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, PydanticModel):
        return value.model_dump(mode="json", exclude_none=True)
    return value


def utc_text(moment: datetime) -> str:
    """Return a date as UTC text of one length, which sorts as dates do; a date without an offset is taken as UTC."""
    try:
        naive = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except OverflowError:
        # Providers send the first or last date that they know for "never", and an offset can lead out of the calendar.
        naive = moment.replace(tzinfo=None)
    return naive.isoformat(timespec="microseconds") + "Z"


def comparison_text(value: str, *, case_exact: bool) -> str:
    """Return the form in which ``scim2-models`` compares a string: NFC, and lower case unless ``caseExact``."""
    if value.isascii():
        return value if case_exact else value.lower()
    composed = normalize("NFC", value)
    return composed if case_exact else normalize("NFC", composed.lower())


def search_form(model: type[BaseModel], document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with names in lower case and values as they are compared."""
    form: dict[str, Any] = {}
    sorting: dict[str, Any] = {}
    fields = _fields_by_name(model)
    # A document holds few of the attributes that its model declares.
    for name, value in document.items():
        field = fields.get(name)
        if field is None or value is None:
            continue
        compared = _compared(field, value)
        form[field.key] = compared
        if field.many and isinstance(compared, list) and compared:
            sorting[field.key] = _sorted_by(compared)
    if sorting:
        form[SORT_KEY] = sorting
    return form


def _sorted_by(entries: list[Any]) -> Any:
    primary = (entry for entry in entries if isinstance(entry, dict) and entry.get("primary") is True)
    return next(primary, entries[0])


def _compared(field: _Field, value: Any) -> Any:
    if field.many:
        return [_compared_one(field, item) for item in value]
    return _compared_one(field, value)


def _compared_one(field: _Field, value: Any) -> Any:
    if isinstance(value, str):
        return comparison_text(value, case_exact=field.case_exact)
    if field.nested is None or not isinstance(value, dict):
        return value
    entry: dict[str, Any] = {}
    subs = field.by_name
    # An entry holds few of the sub-attributes that are declared, too.
    for name, inner in value.items():
        sub = subs.get(name)
        if sub is None or inner is None:
            continue
        if type(inner) is str:
            entry[sub.key] = comparison_text(inner, case_exact=sub.case_exact)
        else:
            entry[sub.key] = _compared(sub, inner)
    if field.is_extension:
        _keep_sorted_entries(field, entry)
    return entry


def _keep_sorted_entries(field: _Field, entry: dict[str, Any]) -> None:
    sorting = {sub.key: _sorted_by(entry[sub.key]) for sub in field.nested or () if sub.many and entry.get(sub.key)}
    if sorting:
        entry[SORT_KEY] = sorting


def values_at(form: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    """Yield the strings a search form holds at a path such as ``("emails", "value")``."""
    value = form.get(path[0])
    for item in value if isinstance(value, list) else [value]:
        if len(path) > 1 and isinstance(item, dict):
            yield from values_at(item, path[1:])
        elif len(path) == 1 and isinstance(item, str):
            yield item
