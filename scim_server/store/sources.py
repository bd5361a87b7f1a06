"""What a search looks through: the rows of one resource type, and where its attributes are found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from scim2_models import Required, Resource
from scim2_models.path import AttrPath

from scim_server.store.paths import resolve
from scim_server.store.tables import resources
from scim_server.store.types import StoredType

if TYPE_CHECKING:
    from scim_server.store.whole import Whole

_r = resources.c


@dataclass(frozen=True, eq=False)
class Source:
    """The rows of one resource type."""

    resource_type: str
    model: type[Resource[Any]]
    table: sa.Table
    row: tuple[sa.ColumnElement[Any], ...]
    """Resource type, id, version, created, last modified and document of a row."""

    columns: Mapping[tuple[str, ...], sa.ColumnElement[Any]]
    """Single values that have a column of their own, in comparison form, by their path in the search form."""

    type_condition: sa.ColumnElement[bool] | None = None
    """What picks the type's rows from its table, or None when the table holds nothing else."""

    indexed: frozenset[tuple[str, ...]] = field(default=frozenset())
    """Paths whose values have rows in ``indexed_values``."""

    never_missing: frozenset[tuple[str, ...]] = field(
        default=frozenset({("id",), ("meta", "created"), ("meta", "lastmodified")})
    )
    """Paths of columns that every row has a value in."""

    has_members: bool = False
    has_groups: bool = False
    relations: Mapping[tuple[str, ...], Callable[..., Any]] = field(default_factory=dict)
    """Derived attributes whose entries an extension selects, by their path in the search form."""

    unsearchable: frozenset[tuple[str, ...]] = frozenset()
    """Derived attributes that filters cannot name, by their path in the search form."""

    whole: "Whole | None" = None
    """Reads rows with their groups, where groups hold resources of the type."""

    @property
    def search(self) -> sa.ColumnElement[Any]:
        """The search form of a row."""
        return self.table.c.search

    def value(self, keys: tuple[str, ...]) -> sa.ColumnElement[Any] | None:
        """Return a single value that is not read from the search form, or None."""
        if keys == ("meta", "resourcetype"):
            return sa.literal(self.resource_type)
        if keys == ("meta", "version") and "version" in self.table.c:
            return sa.literal('W/"') + sa.cast(self.table.c.version, sa.Text) + sa.literal('"')
        return self.columns.get(keys)

    def has_index(self, keys: tuple[str, ...]) -> bool:
        """Tell whether a single value has a column that an index finds it by."""
        column = self.columns.get(keys)
        return column is not None and column.key in _indexed_columns(self.table)


@cache
def _indexed_columns(table: sa.Table) -> frozenset[str | None]:
    keys = [column.key for column in table.primary_key.columns]
    return frozenset(keys).union(*[index.columns.keys() for index in table.indexes])


@cache
def source_of(stored_type: StoredType) -> Source:
    """Return the source of a stored resource type."""
    columns: dict[tuple[str, ...], sa.ColumnElement[Any]] = {
        ("id",): _r.id,
        ("externalid",): _r.external_id,
        (stored_type.display.lower(),): _r.display_key,
        ("meta", "created"): _r.created,
        ("meta", "lastmodified"): _r.last_modified,
    }
    if stored_type.unique is not None:
        columns[(stored_type.unique.lower(),)] = _r.unique_key
    active = resolve(stored_type.model, AttrPath("active"))
    if active is not None and active.target_type is bool:
        columns[("active",)] = _r.active
    never_missing = {("id",), ("meta", "created"), ("meta", "lastmodified")}
    if stored_type.unique is not None and _is_required(stored_type.model, stored_type.unique):
        never_missing.add((stored_type.unique.lower(),))
    return Source(
        resource_type=stored_type.name,
        model=stored_type.model,
        table=resources,
        row=(_r.resource_type, _r.id, _r.version, _r.created, _r.last_modified, _r.document),
        columns=columns,
        type_condition=_r.resource_type == stored_type.name,
        indexed=frozenset(stored_type.indexed),
        never_missing=frozenset(never_missing),
        has_members=stored_type.has_members,
        has_groups=stored_type.is_member,
        relations=dict(stored_type.relations),
        unsearchable=stored_type.unsearchable,
        whole=stored_type.whole,
    )


def _is_required(model: type[Resource[Any]], name: str) -> bool:
    field_name = next(each for each in model.model_fields if model._scim_name(each) == name)
    return bool(model.get_field_annotation(field_name, Required) == Required.true)
