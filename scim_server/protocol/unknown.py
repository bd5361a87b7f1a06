"""What a request held that no schema declares, once a tolerant client profile let it pass."""

# PatchOp takes a model as its parameter when it runs, and refuses the Any of these annotations.
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scim2_models import BaseModel, InvalidPathException, PatchOp, Resource
from scim2_models.base import BaseModel as ScimBaseModel
from scim2_models.path import Path
from scim2_server.utils import parametrize

from scim_server.protocol import normalise


def dropped_attributes(model: Resource[Any]) -> list[str]:
    """Return what of a payload is left out of what is stored: undeclared schemas and attributes.

    :raises InvalidValueException: When one of them could be the deactivation of a person.
    """
    known = {str(type(model).__schema__).lower(), *(urn.lower() for urn in type(model).get_extension_models())}
    names = [urn for urn in model.schemas if urn.lower() not in known]
    _collect(model, "", names)
    return names


def _collect(model: BaseModel, prefix: str, names: list[str]) -> None:
    unknown = model.unknown_attributes
    if unknown:
        normalise.refuse_lost_deactivation(unknown)
        names += [f"{prefix}{name}" for name in unknown]
    for field in type(model).model_fields:
        value = model.__dict__.get(field)
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, ScimBaseModel):
                _collect(entry, f"{prefix}{type(model)._scim_name(field)}.", names)


def dropped_operations(model: type[Resource[Any]], patch_op: PatchOp[Any]) -> list[str]:
    """Return the paths that a PATCH names and no schema declares.

    :raises InvalidValueException: When one of them could be the deactivation of a person.
    """
    bound: Any = parametrize(Path, model)
    names: list[str] = []
    for operation in patch_op.operations or []:
        for path, value in _written(bound, operation.path, operation.value):
            if not _is_declared(bound, path):
                normalise.refuse_lost_deactivation({path: value})
                names.append(path)
    return names


def _written(bound: Any, path: Any, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the paths an operation writes, one for each key of an object that stands for several attributes."""
    prefix = str(path or "")
    if prefix and not _is_declared(bound, prefix):
        yield prefix, value
        return
    designated = bound(prefix)
    if isinstance(value, dict) and designated.model is not None:
        for name, item in value.items():
            if name.lower() != "schemas":
                yield f"{prefix}:{name}" if prefix else name, item
                if isinstance(item, dict) and name.lower().startswith("urn:"):
                    yield from _written(bound, name, item)


def _is_declared(bound: Any, text: str) -> bool:
    try:
        path = bound(text)
    except InvalidPathException:
        return False
    return path.model is not None or path.resolve() is not None
