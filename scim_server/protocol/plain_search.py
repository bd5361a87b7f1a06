"""The searches that providers send most, read without building a model: one equality, and a page by index.

They mean what the library reads from them. Whatever has any other form is the library's to read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from scim2_models import Resource, SearchRequest
from scim2_models.path import AttrPath, CompareOperator, Comparison

from scim_server.store.paths import resolve

Model = type[Resource[Any]]

_PARAMETERS = frozenset({"filter", "startIndex", "count"})
#: A literal without escapes, of characters that no comparison composes or refuses.
_EQUALITY = re.compile(r'([A-Za-z][A-Za-z0-9_-]{0,63}) eq "([ !#-\[\]-~]*)"')
_NUMBER = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Equality:
    """A filter that asks for one text, as the store reads it from the library's filters, without what those check."""

    model: Model
    ast: Comparison


def plain_search(model: Model, parameters: Mapping[str, Any], default: int, most: int) -> SearchRequest[Any] | None:
    """Return the search of one resource type by index, or None when its parameters have another form.

    :param default: How many resources a page has whose size is not asked for.
    :param most: How many it has at most.
    """
    if not parameters.keys() <= _PARAMETERS:
        return None
    read: dict[str, Any] = {}
    for name, field in (("startIndex", "start_index"), ("count", "count")):
        if name in parameters:
            value = str(parameters[name])
            if not _NUMBER.fullmatch(value):
                return None
            read[field] = int(value)
    if "filter" in parameters:
        read["filter"] = _equality(model, parameters["filter"])
        if read["filter"] is None:
            return None
    read["start_index"] = max(1, read.get("start_index", 1))
    read["count"] = min(most, read.get("count", default))
    return _empty(model).model_copy(update=read)


def _equality(model: Model, text: Any) -> Equality | None:
    found = _EQUALITY.fullmatch(text) if isinstance(text, str) else None
    path = None if found is None else _text_attribute(model, found[1])
    if found is None or path is None:
        return None
    return Equality(model, Comparison(path, CompareOperator.eq, found[2]))


@cache
def _empty(model: Model) -> SearchRequest[Any]:
    request: Any = SearchRequest
    empty: SearchRequest[Any] = request[model]()
    return empty


@lru_cache(maxsize=512)
def _text_attribute(model: Model, name: str) -> AttrPath | None:
    """Return the path of an attribute with one text as its value, or None; clients choose the names."""
    path = AttrPath(name)
    binding = resolve(model, path, for_comparison=True)
    return path if binding is not None and binding.target_type is str and not binding.is_multivalued else None
