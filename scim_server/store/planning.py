"""Tells the planner of the database how to find rows."""

from typing import Any

import sqlalchemy as sa


def keyed(tenant: sa.ColumnElement[Any], of: Any, key: sa.ColumnElement[Any], value: Any) -> sa.ColumnElement[bool]:
    """Return whether a row of a tenant has a value in a column, by which it is looked up for each row that has one.

    As long as a table has no statistics, PostgreSQL takes any beginning of an index for as good as a whole key, and
    would begin with all rows of the tenant instead of the few that are named. With statistics it takes every tenant for
    as large as most, and would do the same to the largest. So the tenant is known only once the value is.

    :param tenant: The column of the tenant.
    :param of: The tenant.
    :param key: The column of the value.
    :param value: A column of another table, which every row has.
    """
    return sa.and_(tenant == sa.case((value.is_not(None), of)), key == value)


def unindexed(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return a value to order by that SQLite sees no index for.

    It would rather walk all of a tenant's rows in order than sort the one row that an equality finds.
    """
    return sa.func.coalesce(column, sa.null())
