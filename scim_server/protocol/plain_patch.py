"""The PATCH that providers send most, applied without building a model: single attributes get new values.

It leaves the same document behind as the library does. Whatever has any other form is the library's to read and apply.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from scim2_models import Mutability, Resource, Returned
from scim2_models.path import AttrPath

from scim_server.protocol.plain_resource import field_checks
from scim_server.store.documents import Document, plan
from scim_server.store.paths import is_extension, resolve

Model = type[Resource[Any]]

_SCHEMAS = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
_MEMBERS = {"schemas", "Operations"}
_PARTS = {"op", "path", "value"}
_ASSIGNING = ("replace", "add")


def plain_patch(model: Model, payload: Mapping[str, Any]) -> Document | None:
    """Return the values that a PATCH gives to attributes, by their names, or None when it has another form."""
    if payload.keys() != _MEMBERS or payload["schemas"] != _SCHEMAS:
        return None
    assigned: Document = {}
    for operation in payload["Operations"]:
        if not isinstance(operation, dict) or operation.keys() != _PARTS or operation["op"] not in _ASSIGNING:
            return None
        path, value = operation["path"], operation["value"]
        attribute = _single_attribute(model, path) if isinstance(path, str) and path.isascii() else None
        if attribute is None or type(value) is not attribute[1] or value == "":
            return None
        assigned[attribute[0]] = value
    return assigned or None


@lru_cache(maxsize=512)
def _single_attribute(model: Model, path: str) -> tuple[str, type] | None:
    """Return the name and the type of an attribute that holds one plain text or truth value, or None.

    Clients choose the paths, so not all that were ever sent are remembered.
    """
    if not path.isalnum() or not path[0].isalpha():
        return None
    binding = resolve(model, AttrPath(path))
    if binding is None or binding.is_multivalued or is_extension(binding.model):
        return None
    field = binding.field_name
    may_change = model.get_field_annotation(field, Mutability) == Mutability.read_write
    is_kept = any(each.field == field for each in plan(model))
    is_shown = model.get_field_annotation(field, Returned) == Returned.default
    if (
        not (may_change and is_kept and is_shown)
        or binding.target_type not in (str, bool)
        or field_checks(model, field) != ()
    ):
        return None
    return str(model._scim_name(field)), binding.target_type
