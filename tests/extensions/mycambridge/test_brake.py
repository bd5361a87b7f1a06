"""The safety brake: a directory that would end the access of too many people at once waits for somebody to decide."""

import json
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from mycambridge.brake import register, rules
from mycambridge.brake.tables import brake_events, brakes
from mycambridge.refusals import Unfit

from scim_server.connections.tokens import issue_token
from scim_server.installed import load_extensions
from scim_server.protocol.provider import stored_types
from scim_server.store.documents import utc_text
from scim_server.store.resources import ResourceStore
from tests.support.centres import MANAGEMENT, Board, School
from tests.support.people import created, group, members, user
from tests.support.server import BULK, SCIM_SERVER, Answer, Client

TYPES = stored_types(load_extensions())
BRAKE_URN = "urn:ietf:params:scim:schemas:mycambridge:2.0:SafetyBrake"
OFF = {"op": "replace", "path": "active", "value": False}
ON = {"op": "replace", "path": "active", "value": True}
Person = dict[str, Any]


def staff(school: School, number: int) -> list[str]:
    """Let the directory provision people, and return their ids."""
    operations = [{"method": "POST", "path": "/Users", "bulkId": str(each), "data": user()} for each in range(number)]
    answer = school.directory.post("/Bulk", {"schemas": [BULK], "Operations": operations})
    assert answer.status == 200, answer.body
    return [each["location"].rpartition("/")[2] for each in answer.json["Operations"]]


def deactivated(client: Client, people: Sequence[str]) -> list[int]:
    """Deactivate people one after another, and return the statuses of the answers."""
    return [client.patch(f"/Users/{person}", OFF).status for person in people]


def active(school: School) -> int:
    """Return how many people are active."""
    return int(school.board.get("/Users?filter=active%20eq%20true&count=0").json["totalResults"])


def shown(school: School) -> dict[str, Any]:
    """Return the only safety brake of a school."""
    (brake,) = school.board.get("/SafetyBrakes").json["Resources"]
    return dict(brake)


def braked(school: School, number: int = 20) -> list[str]:
    """Let the brake of a school with some people hold, and return those who are still active."""
    people = staff(school, number)
    statuses = deactivated(school.directory, people)
    assert statuses[-1] == 429
    return [person for person, status in zip(people, statuses, strict=True) if status == 429]


def decides(client: Client, school: School, state: str) -> Answer:
    """Send a decision about the brake of a school."""
    return client.patch(f"/SafetyBrakes/{shown(school)['id']}", {"op": "replace", "path": "state", "value": state})


def later(school: School, by: timedelta) -> None:
    """Let everything that the brake of a school knows be longer ago."""
    with school.server.database.write() as transaction:
        store = ResourceStore(transaction, school.number, TYPES)
        for _, found in register.all_brakes(transaction, school.number):
            document = found.attributes
            for name in ("since", "until", "decided"):
                if name in document:
                    document[name] = utc_text(datetime.fromisoformat(document[name]) - by)
            store.update(found, document)
        ago = {"moment": utc_text(datetime.now(UTC) - by)}
        transaction.execute(sa.update(brake_events).where(brake_events.c.tenant == school.number).values(**ago))
        journalled = {"journalled": ago["moment"]}
        transaction.execute(sa.update(brakes).where(brakes.c.tenant == school.number).values(**journalled))


def refusals(school: School) -> list[dict[str, Any]]:
    """Return what the journal of a school holds of refusals."""
    found = school.board.get('/Changes?filter=outcome%20eq%20"refused"').json
    return list(found.get("Resources", []))


# -- When it holds ----------------------------------------------------------------


def test_ten_leavers_go_through_however_small_the_school_is(school: School) -> None:
    people = staff(school, 10)

    assert deactivated(school.directory, people) == [200] * 10
    assert school.board.get("/SafetyBrakes").json["totalResults"] == 0


def test_leavers_go_through_up_to_thirty_percent_of_those_who_were_active_when_the_hour_began(school: School) -> None:
    people = staff(school, 40)

    statuses = deactivated(school.directory, people)

    assert statuses == [200] * 12 + [429] * 28
    assert active(school) == 28


def test_who_was_inactive_before_neither_counts_nor_is_counted_with(school: School) -> None:
    inactive = [school.person(active=False)["id"] for _ in range(20)]
    people = staff(school, 20)

    assert [school.directory.delete(f"/Users/{person}").status for person in inactive] == [204] * 20
    assert deactivated(school.directory, people) == [200] * 10 + [429] * 10


def test_deletions_count_like_deactivations(school: School) -> None:
    people = staff(school, 20)

    statuses = [school.directory.delete(f"/Users/{person}").status for person in people]

    assert statuses == [204] * 10 + [429] * 10
    assert active(school) == 10


def test_a_person_who_loses_access_twice_counts_once(school: School) -> None:
    people = staff(school, 20)
    dept = school.group("English Dept", *[{"id": person} for person in people])
    school.maps(dept)

    for _ in range(3):
        assert deactivated(school.directory, people[:10]) == [200] * 10
        for person in people[:10]:
            assert school.directory.patch(f"/Users/{person}", ON).status == 200
    taken_out = [{"op": "remove", "path": f'members[value eq "{person}"]'} for person in people[:10]]

    assert school.directory.patch(f"/Groups/{dept['id']}", *taken_out).status == 200
    assert school.directory.patch(f"/Users/{people[10]}", OFF).status == 429


def test_an_hour_later_people_are_counted_anew(school: School) -> None:
    people = staff(school, 40)
    assert deactivated(school.directory, people[:12]) == [200] * 12

    later(school, timedelta(hours=1))

    assert deactivated(school.directory, people[12:23]) == [200] * 10 + [429]


def test_each_connection_is_counted_by_itself_and_so_is_each_school(board: Board, school: School) -> None:
    held, other = braked(school), board.school()
    with school.server.database.write() as transaction:
        token = issue_token(transaction, school.number, name="Second directory")
    second = Client(school.directory.base, f"Bearer {token.text}")

    assert deactivated(second, held[:1]) == [200]
    assert deactivated(other.directory, staff(other, 1)) == [200]
    assert deactivated(school.directory, held[1:2]) == [429]


def test_what_people_and_the_board_do_is_not_counted(school: School) -> None:
    people = staff(school, 20)

    assert deactivated(school.board, people) == [200] * 20


def test_an_organisation_that_is_no_centre_has_nothing_to_brake_for(client: Client) -> None:
    people = [created(client, user())["id"] for _ in range(12)]

    assert deactivated(client, people) == [200] * 12


# -- Groups and bulk ---------------------------------------------------------------


def _emptied(school: School, dept: Person) -> Answer:
    return school.directory.put(f"/Groups/{dept['id']}", group("English Dept"))


def _taken_out(school: School, dept: Person) -> Answer:
    return school.directory.patch(f"/Groups/{dept['id']}", {"op": "remove", "path": "members"})


def _deleted(school: School, dept: Person) -> Answer:
    return school.directory.delete(f"/Groups/{dept['id']}")


@pytest.mark.parametrize("ended", [_emptied, _taken_out, _deleted])
def test_a_mapped_group_that_loses_too_many_people_at_once_is_held_as_a_whole(school: School, ended: Any) -> None:
    people = staff(school, 20)
    dept = school.group("English Dept", *[{"id": person} for person in people[:11]])
    school.maps(dept)

    answer = ended(school, dept)

    assert answer.status == 429, answer.body
    assert members(school.directory, dept["id"]) == sorted(people[:11])
    assert shown(school)["people"] == 11
    assert school.roles({"id": people[0]}) != set()


@pytest.mark.parametrize("ended", [_emptied, _taken_out, _deleted])
def test_a_group_that_is_mapped_to_nothing_may_lose_everybody(school: School, ended: Any) -> None:
    people = staff(school, 20)

    assert ended(school, school.group("Catering", *[{"id": person} for person in people])).status in (200, 204)
    assert school.board.get("/SafetyBrakes").json["totalResults"] == 0


def test_people_lose_roles_with_the_group_that_is_nested_in_a_mapped_one(school: School) -> None:
    people = staff(school, 20)
    dept = school.group("English Dept", *[{"id": person} for person in people])
    all_staff = school.group("All Staff", dept)
    school.maps(all_staff)
    path = f"/Groups/{all_staff['id']}"

    assert school.directory.patch(path, {"op": "remove", "path": f'members[value eq "{dept["id"]}"]'}).status == 429
    assert _deleted(school, dept).status == 429
    assert members(school.directory, all_staff["id"]) == [dept["id"]]
    assert shown(school)["people"] == 20


def _bulk(client: Client, *operations: dict[str, Any]) -> Answer:
    return client.post("/Bulk", {"schemas": [BULK], "Operations": list(operations)})


def _off(person: str) -> dict[str, Any]:
    patch = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [OFF]}
    return {"method": "PATCH", "path": f"/Users/{person}", "data": patch}


def test_a_bulk_request_that_alone_would_be_too_much_is_held_as_a_whole(school: School) -> None:
    people, name = staff(school, 20), f"{uuid4().hex}@gb001.example"
    creation = {"method": "POST", "path": "/Users", "bulkId": "new", "data": user(name)}

    answer = _bulk(school.directory, creation, *[_off(person) for person in people])

    assert (answer.status, answer.json["status"]) == (429, "429"), answer.body
    assert answer.headers["Retry-After"] == "900"
    assert active(school) == 20
    assert school.found(f'userName eq "{name}"') == []
    assert shown(school)["people"] == 11


def test_a_bulk_request_below_the_threshold_goes_through_and_counts(school: School) -> None:
    people = staff(school, 20)

    answer = _bulk(school.directory, *[_off(person) for person in people[:10]])

    assert [each["status"] for each in answer.json["Operations"]] == ["200"] * 10
    assert deactivated(school.directory, people[10:11]) == [429]


def test_what_is_only_tried_is_not_remembered(school: School) -> None:
    people = staff(school, 20)
    dept = school.group("English Dept", *[{"id": person} for person in people])
    school.maps(dept)

    tried = school.directory.send("DELETE", f"/Groups/{dept['id']}?dryRun=true")

    assert tried.status == 429
    assert school.board.get("/SafetyBrakes").json["totalResults"] == 0
    assert deactivated(school.directory, people[:1]) == [200]


# -- While it holds ----------------------------------------------------------------


def test_a_held_request_says_why_and_who_releases_it_and_nothing_of_it_is_kept(school: School) -> None:
    (person, *_) = braked(school)
    before = school.directory.get(f"/Users/{person}")

    answer = school.directory.patch(
        f"/Users/{person}", OFF, {"op": "replace", "path": "displayName", "value": "Somebody else"}
    )

    assert (answer.status, answer.headers["Retry-After"]) == (429, "900")
    for words in ("more than 10 and more than 30 %", f"user management for {school.number}", "releases"):
        assert words in answer.json["detail"]
    assert school.directory.get(f"/Users/{person}").body == before.body


def test_everything_else_keeps_working_while_it_holds(school: School) -> None:
    inactive = school.person(active=False)
    dept = school.group("English Dept")
    school.maps(dept)
    (person, *_) = braked(school)
    joins = {"op": "add", "path": "members", "value": [{"value": person}]}

    answers = {
        "a creation": school.directory.post("/Users", user()),
        "a new name": school.directory.patch(
            f"/Users/{person}", {"op": "replace", "path": "displayName", "value": "New name"}
        ),
        "an addition": school.directory.patch(f"/Groups/{dept['id']}", joins),
        "an activation": school.directory.patch(f"/Users/{inactive['id']}", ON),
        "a search": school.directory.get("/Users"),
        "a new group": school.directory.post("/Groups", group("Science Dept")),
    }

    assert {what: answer.status for what, answer in answers.items() if answer.status >= 400} == {}
    assert len(school.roles({"id": person})) == 1


def test_the_brake_shows_which_connection_is_held_since_when_and_how_many_people_it_concerns(school: School) -> None:
    held = braked(school)

    brake = shown(school)

    assert brake["connection"]["display"] == "Directory"
    assert (brake["mode"], brake["state"], brake["people"]) == ("hold", "held", 20)
    assert datetime.fromisoformat(brake["until"]) - datetime.fromisoformat(brake["since"]) == timedelta(days=1)
    assert school.directory.get(f"/SafetyBrakes/{brake['id']}").json["state"] == "held"
    deactivated(school.directory, held)
    assert shown(school)["meta"]["version"] == brake["meta"]["version"]


def test_a_refusal_is_journalled_once_an_hour_and_not_for_each_retry(school: School) -> None:
    held = braked(school)
    deactivated(school.directory, held)
    (first,) = refusals(school)
    assert (first["status"], first["actor"]["display"]) == (429, "Directory")
    assert "The safety brake holds" in first["detail"]

    later(school, timedelta(hours=2))
    deactivated(school.directory, held)

    assert len(refusals(school)) == 2


def test_a_hold_lasts_longer_than_the_hour_so_that_a_directory_cannot_wait_it_out(school: School) -> None:
    held = braked(school)

    later(school, timedelta(hours=23))
    assert deactivated(school.directory, held[:1]) == [429]

    later(school, timedelta(hours=2))
    assert deactivated(school.directory, held[:1]) == [200]


def test_the_count_is_right_when_many_requests_come_at_once(school: School) -> None:
    people = staff(school, 40)

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(lambda person: deactivated(school.directory, [person])[0], people[:24]))

    assert sorted(statuses) == [200] * 12 + [429] * 12
    assert active(school) == 28


def test_changes_that_end_nobodys_access_do_not_touch_the_brake(school: School) -> None:
    person = school.person()
    school.group("English Dept", person)
    school.directory.patch(f"/Users/{person['id']}", {"op": "replace", "path": "displayName", "value": "New name"})
    school.directory.patch(f"/Users/{person['id']}", ON)

    with school.server.database.read() as reading:
        rows = sa.select(sa.func.count()).select_from(brakes).where(brakes.c.tenant == school.number)
        assert reading.execute(rows).scalar_one() == 0


# -- Decisions ---------------------------------------------------------------------


def test_released_requests_go_through_for_an_hour_and_are_not_counted_afterwards(school: School) -> None:
    held = braked(school, 30)

    answer = decides(school.board, school, "released")

    assert (answer.status, answer.json["state"]) == (200, "released"), answer.body
    assert answer.json["decidedBy"]["type"] == "administrator"
    assert deactivated(school.directory, held[:15]) == [200] * 15
    later(school, timedelta(hours=1))
    assert deactivated(school.directory, held[15:]) == [200] * 5
    assert shown(school)["state"] == "released"


def test_rejected_requests_are_refused_with_the_advice_to_correct_the_directory(school: School) -> None:
    held = braked(school)
    manager, client = _manager(school)

    answer = decides(client, school, "Rejected")
    assert (answer.status, answer.json["state"]) == (200, "rejected"), answer.body
    refused = school.directory.patch(f"/Users/{held[0]}", OFF)

    assert refused.status == 403
    assert f"{manager['userName']} rejected" in refused.json["detail"]
    assert "Correct the directory" in refused.json["detail"]
    assert _bulk(school.directory, _off(held[0])).status == 403
    assert len(refusals(school)) == 1
    later(school, timedelta(hours=2))
    assert deactivated(school.directory, held[:2]) == [403, 403]
    assert len(refusals(school)) == 2


def _manager(school: School) -> tuple[Person, Client]:
    person = school.person()
    school.grants(person, MANAGEMENT)
    return person, school.acting_as(person)


def test_a_rejection_ends_when_somebody_releases_it_or_after_a_day(school: School) -> None:
    held = braked(school)
    decides(school.board, school, "rejected")
    assert decides(school.board, school, "released").status == 200
    assert deactivated(school.directory, held[:1]) == [200]

    decides(school.board, school, "rejected")
    assert deactivated(school.directory, held[1:2]) == [403]
    later(school, timedelta(days=1))
    assert deactivated(school.directory, held[1:2]) == [200]


def test_a_new_hold_forgets_the_decision_about_the_last_one(school: School) -> None:
    held = braked(school, 40)
    decides(school.board, school, "released")
    later(school, timedelta(hours=1))

    assert deactivated(school.directory, held[:11]) == [200] * 10 + [429]

    brake = shown(school)
    assert (brake["state"], brake["people"], "decidedBy" in brake) == ("held", 11, False)


def test_people_with_user_management_and_the_board_decide_and_nobody_else(board: Board, school: School) -> None:
    (person, *_) = braked(school)
    _, manager = _manager(school)
    other_school = board.school()
    _, stranger = _manager(other_school)
    path = f"/SafetyBrakes/{shown(school)['id']}"

    assert decides(school.directory, school, "released").status == 403
    assert decides(school.acting_as({"id": person}), school, "released").status == 403
    assert school.acting_as({"id": person}).get("/SafetyBrakes").status == 403
    assert stranger.get(path).status == 404
    assert decides(stranger, school, "released").status == 404
    assert shown(school)["state"] == "held"
    assert manager.get(path).status == 200
    assert decides(manager, school, "released").status == 200
    changes = school.board.get(f'/Changes?filter=target.value%20eq%20"{shown(school)["id"]}"').json["Resources"]
    (decision,) = [each for each in changes if each["outcome"] == "done"]
    assert (decision["actor"]["type"], decision["target"]["display"]) == ("person", "Directory")


@pytest.mark.parametrize(("state", "words"), [("held", "no decision"), ("opened", "no decision")])
def test_a_decision_that_is_none_is_refused(school: School, state: str, words: str) -> None:
    braked(school)
    decides(school.board, school, "released")

    answer = decides(school.board, school, state)

    assert (answer.status, answer.json["scimType"]) == (400, "invalidValue")
    assert words in answer.json["detail"]


def test_a_brake_is_neither_deleted_nor_made_twice_nor_given_to_another_connection(school: School) -> None:
    braked(school)
    brake = shown(school)
    again = {"schemas": [BRAKE_URN], "connection": {"value": brake["connection"]["value"]}, "mode": "off"}
    nobodys = {**again, "connection": {"value": "nobody"}}

    assert school.board.delete(f"/SafetyBrakes/{brake['id']}").status == 403
    assert school.board.post("/SafetyBrakes", again).status == 409
    assert school.board.post("/SafetyBrakes", nobodys).status == 400
    replaced = school.board.put(f"/SafetyBrakes/{brake['id']}", again)
    assert (replaced.status, replaced.json.get("mode")) == (200, "off"), replaced.body
    moved = {"op": "replace", "path": "connection", "value": {"value": _second(school)}}
    assert school.board.patch(f"/SafetyBrakes/{brake['id']}", moved).status == 400
    assert shown(school)["state"] == "released"


def _second(school: School) -> str:
    with school.server.database.write() as transaction:
        issue_token(transaction, school.number, name="Second directory")
        found = register.connection_named(transaction, school.number, "Second directory")
        assert found is not None
        return found.id


# -- Modes -------------------------------------------------------------------------


def _with_profile(school: School, profile: str) -> Client:
    with school.server.database.write() as transaction:
        token = issue_token(transaction, school.number, name=profile, profile=profile)
    return Client(school.directory.base, f"Bearer {token.text}")


def test_a_connection_of_the_interoperability_profile_is_reported_and_never_delayed(school: School) -> None:
    people = staff(school, 20)

    assert deactivated(_with_profile(school, "interop"), people) == [200] * 20

    brake = shown(school)
    assert (brake["mode"], brake["state"], brake["people"]) == ("notify", "notified", 20)
    (entry,) = school.board.get(f'/Changes?filter=target.value%20eq%20"{brake["id"]}"').json["Resources"]
    assert entry["actor"]["display"] == "interop"
    assert "Ended the access of 11 people within an hour" in entry["detail"]


def test_what_is_reported_can_be_rejected_so_that_the_rest_stays(school: School) -> None:
    people, client = staff(school, 20), _with_profile(school, "interop")
    deactivated(client, people[:11])

    decides(school.board, school, "rejected")

    assert deactivated(client, people[11:]) == [403] * 9


def test_without_a_brake_everybody_may_go(school: School) -> None:
    people = staff(school, 20)
    _command(school, "mode", "--tenant", school.number, "--connection", "Directory", "off")

    assert deactivated(school.directory, people) == [200] * 20
    assert (shown(school)["mode"], "state" in shown(school)) == ("off", False)
    assert "nothing held so far" in _command(school, "list", "--tenant", school.number)
    assert decides(school.board, school, "rejected").status == 400


def test_leaving_the_mode_hold_releases_what_is_held(school: School) -> None:
    held = braked(school)

    answer = school.board.patch(
        f"/SafetyBrakes/{shown(school)['id']}", {"op": "replace", "path": "mode", "value": "notify"}
    )

    assert (answer.json["mode"], answer.json["state"]) == ("notify", "released"), answer.body
    assert deactivated(school.directory, held) == [200] * len(held)
    wrong = {"op": "replace", "path": "mode", "value": "sometimes"}
    assert school.board.patch(f"/SafetyBrakes/{shown(school)['id']}", wrong).status == 400


# -- Commands ----------------------------------------------------------------------


def _command(school: School, *arguments: str) -> str:
    return school.server.command("brake", *arguments)


def _failing(school: School, *arguments: str) -> str:
    done = subprocess.run(
        [SCIM_SERVER, "brake", *arguments], env=school.server.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout
    return done.stderr


def test_the_board_releases_and_rejects_on_the_command_line(school: School) -> None:
    held = braked(school)
    whose = ("--tenant", school.number.lower(), "--connection", "Directory")
    (row,) = json.loads(_command(school, "list", "--tenant", school.number, "--json"))
    assert (row["tenant"], row["state"], row["people"]) == (school.number, "held", 20)
    assert f"{school.number}  Directory  mode hold, held until" in _command(school, "list")

    assert "ends nobody's access" in _command(school, "reject", *whose, "--note", "A filter was deleted")
    assert (shown(school)["state"], shown(school)["note"]) == ("rejected", "A filter was deleted")
    assert "It was rejected already" in _failing(school, "reject", *whose)
    assert "goes through" in _command(school, "release", *whose)
    assert deactivated(school.directory, held) == [200] * len(held)
    assert "mode notify" in _command(school, "mode", *whose, "notify")
    later(school, timedelta(hours=1))
    assert "released until it ended at" in _command(school, "list", "--tenant", school.number)


def test_a_command_about_what_is_not_there_says_so(school: School) -> None:
    of = ("--tenant", school.number)

    assert "has no connection 'Entra ID'" in _failing(school, "release", *of, "--connection", "Entra ID")
    assert "never held anything" in _failing(school, "release", *of, "--connection", "Directory")
    assert "ZZ999" in _failing(school, "list", "--tenant", "ZZ999")


# -- Rules -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("people", "active_people", "held"),
    [(10, 10, False), (11, 11, True), (11, 36, True), (11, 37, False), (30, 100, False), (31, 100, True)],
)
def test_too_many_are_more_than_ten_and_more_than_thirty_percent(people: int, active_people: int, held: bool) -> None:  # noqa: FBT001
    counted = min(active_people, rules.enough_active(people, 30))

    assert rules.too_many(people, active_people, most=10, share=30) is held
    assert rules.too_many(people, counted, most=10, share=30) is held


def test_a_share_of_nothing_leaves_only_the_number() -> None:
    assert rules.too_many(11, rules.enough_active(11, 0), most=10, share=0)


def test_nothing_can_be_rejected_that_was_never_held() -> None:
    with pytest.raises(Unfit, match="nothing to reject"):
        rules.known_decision("rejected", before=None)


# -- What people see before they decide -------------------------------------------


def test_people_see_whom_the_brake_protects_and_what_they_would_lose(school: School) -> None:
    asha = school.person("asha@gb001.example")
    school.grants(asha)
    braked(school, 20)
    assert school.directory.delete(f"/Users/{asha['id']}").status == 429
    _, manager = school.manager()

    seen = manager.get(f"/SafetyBrakes/{shown(school)['id']}/people").json

    assert seen["totalPeople"] == len(seen["people"]) == 11
    (hers,) = [each for each in seen["people"] if each["user"]["value"] == asha["id"]]
    assert hers["user"]["display"] == "asha@gb001.example"
    assert [role["value"] for role in hers["roles"]] == ["submit-for-assessment.teacher"]
    assert decides(manager, school, "released").status == 200
    assert manager.get(f"/SafetyBrakes/{shown(school)['id']}/people").json["totalPeople"] == 0


def test_a_directory_is_not_told_who_has_which_role(school: School) -> None:
    braked(school, 20)

    assert school.directory.get(f"/SafetyBrakes/{shown(school)['id']}/people").status == 403


def test_what_is_over_is_not_shown_as_current(school: School) -> None:
    braked(school, 20)
    assert shown(school)["current"] == "held"

    later(school, timedelta(days=2))

    assert (shown(school)["state"], "current" in shown(school)) == ("held", False)


def test_the_modes_and_limits_of_all_connections_are_seen_at_a_glance(school: School) -> None:
    with school.server.database.write() as transaction:
        issue_token(transaction, school.number, name="Careful", profile="interop")

    seen = school.register.get(f"/Centres/{school.id}/summary").json

    assert seen["brakeLimits"] == {"people": 10, "share": 30}
    assert {each["display"]: each["brake"] for each in seen["connections"]} == {
        "Directory": "hold",
        "Careful": "notify",
    }
