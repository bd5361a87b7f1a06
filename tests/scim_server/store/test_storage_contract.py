"""The store keeps the contract that ``scim2-server`` asks of every storage."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from scim2_models import ResourceType, ScimProvider
from scim2_server.testing import ScimStorageContract

from scim_server.db import Database
from scim_server.store.resources import ResourceStore
from scim_server.store.storage import SqlStorage
from scim_server.store.tables import tenants
from scim_server.store.types import StoredType, by_name


@pytest.fixture(params=["alone", "beside another school"])
def neighbours(request: pytest.FixtureRequest) -> bool:
    """Whether another tenant holds the same names."""
    return bool(request.param == "beside another school")


class TestSqlStorage(ScimStorageContract):
    """The library's own rules, on each engine, alone and beside another tenant."""

    @pytest.fixture
    def storage(
        self,
        database: Database,
        provider: ScimProvider,
        neighbours: bool,  # noqa: FBT001 - a fixture
        user_model: Any,
        group_model: Any,
    ) -> Iterator[SqlStorage]:
        """A storage in a transaction of its own."""
        types = by_name(
            [
                StoredType("User", "/Users", user_model, unique="userName", indexed=(("emails", "value"),)),
                StoredType("Group", "/Groups", group_model),
            ]
        )
        with database.write() as transaction:
            rows = [{"id": name, "name": name, "created": "2026-09-01T08:00:00.000000Z"} for name in ("GB001", "GB002")]
            transaction.execute(sa.insert(tenants), rows)
            if neighbours:
                other = SqlStorage(ResourceStore(transaction, "GB002", types))
                user_type = ResourceType(name="User", id="User")
                for name in ("bjensen", "alice", "bob", "carol"):
                    other.create(user_type, user_model(user_name=name))
            yield SqlStorage(ResourceStore(transaction, "GB001", types))
