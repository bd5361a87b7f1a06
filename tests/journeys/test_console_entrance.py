"""Who may enter the console of a centre."""

from tests.support.browser import Visiting, account, both_ways, manager
from tests.support.centres import Board, School
from tests.support.server import Server


@both_ways
def test_a_person_with_user_management_sees_their_centre(server: Server, school: School, visit: Visiting) -> None:
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}")
    assert visitor.heading() == "Who has access, and why"
    visitor.assert_accessible()


def test_a_teacher_is_told_who_could_let_them_in(server: Server, school: School, visit: Visiting) -> None:
    visitor = visit(account(server, school, school.person("teacher@school.example")))
    visitor.open(f"/centres/{school.number}")
    assert "You have no user management for this centre." in visitor.main()


def test_another_centre_is_not_found(server: Server, school: School, board: Board, visit: Visiting) -> None:
    other = board.school()
    visitor = visit(manager(server, school))
    answer = visitor.page.goto(f"{visitor.url}/centres/{other.number}")
    assert answer is not None
    assert answer.status == 404
    assert other.number not in visitor.main()


@both_ways
def test_a_stranger_is_asked_to_sign_in_and_comes_back(school: School, server: Server, visit: Visiting) -> None:
    visitor = visit()
    visitor.open(f"/centres/{school.number}")
    assert visitor.heading() == "Sign in to My Cambridge"
    visitor.assert_accessible()
