"""A centre at a glance."""

from tests.support.centres import School
from tests.support.pages import PASSWORD, Pages, person_with_account
from tests.support.people import user
from tests.support.server import Server


def test_the_last_refusal_is_of_a_directory_and_no_code_that_somebody_mistyped(server: Server, school: School) -> None:
    person = school.person()
    email = person_with_account(server, school.number, person)
    pages = Pages(server.url)
    pages.sign_in(email)
    pages.set_up_app()
    pages.sign_in(email, PASSWORD)
    assert pages.send("/sign-in/second-factor", code="000000000").status == 401
    path = f"/Centres/{school.id}/summary"
    assert school.board.get("/Changes?filter=outcome%20eq%20%22refused%22").json["totalResults"] == 1
    assert school.register.get(path).json["lastRefusal"] is None
    assert school.directory.post("/Users", user(person["userName"])).status == 409
    assert school.register.get(path).json["lastRefusal"] is not None
