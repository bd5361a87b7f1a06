"""The exam board keeps the register of centres."""

import pytest

from tests.support.browser import PASSWORD, Visiting, account, board_account, both_ways, manager
from tests.support.centres import OFFICER, SUBMIT, TEACHER, Board, School, centre_number
from tests.support.pages import let_time_pass
from tests.support.people import user
from tests.support.server import Server

ENGINE = "postgresql"


@pytest.mark.parametrize("scripts", [True, False])
def test_a_centre_is_registered_and_gets_a_service_and_an_exams_officer(
    server: Server, board: Board, visit: Visiting, *, scripts: bool
) -> None:
    visitor = visit(board_account(server, board), scripts=scripts, phone=not scripts)
    number = centre_number()
    visitor.open("/board")
    visitor.open("/board/new")
    if scripts:
        visitor.assert_accessible()
    visitor.page.get_by_label("Centre number").fill(number)
    visitor.page.get_by_label("Name", exact=True).fill("Northgate School")
    visitor.page.get_by_label("Country").fill("GB")
    visitor.press("Register")
    assert "Northgate School is registered." in visitor.main()
    visitor.page.get_by_label("Entries to add").fill("2026-06, 0500, A")
    visitor.press("Add entries")
    assert "Submit for Assessment" in visitor.main()
    visitor.page.get_by_label("User name of the exams officer").fill("nobody@school.example")
    visitor.press("Designate")
    assert "Nobody at this centre has the user name nobody@school.example." in visitor.main()
    if scripts:
        visitor.assert_accessible()


@both_ways
def test_an_exams_officer_is_designated_and_withdrawn(server: Server, board: Board, visit: Visiting) -> None:
    school = board.school(SUBMIT)
    asha = school.person("asha@school.example")
    visitor = visit(board_account(server, board))
    visitor.open(f"/board/centres/{school.number}")
    visitor.page.get_by_label("User name of the exams officer").fill("asha@school.example")
    visitor.press("Designate")
    assert (OFFICER, school.number) in school.roles(asha)
    visitor.press("Withdraw asha@school.example")
    assert school.roles(asha) == set()


@both_ways
def test_centres_are_found_and_those_that_nobody_manages_are_marked(
    server: Server, board: Board, visit: Visiting
) -> None:
    school = board.school(SUBMIT, displayName="Oak Lane School")
    visitor = visit(board_account(server, board))
    visitor.open(f"/board?q={school.number.lower()}")
    visitor.assert_accessible()
    assert "1 centre" in visitor.main()
    assert "Nobody manages users" in visitor.main()
    visitor.page.get_by_label("State").select_option("Nobody manages users")
    visitor.press("Search")
    assert "1 centre" in visitor.main()
    school.designates(school.person())
    visitor.press("Search")
    assert "0 centres" in visitor.main()
    visitor.open(f"/board?q={school.number}")
    assert "Nobody manages users" not in visitor.page.get_by_role("table").inner_text()
    visitor.follow("Console Oak Lane School")
    assert visitor.heading() == "Who has access, and why"


@both_ways
def test_entries_of_many_centres_come_from_a_file(server: Server, board: Board, visit: Visiting) -> None:
    first, second = board.school(), board.school()
    rows = "\n".join(f"{each.number},2026-06,0500,A" for each in (first, second))
    content = f"centreNumber, series, syllabus, option\n{rows}\nXXXXX,2026-06,0500,A\n"
    visitor = visit(board_account(server, board), scripts=False)
    visitor.open("/board")
    file = {"name": "june.csv", "mimeType": "text/csv", "buffer": content.encode()}
    visitor.page.get_by_label("A CSV file").set_input_files(file)
    visitor.press("Record entries")
    assert "The entries of 2 centres were recorded." in visitor.main()
    assert "XXXXX: There is no centre XXXXX." in visitor.main()


@both_ways
def test_a_centre_is_closed_and_moved_to_an_associate(server: Server, board: Board, visit: Visiting) -> None:
    school, associate = board.school(SUBMIT), board.associate()
    asha = school.person("asha@school.example")
    school.grants(asha)
    email = board_account(server, board)
    visitor = visit(email, phone=True)
    visitor.open(f"/board/centres/{school.number}")
    visitor.page.get_by_label("Number of its Associate").fill("XXXXX")
    visitor.press("Save")
    assert "There is no centre XXXXX." in visitor.page.locator("#associate-error").inner_text()
    visitor.page.get_by_label("Number of its Associate").fill(associate.number)
    visitor.page.get_by_label("Open").uncheck()
    visitor.press("Save")
    visitor.assert_accessible()
    assert "It is closed: no role there is effective." in visitor.main()
    assert f"The Associate {associate.number} acts for it." in visitor.main()
    assert "1 person would lose a role" in visitor.main()
    assert school.roles(asha) == {(TEACHER, school.number)}, "nothing happens before somebody says so"
    let_time_pass(server, email, minutes=60)
    visitor.press("Change the centre")
    assert visitor.heading() == "Confirm that it is you"
    visitor.page.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.press("Continue")
    visitor.page.get_by_label("Number of its Associate").fill(associate.number)
    visitor.page.get_by_label("Open").uncheck()
    visitor.press("Save")
    visitor.press("Change the centre")
    assert school.roles(asha) == set()
    visitor.open(f"/board?q={associate.number}")
    assert f"School {school.number}" in visitor.main()
    assert "Closed" in visitor.main()


@pytest.mark.parametrize(("scripts", "phone"), [(True, False), (False, True)])
def test_what_happened_at_all_centres_is_searched(
    server: Server, board: Board, visit: Visiting, *, scripts: bool, phone: bool
) -> None:
    first, second = board.school(SUBMIT), board.school(SUBMIT)
    for school in (first, second):
        asha = school.person(f"asha@{school.number.lower()}.example")
        school.group(f"English {school.number}", asha)
        assert school.directory.post("/Users", user(asha["userName"])).status == 409
    visitor = visit(board_account(server, board), scripts=scripts, phone=phone)
    visitor.open("/board")
    visitor.follow("Log")
    if scripts:
        visitor.assert_accessible()
    for school in (first, second):
        assert f"created user 'asha@{school.number.lower()}.example'" in visitor.main()
        assert f"'English {school.number}' with asha@{school.number.lower()}.example" in visitor.main()
    visitor.page.get_by_label("Centre number").fill(second.number.lower())
    visitor.page.get_by_label("Outcome").select_option("Refused")
    visitor.press("Search")
    assert f"asha@{second.number.lower()}" in visitor.main()
    assert first.number.lower() not in visitor.main()
    assert visitor.page.locator(".app-history > li").count() == 1
    visitor.open(f"/board/log?kind=groups&q=english+{first.number}")
    assert visitor.page.locator(".app-history > li").count() == 1
    assert "created user" not in visitor.main()
    visitor.open("/board/log?from=soon")
    assert "Enter a date as in 2026-09-01." in visitor.main()


def test_the_log_of_all_centres_is_read_page_by_page(server: Server, board: Board, visit: Visiting) -> None:
    schools = [board.school() for _ in range(3)]
    expected = [f"p{place:02}@log.example" for place in range(40)]
    for place, name in enumerate(expected):
        schools[place % 3].person(name)
    visitor = visit(board_account(server, board), scripts=False)
    visitor.open("/board/log?q=@log.example")
    seen = visitor.page.locator(".app-history > li p").all_inner_texts()
    visitor.follow("Older entries")
    seen += visitor.page.locator(".app-history > li p").all_inner_texts()
    assert visitor.page.get_by_role("link", name="Older entries").count() == 0
    assert [text.split("'")[1] for text in seen] == expected[::-1]


def test_nobody_else_sees_the_register(server: Server, school: School, visit: Visiting) -> None:
    for email in (manager(server, school), account(server, school, school.person("teacher@school.example"))):
        visitor = visit(email)
        for path in ("/board", "/board/log"):
            answer = visitor.page.goto(f"{visitor.url}{path}")
            assert answer is not None
            assert answer.status == 404
