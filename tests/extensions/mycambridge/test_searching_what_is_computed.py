"""What is computed for each answer is found by filters too: centres that nobody manages, and conflicting roles."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.support.centres import CENTRE_USER, MANAGEMENT, SUBMIT, Board, School
from tests.support.server import Client


def numbers(client: Client, text: str) -> list[str]:
    """Return the numbers of the centres that a filter finds, in their order."""
    answer = client.get(f"/Centres?filter={quote(text)}&attributes=centreNumber,managed&sortBy=centreNumber")
    assert answer.status == 200, answer.body
    return [each["centreNumber"] for each in answer.json["Resources"]]


def is_managed(school: School) -> bool:
    """Return what the two forms of a filter and the centre itself say, which must agree."""
    this = f'centreNumber eq "{school.number}"'
    (shown,) = school.register.get(f"/Centres?filter={quote(this)}&attributes=managed").json["Resources"]
    managed = bool(shown["managed"])
    for value in (True, False):
        found = [school.number] if value == managed else []
        assert numbers(school.register, f"managed eq {str(value).lower()} and {this}") == found
        other = numbers(school.register, f"managed ne {str(not value).lower()} and {this}")
        assert other == found
    return managed


def test_a_centre_is_managed_by_a_designation_a_grant_or_a_group_while_it_is_effective(board: Board) -> None:
    school = board.school(SUBMIT)
    assert not is_managed(school)
    officer = school.person()
    school.designates(officer)
    assert is_managed(school)
    school.directory.patch(f"/Users/{officer['id']}", {"op": "replace", "value": {"active": False}})
    assert not is_managed(school)
    given = school.grants(school.person(), MANAGEMENT)
    assert is_managed(school)
    school.board.delete(f"/RoleGrants/{given['id']}")
    inner = school.group("Office", school.person())
    school.maps(school.group("Exams", inner), MANAGEMENT, requiresApproval=False)
    assert is_managed(school)
    school.register.patch(f"/Centres/{school.id}", {"op": "replace", "path": "active", "value": False})
    assert not is_managed(school)


def test_who_waits_for_approval_manages_nothing_yet(board: Board) -> None:
    school = board.school(SUBMIT)
    school.maps(school.group("Exams", school.person()), MANAGEMENT)
    assert not is_managed(school)


def test_an_associate_manages_the_centres_that_it_administers(board: Board) -> None:
    associate = board.associate()
    theirs = board.school(SUBMIT, associate={"value": associate.id})
    alone = board.school(SUBMIT)
    associate.grants(associate.person(), MANAGEMENT)
    assert [is_managed(each) for each in (associate, theirs, alone)] == [True, True, False]


def test_somebody_of_the_associate_who_manages_one_centre_manages_no_other(board: Board) -> None:
    associate = board.associate()
    first, second = (board.school(SUBMIT, associate={"value": associate.id}) for _ in range(2))
    associate.grants(associate.person(), MANAGEMENT, centre=first.number)
    assert [is_managed(each) for each in (first, second, associate)] == [True, False, False]


def test_a_list_of_what_nobody_manages_is_paged_and_counted(board: Board) -> None:
    associate = board.associate()
    schools = [board.school(SUBMIT, associate={"value": associate.id}) for _ in range(5)]
    schools[1].grants(schools[1].person(), MANAGEMENT)
    text = quote(f'managed eq false and associate.centreNumber eq "{associate.number}"')
    first, second = (
        board.register.get(f"/Centres?filter={text}&sortBy=centreNumber&count=3&startIndex={start}").json
        for start in (1, 4)
    )
    listed = [each["centreNumber"] for page in (first, second) for each in page["Resources"]]
    assert listed == sorted(each.number for each in schools if each is not schools[1])
    assert first["totalResults"] == second["totalResults"] == 4


@pytest.mark.parametrize("form", ["conflicts pr", 'conflicts eq "{number}"', 'conflicts[value eq "{number}"]'])
def test_conflicting_roles_are_found_while_they_last(school: School, form: str) -> None:
    def found(text: str = form) -> list[Any]:
        path = f"{CENTRE_USER}:{text.format(number=school.number.lower())}"
        answer = school.board.get(f"/Users?filter={quote(path)}")
        assert answer.status == 200, answer.body
        return [each["id"] for each in answer.json["Resources"]]

    asha, ben = school.person(), school.person()
    school.designates(asha)
    school.grants(ben)
    assert found() == []
    teaches = school.grants(asha)
    assert found() == [asha["id"]]
    assert found('conflicts eq "XXXXX"') == []
    school.board.delete(f"/RoleGrants/{teaches['id']}")
    assert found() == []
