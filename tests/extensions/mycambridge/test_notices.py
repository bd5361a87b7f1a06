"""Who has user management learns when somebody else is given it, in whatever way."""

from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from scim_server.outbox.tables import outbox
from tests.support.centres import LISTENING, MANAGEMENT, SUBMIT, TEACHER, Board, School, approval, made
from tests.support.server import Server


def person(school: School) -> dict[str, Any]:
    """Let the directory provision somebody to whom mail can be sent."""
    email = f"{uuid4().hex[:10]}@school.example"
    return school.person(email, emails=[{"value": email, "primary": True}])


def holder(school: School) -> dict[str, Any]:
    """Let the board give somebody user management."""
    given = person(school)
    school.grants(given, MANAGEMENT)
    return given


def told(server: Server, person_: dict[str, Any]) -> list[str]:
    """Return the subjects of what was told to somebody."""
    c = outbox.c
    with server.database.read() as transaction:
        notices = sa.select(c.subject).where(c.recipient == person_["userName"], c.kind == "notice")
        return list(transaction.execute(notices.order_by(c.id)).scalars())


def changed(school: School, path: str, name: str, value: Any) -> None:
    answer = school.board.patch(path, {"op": "replace", "path": name, "value": value})
    assert answer.status == 200, answer.body


def added(school: School, group: dict[str, Any], member: dict[str, Any]) -> None:
    change = {"op": "add", "path": "members", "value": [{"value": member["id"]}]}
    answer = school.directory.patch(f"/Groups/{group['id']}", change)
    assert answer.status in (200, 204), answer.body


def test_a_grant_is_told_to_the_others_but_not_to_its_own_person(server: Server, school: School) -> None:
    olga, asha = holder(school), person(school)
    school.grants(asha, TEACHER)
    assert told(server, olga) == []
    school.grants(asha, MANAGEMENT)
    assert told(server, olga) == [f"Somebody can manage users of {school.number} now"]
    assert told(server, asha) == []


def test_an_approval_is_told_also_when_it_was_declined_before(server: Server, school: School) -> None:
    olga, asha = holder(school), person(school)
    mapping = school.maps(school.group("Office", asha), MANAGEMENT)
    decision = made(school.board.post("/RoleApprovals", approval(mapping["id"], asha["id"], "declined")))
    assert told(server, olga) == []
    for _ in range(2):
        changed(school, f"/RoleApprovals/{decision['id']}", "decision", "approved")
        assert told(server, olga) == [f"Somebody can manage users of {school.number} now"]


@pytest.mark.parametrize("later", [False, True])
def test_a_mapping_without_approval_is_told_once(server: Server, school: School, *, later: bool) -> None:
    olga, asha = holder(school), person(school)
    mapping = school.maps(school.group("Office", asha), MANAGEMENT, requiresApproval=later)
    if later:
        assert told(server, olga) == []
        changed(school, f"/RoleMappings/{mapping['id']}", "requiresApproval", False)
    changed(school, f"/RoleMappings/{mapping['id']}", "note", "Agreed with the head")
    assert told(server, olga) == [f"Members of Office can manage users of {school.number} now"]
    assert told(server, asha) == [], "who has it by this mapping alone is not told of it"


@pytest.mark.parametrize("nested", [False, True])
def test_a_new_member_of_a_group_mapped_without_approval_is_told(
    server: Server, school: School, *, nested: bool
) -> None:
    olga, asha, ben = holder(school), person(school), person(school)
    inner = school.group("Office staff", asha)
    office = school.group("Office", inner) if nested else inner
    school.maps(office, MANAGEMENT, requiresApproval=False)
    before = len(told(server, olga))
    for _ in range(2):
        added(school, inner, ben)

    assert told(server, olga)[before:] == [f"Somebody can manage users of {school.number} now"], "once"
    assert told(server, asha) == [f"Somebody can manage users of {school.number} now"], "she manages users as well"
    assert told(server, ben) == [], "and it is not told to whom it was given"


def test_a_new_member_who_waits_for_approval_is_not_told_yet(server: Server, school: School) -> None:
    olga, asha, ben = holder(school), person(school), person(school)
    office = school.group("Office", asha)
    school.maps(office, MANAGEMENT)
    added(school, office, ben)
    assert told(server, olga) == []


def test_a_mapping_of_another_role_is_told_to_nobody(server: Server, school: School) -> None:
    olga = holder(school)
    school.maps(school.group("English Dept"), TEACHER)
    assert told(server, olga) == []


def test_the_boards_designation_is_told(server: Server, school: School) -> None:
    olga, officer = holder(school), person(school)
    assert school.designates(officer).status == 200
    assert told(server, olga) == [f"Somebody can manage users of {school.number} now"]
    assert told(server, officer) == []
    school.entered(LISTENING)
    assert len(told(server, olga)) == 1


def test_a_designation_is_told_when_it_begins_to_give_user_management(server: Server, board: Board) -> None:
    school = board.school()
    olga, officer = holder(school), person(school)
    assert school.designates(officer).status == 200
    assert told(server, olga) == []
    school.entered(SUBMIT)
    assert told(server, olga) == [f"Somebody can manage users of {school.number} now"]
