"""Where roles are looked for: in one organisation, or in all of them at once."""

from dataclasses import dataclass, field
from typing import Any, Self

import sqlalchemy as sa

from mycambridge.access.reach import all_reached, centres_reached
from scim_server.store.tables import resources

Column = sa.ColumnElement[Any]


@dataclass(frozen=True, eq=False)
class Scope:
    """Where to look, as values or parameters of a statement."""

    tenant: Any
    own: Any
    """The key of the centre that the tenant is, as :func:`~mycambridge.access.reach.own_key` has it."""

    board: Any
    now: Any
    is_wide: bool = field(default=False, kw_only=True)
    """Whether the tenant is a column, which runs through all organisations: every row says then whose it is."""

    @classmethod
    def of_all(cls, board: Any, now: Any) -> Self:
        """Return the scope of every organisation that is a centre of the register."""
        centre = resources.alias("organisation").c
        numbers = sa.select(centre.unique_key.label("own"), sa.func.upper(centre.unique_key).label("tenant"))
        registered = numbers.where(centre.tenant == board, centre.resource_type == "Centre").subquery("organisations")
        return cls(registered.c.tenant, registered.c.own, board, now, is_wide=True)

    def labels(self, tenant: Column) -> list[Column]:
        """Return the column that says whose a row is, where rows are of several organisations."""
        return [tenant.label("tenant")] if self.is_wide else []

    def within(self, row: Any) -> "Scope":
        """Return the scope of the organisation whose a row is."""
        if not self.is_wide:
            return self
        return Scope(row.c.tenant, sa.func.lower(row.c.tenant), self.board, self.now)

    def reached(self) -> sa.Subquery:
        """Return the ids of the centres for which organisations act, each with whose it is where they are several."""
        if self.is_wide:
            return all_reached(self.board).subquery()
        return centres_reached(self.board, self.own).subquery()
