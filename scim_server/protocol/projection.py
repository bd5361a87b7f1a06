"""``attributes`` and ``excludedAttributes`` on documents, as ``scim2-models`` applies them to models."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from scim2_models import BaseModel, Mutability, Resource, ResponseParameters, Returned
from scim2_models.base import BaseModel as ScimBaseModel

from scim_server.extension import Wants

Tree = dict[str, Any]
"""Attribute names to trees of sub-attributes; an empty tree stands for the whole attribute."""


@dataclass(frozen=True, slots=True)
class Projection:
    """Which attributes of a resource type a response keeps."""

    keep: Tree | None
    """What was asked for in ``attributes``, or None for the default set."""

    drop: Tree
    """What ``excludedAttributes`` leaves out of the default set."""

    always: Tree
    on_request: Tree

    def wants(self, name: str) -> bool:
        """Tell whether a top-level attribute is in the response, so that it is worth reading."""
        if self.keep is not None:
            return name in self.keep or name in self.always
        return name in self.always or not (name in self.drop and not self.drop[name])

    def apply(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the response keeps of a document."""
        if self.keep is not None:
            kept = _kept(document, _merged(self.keep, self.always))
        else:
            kept = _without(document, _merged_removals(self.on_request, self.drop), self.always)
        kept["schemas"] = [urn for urn in document["schemas"] if urn in kept or urn == document["schemas"][0]]
        return kept


def projection(model: type[Resource[Any]], parameters: ResponseParameters[Any] | None) -> Projection | None:
    """Return the projection that a request asks for, or None when the whole document is returned."""
    attributes = parameters.attributes if parameters is not None else None
    excluded = parameters.excluded_attributes if parameters is not None else None
    if not attributes and not excluded:
        return _default_projection(model)
    always, on_request = returned_trees(model)
    return Projection(
        _tree(model, attributes) if attributes else None, _tree(model, excluded or []), always, on_request
    )


@cache
def _default_projection(model: type[Resource[Any]]) -> Projection | None:
    always, on_request = returned_trees(model)
    return Projection(None, {}, always, on_request) if _stored(model, on_request) else None


def wants_of(model: type[Resource[Any]], wanted: Projection | None) -> Wants:
    """Return what tells whether a response holds an attribute of a schema: of the type's own, or of an extension's."""
    keep = None if wanted is None else wanted.keep
    drop = {} if wanted is None else wanted.drop
    own = str(model.__schema__)

    def wants(urn: str, attribute: str) -> bool:
        if urn == own:
            return wanted is None or wanted.wants(attribute)
        if keep is not None:
            return urn in keep and (not keep[urn] or attribute in keep[urn])
        if attribute in returned_trees(model)[1].get(urn, {}):
            return False
        return not (urn in drop and (not drop[urn] or attribute in drop[urn]))

    return wants


@cache
def _has_stored(model: type[BaseModel], names: frozenset[str]) -> bool:
    return any(
        model._scim_name(field) in names and model.get_field_annotation(field, Mutability) != Mutability.read_only
        for field in model.model_fields
    )


def _stored(model: type[BaseModel], tree: Tree) -> bool:
    """Tell whether any of these attributes is stored; a read-only one is derived when it is wanted."""
    if _has_stored(model, frozenset(name for name, below in tree.items() if not below)):
        return True
    for field in model.model_fields:
        below = tree.get(model._scim_name(field))
        root = model.get_field_root_type(field)
        if below and isinstance(root, type) and issubclass(root, ScimBaseModel) and _stored(root, below):
            return True
    return False


@cache
def returned_trees(model: type[BaseModel]) -> tuple[Tree, Tree]:
    """Return what is always returned and what only on request (RFC 7643 §7), below a model."""
    always: Tree = {"schemas": {}, "id": {}} if issubclass(model, Resource) else {}
    on_request: Tree = {}
    for field in model.model_fields:
        name, returned = model._scim_name(field), model.get_field_annotation(field, Returned)
        root = model.get_field_root_type(field)
        inner = returned_trees(root) if isinstance(root, type) and issubclass(root, ScimBaseModel) else ({}, {})
        if returned == Returned.always:
            always[name] = {}
        elif inner[0]:
            always[name] = inner[0]
        if returned == Returned.request:
            on_request[name] = {}
        elif inner[1]:
            on_request[name] = inner[1]
    # "Always" below an attribute means: whenever the attribute itself is returned.
    return {name: tree for name, tree in always.items() if not tree}, on_request


def _tree(model: type[Resource[Any]], paths: list[Any]) -> Tree:
    tree: Tree = {}
    for path in paths:
        names = _names(model, path)
        branch = tree
        for position, name in enumerate(names):
            if name in branch and not branch[name]:
                break
            branch = branch.setdefault(name, {})
            if position == len(names) - 1:
                branch.clear()
    return tree


def _names(model: type[Resource[Any]], path: Any) -> list[str]:
    """Return the names a path goes through, or nothing when the model does not declare it."""
    if path.model is not None:
        return [] if path.model is model else [str(path.model.__schema__)]
    binding = path.resolve(model)
    if binding is None:
        return []
    holder = binding.model
    names = [] if holder is model else [str(holder.__schema__)]
    names.append(holder._scim_name(binding.field_name))
    if binding.sub_field_name is not None:
        names.append(binding.field_type._scim_name(binding.sub_field_name))
    return names


def _merged(first: Tree, second: Tree) -> Tree:
    merged = dict(first)
    for name, tree in second.items():
        merged.setdefault(name, tree)
    return merged


def _merged_removals(first: Tree, second: Tree) -> Tree:
    merged = dict(first)
    for name, tree in second.items():
        known = merged.get(name)
        merged[name] = _merged_removals(known, tree) if known and tree else {}
    return merged


def _kept(value: Mapping[str, Any], tree: Tree) -> dict[str, Any]:
    kept = {}
    for name, branch in tree.items():
        if name in value:
            inner = _each(value[name], branch, _kept) if branch else value[name]
            if inner not in ({}, []):
                kept[name] = inner
    return kept


def _without(value: Mapping[str, Any], tree: Tree, always: Tree) -> dict[str, Any]:
    left = {}
    for name, item in value.items():
        branch = tree.get(name)
        if branch is None or name in always:
            left[name] = item
        elif branch:
            inner = _each(item, branch, lambda entry, below: _without(entry, below, {}))
            if inner not in ({}, []):
                left[name] = inner
    return left


def _each(value: Any, branch: Tree, change: Any) -> Any:
    if isinstance(value, list):
        return [entry for entry in (change(item, branch) for item in value if isinstance(item, Mapping)) if entry]
    return change(value, branch) if isinstance(value, Mapping) else value
