"""Where a search form keeps what an attribute path designates."""

from typing import Any

from scim2_models import BaseModel, Extension
from scim2_models.path import AttributeBinding, AttrPath

# The library offers this for whole resources only, not for the entries inside a value path.
from scim2_models.path.resolution import _resolve_filter_path

Keys = tuple[str, ...]
"""The names to follow through a search form, such as ``("emails", "value")``."""


def resolve(model: Any, attr_path: AttrPath, *, for_comparison: bool = False) -> AttributeBinding | None:
    """Return the attribute of a resource or of an entry that a path designates, or None when there is none.

    A comparison with a multi-valued attribute means its ``value`` (RFC 7644 §3.4.2.2).
    """
    return _resolve_filter_path(model, attr_path, strict=False, for_comparison=for_comparison)


def keys_of(binding: AttributeBinding) -> Keys:
    """Return where the search form of a resource keeps an attribute, those of extensions below their URN."""
    holder: Any = binding.model
    names = [str(holder.__schema__)] if is_extension(holder) else []
    names.append(holder._scim_name(binding.field_name))
    if binding.sub_field_name is not None:
        names.append(_complex(binding)._scim_name(binding.sub_field_name))
    return tuple(name.lower() for name in names)


def entry_key(binding: AttributeBinding) -> str:
    """Return the name under which an entry keeps the sub-attribute that a path of the resource designates."""
    return str(_complex(binding)._scim_name(binding.sub_field_name or "value")).lower()


def sub_paths(binding: AttributeBinding) -> list[AttrPath]:
    """Return the paths of the sub-attributes of a complex attribute."""
    holder: Any = binding.model
    kind = _complex(binding)
    name = holder._scim_name(binding.field_name)
    return [AttrPath(name, kind._scim_name(sub), str(holder.__schema__)) for sub in kind.model_fields]


def entry_bindings(kind: Any) -> list[AttributeBinding]:
    """Return the sub-attributes of a complex attribute, as attributes of its entries."""
    paths = [AttrPath(kind._scim_name(field)) for field in kind.model_fields]
    return [found for path in paths if (found := resolve(kind, path)) is not None]


def is_complex(binding: AttributeBinding) -> bool:
    """Tell whether the attribute that a path designates has sub-attributes."""
    return is_model(binding.target_type)


def is_model(kind: Any) -> bool:
    """Tell whether a type has attributes."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def is_extension(model: Any) -> bool:
    """Tell whether a model extends another under its URN."""
    return isinstance(model, type) and issubclass(model, Extension)


def _complex(binding: AttributeBinding) -> Any:
    return binding.field_type
