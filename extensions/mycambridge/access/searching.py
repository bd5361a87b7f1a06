"""What effective roles make of people and centres, for filters: whose roles conflict, which centres are managed."""

from typing import Any

import sqlalchemy as sa
from scim2_models.path import FilterNode

from mycambridge.access.assignments import designated, granted, is_effective, is_pending, judged, mapped_downwards
from mycambridge.access.effective import holders
from mycambridge.access.reach import ASSOCIATE
from mycambridge.access.scope import Scope
from mycambridge.catalogue.reading import USER_MANAGEMENT, catalogue
from mycambridge.settings import BOARD_TENANT
from scim_server.store.dialects import JsonText
from scim_server.store.relations import Entries
from scim_server.store.resources import now_text
from scim_server.store.tables import indexed_values, resources

Column = sa.ColumnElement[Any]
_r, _i = resources.c, indexed_values.c


def conflict_entries(row_id: Column, tenant: str, _wanted: FilterNode | None) -> Entries:
    """Return the centres at which the user of a row is exams officer and teacher at once (rule 10), for filters."""
    rows = holders(tenant).c
    is_officer, teaches = (
        sa.func.max(sa.case((sa.or_(sa.false(), *[rows.role == value for value in values]), 1), else_=0))
        for values in (
            [role.value for role in catalogue().roles if role.designated],
            [role.value for role in catalogue().roles if role.teaches],
        )
    )
    both = (
        sa.select(rows.user_id, rows.centre)
        .where(sa.not_(rows.is_pending))
        .group_by(rows.user_id, rows.centre)
        .having(sa.and_(is_officer == 1, teaches == 1))
        .subquery()
    )

    def exists(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        return row_id.in_(sa.select(both.c.user_id).where(condition))

    return Entries(exists, None, {"value": lambda: both.c.centre}, row_id.in_(sa.select(both.c.user_id)))


def managed_entries(row_id: Column, _tenant: str, _wanted: FilterNode | None) -> Entries:
    """Return whether anybody has user management for the centre of a row, there or at its Associate, for filters.

    All centres are judged in one selection, which the database computes once.
    """
    return Entries(lambda condition: condition, None, {"value": lambda: managed(row_id)}, sa.true())


def managed(row_id: Column) -> sa.ColumnElement[bool]:
    """Return whether anybody has user management for the centre of a row, there or at its Associate."""
    keys = sa.select(_managed_keys().c.centre)
    itself = sa.select(_r.id).where(_r.tenant == BOARD_TENANT, _r.resource_type == "Centre", _r.unique_key.in_(keys))
    administered = sa.select(_i.resource_id).where(
        _i.tenant == BOARD_TENANT, _i.resource_type == "Centre", _i.attribute == ASSOCIATE, _i.value.in_(keys)
    )
    return row_id.in_(sa.union_all(itself, administered))


def _managed_keys() -> sa.CTE:
    """Return the keys of the centres for which somebody has user management."""
    scope = Scope.of_all(BOARD_TENANT, now_text())
    of_role = [lambda row: JsonText(row.c.search, ("role",)) == USER_MANAGEMENT]
    given = sa.union_all(
        mapped_downwards(scope, *of_role), granted(scope, None, *of_role), designated(scope, None, USER_MANAGEMENT)
    ).subquery()
    rows = judged(scope, catalogue(), given).cte().prefix_with("MATERIALIZED", dialect="postgresql")
    effective = sa.and_(is_effective(catalogue(), rows.c), sa.not_(is_pending(rows.c)))
    return sa.select(rows.c.centre).where(effective).distinct().cte().prefix_with("MATERIALIZED", dialect="postgresql")
