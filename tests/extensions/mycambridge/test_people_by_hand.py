"""The directory owns existence and profile; people whom no directory owns are managed by hand."""

from tests.support.centres import CENTRE_USER, School, made
from tests.support.people import user


def test_a_manager_adds_and_changes_people_whom_no_directory_provisions(school: School) -> None:
    _, manager = school.manager()
    person = made(manager.post("/Users", user("visitor@school.example")))
    assert person[CENTRE_USER]["managedHere"] is True
    changed = manager.patch(f"/Users/{person['id']}", {"op": "replace", "path": "displayName", "value": "Visitor"})
    assert changed.json["displayName"] == "Visitor"
    assert changed.json[CENTRE_USER]["managedHere"] is True
    assert manager.delete(f"/Users/{person['id']}").status == 204


def test_a_manager_changes_nobody_whom_a_directory_provisions(school: School) -> None:
    _, manager = school.manager()
    asha = school.person()
    assert "managedHere" not in asha[CENTRE_USER]
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
    school.directory.patch(f"/Users/{person['id']}", {"op": "replace", "path": "title", "value": "Head"})
    assert manager.delete(f"/Users/{person['id']}").status == 403


def test_nobody_claims_to_look_after_a_person(school: School) -> None:
    claimed = user("claimed@school.example")
    claimed["schemas"].append(CENTRE_USER)
    created = school.directory.post("/Users", {**claimed, CENTRE_USER: {"managedHere": True}})
    assert "managedHere" not in made(created)[CENTRE_USER]


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
