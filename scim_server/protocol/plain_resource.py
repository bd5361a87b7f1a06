"""The resource that providers send most, read without building a model: plain texts, truth values and entries of them.

It becomes the same document as by the library. Whatever holds anything else, or any fault, is the library's to read and
to refuse.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from inspect import signature
from typing import Any

from pydantic import WrapSerializer
from scim2_models import Mutability, Required, Resource, Returned
from scim2_models import User as LibraryUser
from scim2_models.base import BaseModel

from scim_server.store.documents import Document, plan, refresh_schemas

_KNOWN_VALIDATORS = frozenset(LibraryUser.__pydantic_decorators__.model_validators)
"""What the library asks of every model, and :func:`plain_resource` asks as well."""


@dataclass(frozen=True, slots=True)
class _Attribute:
    """How one attribute looks when it is plain."""

    name: str
    kind: type[Any]
    """``str`` or ``bool``, or ``dict`` when it has sub-attributes."""

    many: bool
    required: bool
    inner: "tuple[_Attribute, ...]"
    checks: tuple[Callable[[Any], Any], ...]


def plain_resource(model: type[Resource[Any]], payload: Any) -> Document | None:
    """Return the document of a resource that shall be created or replace another, or None when it is not plain."""
    schemas = payload.get("schemas") if type(payload) is dict else None
    if type(schemas) is not list or str(model.__schema__) not in schemas:
        return None
    known = _known_schemas(model)
    if not all(type(each) is str and each in known for each in schemas):
        return None
    attributes = _plain_attributes(model)
    read = None if attributes is None else _read(attributes, payload, beside=1)
    if read is None:
        return None
    document = {"schemas": schemas, **read}
    refresh_schemas(model, document)
    return document


def _read(attributes: tuple[_Attribute, ...], sent: Mapping[str, Any], beside: int = 0) -> Document | None:
    """Return what was sent, in the order of its model, or None when any of it is not plain.

    ``beside`` says how many names of what was sent are read elsewhere.
    """
    document: Document = {}
    for attribute in attributes:
        value = sent.get(attribute.name)
        if value is None:
            if attribute.required:
                return None
            continue
        plain = _read_many(attribute, value) if attribute.many else _read_one(attribute, value)
        if plain is None:
            return None
        document[attribute.name] = plain
    return document if len(document) + beside == len(sent) else None


def _read_one(attribute: _Attribute, value: Any) -> Any:
    if type(value) is not attribute.kind or value in ("", {}):
        return None
    if attribute.kind is dict:
        return _read(attribute.inner, value)
    for check in attribute.checks:
        try:
            value = check(value)
        except ValueError:
            return None
    return value


def _read_many(attribute: _Attribute, values: Any) -> list[Any] | None:
    if type(values) is not list or not values:
        return None
    read = [_read_one(attribute, value) for value in values]
    if None in read:
        return None
    if attribute.kind is dict and sum(entry.get("primary") is True for entry in read) > 1:
        return None
    return read


@cache
def _known_schemas(model: type[Resource[Any]]) -> frozenset[str]:
    return frozenset([str(model.__schema__), *model.get_extension_models()])


@cache
def _plain_attributes(model: type[BaseModel]) -> tuple[_Attribute, ...] | None:
    """Return the attributes that may be plain, in the order of the model, or None when it has rules of its own."""
    if not _KNOWN_VALIDATORS.issuperset(model.__pydantic_decorators__.model_validators):
        return None
    found = (_attribute(model, each.field, each.name) for each in plan(model))
    attributes = tuple(each for each in found if each is not None)
    required = {str(model._scim_name(name)) for name in model.model_fields if _is_required(model, name)}
    is_complete = required - {"schemas"} <= {each.name for each in attributes}
    return attributes if is_complete else None


def _attribute(model: type[BaseModel], field: str, name: str) -> _Attribute | None:
    """Return how an attribute looks when it is plain, or None when it never is."""
    root: Any = model.get_field_root_type(field)
    checks = field_checks(model, field)
    is_shown = model.get_field_annotation(field, Returned) == Returned.default
    if checks is None or not is_shown or model.get_field_annotation(field, Mutability) != Mutability.read_write:
        return None
    many = bool(model.get_field_multiplicity(field))
    required = _is_required(model, field)
    if root in (str, bool):
        return _Attribute(name, root, many, required, (), checks)
    if not (isinstance(root, type) and issubclass(root, BaseModel)) or checks:
        return None
    inner = _plain_attributes(root)
    return None if inner is None else _Attribute(name, dict, many, required, inner, ())


def _is_required(model: type[BaseModel], field: str) -> bool:
    return bool(model.get_field_annotation(field, Required) == Required.true)


def field_checks(model: type[BaseModel], field: str) -> tuple[Callable[[Any], Any], ...] | None:
    """Return what a model asks of one of its values beyond the type, or None when it can only be asked by a model."""
    declared = model.__pydantic_decorators__.field_validators.values()
    concerned = [each for each in declared if field in each.info.fields or "*" in each.info.fields]
    checks: tuple[Callable[[Any], Any], ...] = tuple(getattr(model, each.cls_var_name) for each in concerned)
    is_askable = all(each.info.mode == "after" for each in concerned) and all(
        len(signature(check).parameters) == 1 for check in checks
    )
    is_unbounded = all(isinstance(each, Enum | WrapSerializer) for each in model.model_fields[field].metadata)
    return checks if is_askable and is_unbounded else None
