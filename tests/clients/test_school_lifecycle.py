"""A school's whole year with scim2-client, which believes what the server publishes and checks every answer."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import (
    BulkOperation,
    BulkRequest,
    Error,
    PatchOp,
    PatchOperation,
    SearchRequest,
    UniquenessException,
)

from tests.support.server import Server

CENTRE = "urn:ietf:params:scim:schemas:extension:mycambridge:2.0:User"
STAFF = 25


@pytest.fixture
def scim(server: Server) -> Iterator[SyncSCIMClient]:
    """Return a client of a school with one centre, once it has read what the server can do."""
    connection = server.client("GB123")
    server.command("centre", "create", "GB123", "--name", "Fen Edge School", "--country", "GB")
    headers = {"Authorization": str(connection.authorization)}
    with httpx2.Client(base_url=connection.base, headers=headers, timeout=60) as http:
        client = SyncSCIMClient(http)
        client.discover()
        yield client


def test_a_school_keeps_its_staff_through_a_year(scim: SyncSCIMClient) -> None:
    staff = september(scim)
    english, maths = departments(scim, staff)
    autumn(scim, staff, english, maths)
    spring(scim, staff, english)
    summer(scim, staff)


def september(scim: SyncSCIMClient) -> list[Any]:
    """Create the staff, and find all of them page by page, with index and with cursor."""
    user = model(scim, "User")
    staff = [scim.create(person(user, number)) for number in range(STAFF)]
    assert all(each[CENTRE].centre_number == "GB123" for each in staff)
    with pytest.raises(UniquenessException):
        scim.create(person(user, 0))

    by_index = [page(scim, start_index=start, count=10) for start in (1, 11, 21)]
    assert [each.total_results for each in by_index] == [STAFF] * 3
    assert ids(*by_index) == {each.id for each in staff}

    pages = [page(scim, cursor="", count=10)]
    late = scim.create(person(user, STAFF))
    while pages[-1].next_cursor:
        pages.append(page(scim, cursor=pages[-1].next_cursor, count=10))
    assert ids(*pages) >= {each.id for each in staff}
    assert sum(len(each.resources or []) for each in pages) == len(ids(*pages))
    return [*staff, late]


def departments(scim: SyncSCIMClient, staff: list[Any]) -> tuple[Any, Any]:
    """Create two groups in one bulk request with a newcomer, whom one of them names before they exist."""
    user, group = model(scim, "User"), model(scim, "Group")
    request: Any = BulkRequest[user | group]
    answer = scim.bulk(
        request(
            operations=[
                BulkOperation[group](
                    method="POST", path="/Groups", bulk_id="english",
                    data=group(display_name="English", members=members(group, "bulkId:newcomer", staff[0].id)),
                ),
                BulkOperation[user](
                    method="POST", path="/Users", bulk_id="newcomer", data=person(user, STAFF + 1)
                ),
                BulkOperation[group](
                    method="POST", path="/Groups", bulk_id="maths",
                    data=group(display_name="Mathematics", members=members(group, *(each.id for each in staff[1:11]))),
                ),
            ]
        )
    )  # fmt: skip
    assert [operation.status for operation in answer.operations] == [201, 201, 201]
    places = {operation.bulk_id: operation.location.rpartition("/")[2] for operation in answer.operations}
    english, maths = scim.query(group, places["english"]), scim.query(group, places["maths"])
    assert {each.value for each in english.members} == {places["newcomer"], staff[0].id}
    assert len(maths.members) == 10
    return english, maths


def autumn(scim: SyncSCIMClient, staff: list[Any], english: Any, maths: Any) -> None:
    """Change names, and move somebody from one department to another."""
    married = modify(scim, staff[1], ("replace", "name.familyName", "Shah-Patel"), ("add", "title", "Head of Year"))
    assert (married.name.family_name, married.name.given_name, married.title) == ("Shah-Patel", "Asha", "Head of Year")

    modify(scim, maths, ("remove", f'members[value eq "{staff[1].id}"]', None))
    modify(scim, english, ("add", "members", members(type(english), staff[1].id)))

    moved = scim.query(type(staff[1]), staff[1].id)
    assert [(each.display, each.type) for each in moved.groups] == [("English", "direct")]
    assert staff[1].id not in {each.value for each in scim.query(type(maths), maths.id).members}


def spring(scim: SyncSCIMClient, staff: list[Any], english: Any) -> None:
    """Give somebody leave and take them back: their memberships stay."""
    away = modify(scim, staff[0], ("replace", "active", False))
    assert away.active is False
    assert ids(page(scim, filter="active eq false")) == {staff[0].id}
    assert staff[0].id in {each.value for each in scim.query(type(english), english.id).members}

    back = modify(scim, away, ("replace", "active", True))
    assert (back.active, [each.value for each in back.groups]) == (True, [english.id])


def summer(scim: SyncSCIMClient, staff: list[Any]) -> None:
    """Let somebody go for good, and give their name to a newcomer."""
    leaver = scim.query(type(staff[2]), staff[2].id)
    scim.delete(leaver)
    gone = scim.query(type(leaver), leaver.id, raise_scim_errors=False)
    assert isinstance(gone, Error)
    assert gone.status == 404

    successor = scim.create(type(leaver)(user_name=leaver.user_name))
    assert successor.id != leaver.id
    assert successor.groups is None

    renamed = scim.query(type(successor), successor.id)
    renamed.display_name = "Newly Here"
    assert scim.replace(renamed).display_name == "Newly Here"


def model(scim: SyncSCIMClient, name: str) -> Any:
    """Return the model of a resource type, as the server published it."""
    found = scim.get_resource_model(name)
    assert found is not None
    return found


def person(user: Any, number: int) -> Any:
    """Return a member of staff who does not exist yet."""
    name = f"staff.{number:02}@gb123.example"
    return user(
        user_name=name,
        external_id=f"hr-{number}",
        active=True,
        name=user.Name(given_name="Asha", family_name=f"Rao {number}"),
        emails=[user.Emails(value=name, type="work", primary=True)],
    )


def members(group: Any, *ids_: str) -> list[Any]:
    """Return members of a group, by their ids."""
    return [group.Members(value=each) for each in ids_]


def modify(scim: SyncSCIMClient, resource: Any, *operations: tuple[str, str, Any]) -> Any:
    """Change a resource, and return it as it is then."""
    patch: Any = PatchOp[type(resource)]
    parts = [PatchOperation[type(resource)](op=op, path=path, value=value) for op, path, value in operations]
    scim.modify(type(resource), resource.id, patch(operations=parts))
    return scim.query(type(resource), resource.id)


def page(scim: SyncSCIMClient, **parameters: Any) -> Any:
    """Return one page of users."""
    return scim.query(model(scim, "User"), query_parameters=SearchRequest(**parameters))


def ids(*pages: Any) -> set[str]:
    """Return the ids of all resources on pages."""
    return {str(resource.id) for each in pages for resource in each.resources or []}
