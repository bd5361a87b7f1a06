"""Tells the planner of the database with which rows to begin."""

from typing import Any

import sqlalchemy as sa


def after(column: sa.ColumnElement[Any], value: Any) -> sa.ColumnElement[Any]:
    """Return a value in a form that is known only once a column is, which every row has.

    As long as a table has no statistics, PostgreSQL takes any beginning of an index for as good as a whole key, and
    would begin with all rows of a tenant instead of the row that a key finds.
    """
    return sa.case((column.is_not(None), value))
