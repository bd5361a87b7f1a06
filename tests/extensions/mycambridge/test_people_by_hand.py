"""The directory owns existence and profile; people whom no directory owns are managed by hand."""

from tests.support.centres import CENTRE_USER, OFFICER, School, made
from tests.support.people import user


def test_a_manager_adds_and_changes_people_whom_no_directory_provisions(school: School) -> None:
    known, manager = school.manager()
    person = made(manager.post("/Users", user("visitor@school.example")))
    added_by = {"value": known["id"], "display": known["userName"], "type": "person"}
    assert person[CENTRE_USER]["provisionedBy"] == added_by
    changed = manager.patch(f"/Users/{person['id']}", {"op": "replace", "path": "displayName", "value": "Visitor"})
    assert changed.json["displayName"] == "Visitor"
    assert changed.json[CENTRE_USER]["provisionedBy"] == added_by
    assert manager.delete(f"/Users/{person['id']}").status == 204


def test_a_manager_changes_nobody_whom_a_directory_provisions(school: School) -> None:
    _, manager = school.manager()
    asha = school.person()
    provisioned_by = asha[CENTRE_USER]["provisionedBy"]
    assert (provisioned_by["display"], provisioned_by["type"]) == ("Directory", "connection")
    for answer in (
        manager.patch(f"/Users/{asha['id']}", {"op": "replace", "path": "active", "value": False}),
        manager.put(f"/Users/{asha['id']}", user(asha["userName"], title="Head")),
        manager.delete(f"/Users/{asha['id']}"),
    ):
        assert answer.status == 403
        assert "A directory provisions this person" in answer.json["detail"]


def test_a_directory_that_takes_somebody_over_looks_after_them_from_then_on(school: School) -> None:
    _, manager = school.manager()
    person = made(manager.post("/Users", user("visitor@school.example")))
    taken = school.directory.patch(f"/Users/{person['id']}", {"op": "replace", "path": "title", "value": "Head"})
    assert taken.json[CENTRE_USER]["provisionedBy"]["type"] == "connection"
    assert manager.delete(f"/Users/{person['id']}").status == 403


def test_nobody_claims_to_look_after_a_person(school: School) -> None:
    claim = {CENTRE_USER: {"provisionedBy": {"value": "me", "display": "Me", "type": "person"}}}
    claimed = user("claimed@school.example")
    claimed["schemas"].append(CENTRE_USER)
    person = made(school.directory.post("/Users", {**claimed, **claim}))
    assert person[CENTRE_USER]["provisionedBy"]["type"] == "connection"
    school.directory.put(f"/Users/{person['id']}", {**claimed, **claim, "title": "Head"})
    shown = school.directory.get(f"/Users/{person['id']}").json
    assert shown["title"] == "Head"
    assert shown[CENTRE_USER]["provisionedBy"] == person[CENTRE_USER]["provisionedBy"]


def test_people_are_found_by_who_added_them(school: School) -> None:
    _, manager = school.manager()
    by_manager, by_board = (made(each.post("/Users", user())) for each in (manager, school.board))
    school.person()
    assert school.found(f'{CENTRE_USER}:provisionedBy.type eq "person"') == [by_manager["id"]]
    assert school.found(f'{CENTRE_USER}:provisionedBy.type ne "connection"') == sorted(
        [by_manager["id"], by_board["id"]]
    )
    assert manager.delete(f"/Users/{by_board['id']}").status == 204, "whom the board added, too"


def test_only_the_board_changes_by_hand_whom_it_designated(school: School) -> None:
    _, manager = school.manager()
    officer = made(manager.post("/Users", user("officer@school.example")))
    school.designates(officer)
    path = f"/Users/{officer['id']}"
    elsewhere = {"op": "replace", "path": "emails", "value": [{"value": "me@elsewhere.example", "primary": True}]}
    for answer in (
        manager.patch(path, elsewhere),
        manager.patch(path, {"op": "replace", "path": "active", "value": False}),
        manager.put(path, user("me@elsewhere.example")),
        manager.delete(path),
    ):
        assert answer.status == 403
        assert answer.json["detail"].endswith("Ask the board to change them.")
    assert (OFFICER, school.number) in school.roles(officer)
    assert school.board.patch(path, elsewhere).status == 200


def test_a_directory_is_obeyed_also_about_whom_the_board_designated(school: School) -> None:
    officer = school.person()
    school.designates(officer)
    left = school.directory.patch(f"/Users/{officer['id']}", {"op": "replace", "path": "active", "value": False})
    assert left.status == 200
    assert school.roles(officer) == set()


def test_somebody_without_user_management_adds_nobody(school: School) -> None:
    teacher = school.acting_as(school.person())
    assert teacher.post("/Users", user("friend@school.example")).status == 403
    assert school.directory.get("/Users?filter=userName%20eq%20%22friend@school.example%22").json["totalResults"] == 0


def test_nobody_changes_their_own_record(school: School) -> None:
    _, first = school.manager()
    person = made(first.post("/Users", user("second@school.example")))
    school.grants(person, "user-management")
    own = school.acting_as(person)
    refused = own.patch(f"/Users/{person['id']}", {"op": "replace", "path": "displayName", "value": "Boss"})
    assert refused.status == 403
    assert "Nobody changes their own record." in refused.json["detail"]
