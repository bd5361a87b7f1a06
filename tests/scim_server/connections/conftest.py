"""A school's tenant, and what its identity provider holds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scim_server.connections.auth import Authenticator
from scim_server.connections.tenants import create_tenant
from scim_server.connections.token_format import TokenText
from scim_server.connections.tokens import issue_token
from scim_server.db import Database
from scim_server.extension import Principal

TENANT = "GB001"


@pytest.fixture
def school(database: Database) -> Database:
    """Return a database with the tenant ``GB001``."""
    database.run(lambda transaction: create_tenant(transaction, TENANT, "Northgate School"), writing=True)
    return database


@pytest.fixture
def issue(school: Database) -> Callable[..., TokenText]:
    """Issue a token of the school, for a connection named Entra ID unless another name is given."""

    def issued(**values: Any) -> TokenText:
        values = {"name": "Entra ID"} | values
        return school.run(lambda transaction: issue_token(transaction, TENANT, **values), writing=True)

    return issued


@pytest.fixture
def who(school: Database) -> Callable[[TokenText], Principal]:
    """Tell whose a token is, as a worker process that never saw it before does."""
    return lambda token: Authenticator(school).bearer(token.text)


@pytest.fixture
def unreachable(tmp_path: Path) -> Database:
    """Return a database without tables, where every statement fails."""
    return Database(f"sqlite:///{tmp_path}/empty.db")
