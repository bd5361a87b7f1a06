"""Tenants: created once, and deleted with everything in them."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from scim_server.connections.errors import AdministrationError
from scim_server.connections.tables import connections, oauth_clients, rate_buckets, tokens
from scim_server.connections.tenants import create_tenant, delete_tenant, list_tenants
from scim_server.connections.token_format import TokenText
from scim_server.db import Database
from scim_server.extension import Principal


def create(database: Database, *arguments: str) -> Any:
    return database.run(lambda transaction: create_tenant(transaction, *arguments), writing=True)


def names(database: Database) -> list[tuple[str, str]]:
    return [(each.id, each.name) for each in database.run(list_tenants, writing=False)]


def test_tenants_are_listed_by_id_with_the_id_as_name_when_none_is_given(database: Database) -> None:
    create(database, "GB002", "Südschule")
    create(database, "GB001")
    assert names(database) == [("GB001", "GB001"), ("GB002", "Südschule")]


def test_a_tenant_is_created_once(school: Database) -> None:
    with pytest.raises(AdministrationError, match="already a tenant GB001"):
        create(school, "GB001", "Another")
    assert names(school) == [("GB001", "Northgate School")]


@pytest.mark.parametrize("unfit", ["", "..", ".hidden", "-yes", "a/b", "a b", "é", "a\0", "a" * 65, "GB001\n"])
def test_an_id_that_is_no_path_segment_is_refused(unreachable: Database, unfit: str) -> None:
    with pytest.raises(AdministrationError, match="A tenant id has"):
        create(unreachable, unfit)


@pytest.mark.parametrize("unfit", ["   ", "a\nb", "n" * 201])
def test_a_name_that_nobody_can_read_is_refused(unreachable: Database, unfit: str) -> None:
    with pytest.raises(AdministrationError, match="printable"):
        create(unreachable, "GB001", unfit)


def test_deleting_a_tenant_deletes_its_access_and_leaves_other_tenants_alone(
    school: Database, issue: Callable[..., TokenText], who: Callable[[TokenText], Principal]
) -> None:
    create(school, "GB002")
    lost = issue()
    school.run(lambda transaction: delete_tenant(transaction, "GB001"), writing=True)
    with school.read() as transaction:
        for table in (connections, tokens, oauth_clients, rate_buckets):
            assert transaction.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 0
    with pytest.raises(Exception, match="not known here"):
        who(lost)
    assert names(school) == [("GB002", "GB002")]


def test_a_tenant_that_does_not_exist_cannot_be_deleted(school: Database) -> None:
    with pytest.raises(AdministrationError, match="There is no tenant GB999"):
        school.run(lambda transaction: delete_tenant(transaction, "GB999"), writing=True)
