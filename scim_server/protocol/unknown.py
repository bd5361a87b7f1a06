"""What a request held that no schema declares, once a tolerant client profile let it pass."""

# PatchOp takes a model as its parameter when it runs, and refuses the Any of these annotations.
from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from scim2_models import BaseModel, ComplexAttribute, InvalidPathException, InvalidSyntaxException, PatchOp, Resource
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
    # As the library's unknown_attributes, which takes as long as the rest of this.
    unknown = (model.__pydantic_private__ or {}).get("_unknown_attributes")
    if unknown:
        normalise.refuse_lost_deactivation(unknown)
        names += [f"{prefix}{name}" for name in unknown]
    values = model.__dict__
    for field in sorted(model.__pydantic_fields_set__):
        value = values.get(field)
        if value is None or isinstance(value, str):
            continue
        for entry in value if isinstance(value, list) else (value,):
            if isinstance(entry, ScimBaseModel):
                _collect(entry, f"{prefix}{type(model)._scim_name(field)}.", names)


def dropped_operations(model: type[Resource[Any]], patch_op: PatchOp[Any]) -> list[str]:
    """Return the paths that a PATCH names and no schema declares.

    :raises InvalidValueException: When one of them could be the deactivation of a person.
    """
    bound: Any = parametrize(Path, model)
    names: list[str] = []
    for operation in patch_op.operations or []:
        for path, value in _written(bound, str(operation.path or ""), operation.value):
            if not _is_declared(bound, path):
                normalise.refuse_lost_deactivation({path: value})
                names.append(path)
    return names


def refuse_undeclared(model: type[Resource[Any]], operations: Sequence[Any]) -> None:
    """Refuse a PATCH that names what no schema declares, whatever its operations do.

    :raises InvalidSyntaxException: About the first such path.
    """
    bound: Any = parametrize(Path, model)
    for operation in operations:
        folded = {name.lower(): item for name, item in operation.items()}
        for path, _ in _written(bound, str(folded.get("path") or ""), folded.get("value")):
            if not _is_declared(bound, path):
                raise InvalidSyntaxException(
                    detail=f"{path[:200]} is not an attribute of any schema served here; see /Schemas."
                )


def _written(bound: Any, path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the paths an operation writes, one for each key of an object that stands for several attributes."""
    if path and not _is_declared(bound, path):
        yield path, value
        return
    if not isinstance(value, dict):
        return
    designated = bound(path)
    if designated.model is not None:
        for name, item in value.items():
            if name.lower() != "schemas":
                place = f"{path}:{name}" if path else name
                yield place, item
                if isinstance(item, dict) and (name.lower().startswith("urn:") or _is_declared(bound, place)):
                    yield from _written(bound, name if name.lower().startswith("urn:") else place, item)
    elif _is_complex(designated.resolve()):
        yield from ((f"{path}.{name}", item) for name, item in value.items())


def _is_complex(target: Any) -> bool:
    """Tell whether the keys of a value are sub-attributes of what it is written to."""
    kind = target.field_type if target is not None and target.sub_field_name is None else None
    return isinstance(kind, type) and issubclass(kind, ComplexAttribute)


def _is_declared(bound: Any, text: str) -> bool:
    try:
        path = bound(text)
    except InvalidPathException:
        return False
    return path.model is not None or path.resolve() is not None
