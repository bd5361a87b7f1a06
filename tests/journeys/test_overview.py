"""An exams officer sees at a glance what needs somebody, and where to go on."""

from tests.support.browser import Visiting, board_account, both_ways, manager
from tests.support.centres import LISTENING, SUBMIT, TEACHER, Board, School
from tests.support.people import user
from tests.support.server import Server


@both_ways
def test_what_waits_is_said_with_where_to_go_on(server: Server, school: School, visit: Visiting) -> None:
    asha = school.person("asha@school.example", roles=[{"value": TEACHER}])
    assert school.directory.post("/Users", user("ASHA@school.example")).status == 409
    visitor = visit(manager(server, school), phone=True)
    overview = f"/centres/{school.number}"
    visitor.open(overview)
    visitor.assert_accessible()
    assert "Nobody has the role Submit for Assessment: Teacher." in visitor.main()
    assert "Directory was refused on" in visitor.main()
    assert "A directory looks after 2 people." in visitor.main()
    assert "Last error, on" in visitor.main()
    assert "Your directory asks for a role for 1 person." in visitor.main()
    visitor.follow("Grant or ignore")
    assert visitor.heading() == "What your directory asked for"
    school.grants(asha)
    visitor.open(overview)
    assert "Nobody has the role Submit for Assessment: Teacher." not in visitor.main()
    assert "asks for a role" not in visitor.main()


def test_the_brake_says_how_it_stands_and_is_a_page_of_the_console(
    server: Server, school: School, visit: Visiting
) -> None:
    visitor = visit(manager(server, school))
    visitor.open(f"/centres/{school.number}")
    assert "The safety brake of Directory is on, and nothing is held." in visitor.main()
    visitor.follow("Safety brake")
    visitor.follow("Change what happens with Directory")
    visitor.page.get_by_label("Do nothing").check()
    visitor.press("Save")
    visitor.follow("Overview")
    assert "The safety brake of Directory is off." in visitor.main()
    visitor.follow("See the safety brake Directory")
    assert visitor.heading() == "Safety brake"


def test_a_centre_whose_associate_manages_it_is_not_said_to_be_unmanaged(
    server: Server, board: Board, visit: Visiting
) -> None:
    associate = board.associate()
    under = board.school(SUBMIT, LISTENING, associate={"value": associate.id})
    visitor = visit(manager(server, associate))
    visitor.open(f"/centres/{under.number}")
    assert "Nobody can manage users of this centre." not in visitor.main()


def test_the_board_is_told_of_a_centre_that_nobody_manages(
    server: Server, board: Board, school: School, visit: Visiting
) -> None:
    visitor = visit(board_account(server, board))
    visitor.open(f"/centres/{school.number}")
    assert "Nobody can manage users of this centre." in visitor.main()
