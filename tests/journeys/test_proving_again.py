"""A page that was open for long asks for the password, and leads back to a page that goes on."""

from tests.support.browser import PASSWORD, Visit, Visiting, board_account, both_ways, manager
from tests.support.centres import OFFICER, Board, School
from tests.support.pages import let_time_pass
from tests.support.server import Server


def prove(visitor: Visit) -> None:
    """Give the password again."""
    assert visitor.heading() == "Confirm that it is you"
    visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.press("Continue")


@both_ways
def test_what_one_person_is_given_is_chosen_again(server: Server, school: School, visit: Visiting) -> None:
    asha = school.person("asha@school.example", displayName="Asha Patel")
    email = manager(server, school)
    visitor = visit(email)
    visitor.open(f"/centres/{school.number}/people/{asha['id']}")
    visitor.page.get_by_label("User management").check()
    visitor.press("Continue")
    let_time_pass(server, email, minutes=60)
    visitor.press("Change the roles")
    prove(visitor)
    assert visitor.heading() == "Asha Patel"
    assert "Nothing has been changed yet. Choose again." in visitor.main()
    assert school.roles(asha) == set()


@both_ways
def test_what_several_people_are_given_is_chosen_again(server: Server, school: School, visit: Visiting) -> None:
    asha = school.person("asha@school.example", displayName="Asha Patel")
    email = manager(server, school)
    visitor = visit(email)
    visitor.open(f"/centres/{school.number}/people?q=Asha")
    visitor.page.get_by_label("Asha Patel", exact=True).check()
    visitor.page.get_by_label("Role to give or take").select_option("User management")
    visitor.press("Give the role")
    let_time_pass(server, email, minutes=60)
    visitor.press("Give the role")
    prove(visitor)
    assert visitor.page.url.endswith("/people?q=Asha")
    assert "Nothing has been changed yet. Choose again." in visitor.main()
    assert school.roles(asha) == set()


@both_ways
def test_the_board_comes_back_to_the_centre(server: Server, board: Board, school: School, visit: Visiting) -> None:
    asha = school.person("asha@school.example")
    email = board_account(server, board)
    for label, wrong, button in (
        ("User name of the exams officer", "nobody@school.example", "Designate"),
        ("Entries to add", "0500", "Add entries"),
    ):
        visitor = visit(email)
        visitor.open(f"/board/centres/{school.number}")
        visitor.page.get_by_label(label).fill(wrong)
        visitor.press(button)
        let_time_pass(server, email, minutes=60)
        visitor.page.get_by_label("User name of the exams officer").fill("asha@school.example")
        visitor.press("Designate")
        prove(visitor)
        assert visitor.page.url.endswith(f"/board/centres/{school.number}")
        assert (OFFICER, school.number) not in school.roles(asha)
