"""``scim-server import``: people and groups from files, on each engine."""

import csv
from typing import Any

import pytest

from scim_server.cli.installation import COMMAND_LINE
from tests.support.command_line import CommandLine, group, user

HEADER = "userName,givenName,familyName,email,active,groups"
ASHA = "asha@gb001.example,Asha,Rao,asha@gb001.example,true,English Dept;All Staff"
BEN = "ben@gb001.example,Ben,Okri,ben@gb001.example,,English Dept"


def refused(command: CommandLine, *lines: Any, name: str = "file.jsonl", options: tuple[str, ...] = ()) -> str:
    """Import a file that is not accepted, and return what is said about it."""
    done = command("import", "--tenant", "GB001", command.file(name, *lines), *options)
    assert done.exit_code == 1
    assert "Traceback" not in done.output
    return done.stderr


# -- A list of staff -----------------------------------------------------------


def test_a_staff_list_creates_people_and_their_groups(command: CommandLine) -> None:
    assert command.import_("staff.csv", HEADER, ASHA, BEN) == "Imported: 2 created, 0 updated, 0 unchanged.\n"
    asha = command.people()["asha@gb001.example"]
    assert asha["name"] == {"givenName": "Asha", "familyName": "Rao"}
    assert asha["emails"] == [{"value": "asha@gb001.example", "type": "work", "primary": True}]
    assert command.groups() == {
        "English Dept": ["asha@gb001.example", "ben@gb001.example"],
        "All Staff": ["asha@gb001.example"],
    }


def test_a_new_person_is_active_unless_the_list_says_no(command: CommandLine) -> None:
    command.import_("staff.csv", "userName,active", "a@gb001.example,", "b@gb001.example,No", "c@gb001.example,TRUE")
    assert [each["active"] for each in command.people().values()] == [True, False, True]


def test_importing_again_changes_nothing(command: CommandLine) -> None:
    command.import_("staff.csv", HEADER, ASHA, BEN)
    before, entries = command.exported(), len(command.journal())
    assert command.import_("staff.csv", HEADER, ASHA, BEN) == "Imported: 0 created, 0 updated, 2 unchanged.\n"
    assert (command.exported(), len(command.journal())) == (before, entries)


def test_a_row_changes_what_it_names_and_nothing_else(command: CommandLine) -> None:
    emails = [{"value": "old@gb001.example", "type": "work"}, {"value": "home@asha.example", "type": "home"}]
    names = {"formatted": "Asha R", "givenName": "Asha", "familyName": "R", "middleName": "M"}
    command.import_("people.jsonl", user("asha@gb001.example", emails=emails, name=names, title="Teacher", active=True))
    command.import_("staff.csv", HEADER, "asha@gb001.example,,Rao,new@gb001.example,,Exams Team")
    asha = command.people()["asha@gb001.example"]
    assert asha["name"] == {"givenName": "Asha", "familyName": "Rao", "middleName": "M"}
    assert [each["value"] for each in asha["emails"]] == ["new@gb001.example", "home@asha.example"]
    assert (asha["title"], asha["active"]) == ("Teacher", True)


def test_a_row_deactivates_a_person_who_stays_in_the_groups(command: CommandLine) -> None:
    command.import_("staff.csv", HEADER, ASHA)
    command.import_("leavers.csv", "userName,active", "ASHA@gb001.example,false")
    assert [each["active"] for each in command.people().values()] == [False]
    assert [len(members) for members in command.groups().values()] == [1, 1]


def test_a_person_is_found_by_external_id_and_renamed(command: CommandLine) -> None:
    command.import_("staff.csv", "externalId,userName", "17,asha.rao@gb001.example")
    command.import_("staff.csv", "externalId,userName", "17,asha.khan@gb001.example")
    assert list(command.people()) == ["asha.khan@gb001.example"]


def test_groups_are_found_however_their_names_are_written(command: CommandLine) -> None:
    command.import_("staff.csv", HEADER, ASHA)
    command.import_("staff.csv", "userName,groups", "ben@gb001.example, english dept ;ENGLISH DEPT")
    assert command.groups()["English Dept"] == ["asha@gb001.example", "ben@gb001.example"]


def test_several_groups_of_one_name_are_not_guessed_between(command: CommandLine) -> None:
    command.import_("groups.jsonl", group("Exams Team"), group("Exams Team"))
    said = refused(command, "userName,groups", "asha@gb001.example,Exams Team", name="staff.csv")
    assert said == "Line 2: Several groups are called 'Exams Team'; give all but one another name.\n"
    assert command.people() == {}


# -- All or nothing, or as far as it goes -----------------------------------------


def test_one_refused_line_keeps_everything_out(command: CommandLine) -> None:
    path = command.file("staff.csv", HEADER, ASHA, "ben@gb001.example,Ben,Okri,not an address,,Exams Team")
    done = command("import", "--tenant", "GB001", path)
    assert (done.exit_code, command.exported()) == (1, [])
    lines = done.stderr.splitlines()
    assert lines[0].startswith("Line 3: emails[0].value: an e-mail address needs a name")
    assert done.stdout.startswith("Nothing was imported: 1 line refused.")


def test_what_is_refused_is_in_the_journal(command: CommandLine) -> None:
    refused(command, "userName", "asha@gb001.example", "a" * 300, name="staff.csv")
    (entry,) = command.journal("GB001", "--failed")
    assert entry["detail"] == "Line 3: userName may have 255 characters at most."
    assert entry["actor"]["display"] == COMMAND_LINE.name


def test_keep_going_imports_the_other_lines(command: CommandLine) -> None:
    lines = [HEADER, ASHA, "ben@gb001.example,Ben,Okri,nowhere,,Chess Club", "cleo@gb001.example,,,,,"]
    said = refused(command, *lines, name="staff.csv", options=("--keep-going",))
    assert said.startswith("Line 3: ")
    assert list(command.people()) == ["asha@gb001.example", "cleo@gb001.example"]
    assert "Chess Club" not in command.groups()


def test_lines_refused_among_thousands_are_found(command: CommandLine) -> None:
    foreign = "urn:ietf:params:scim:schemas:extension:mycambridge:2.0:User"
    command.done("centre", "create", "GB001", "--name", "Northgate School", "--country", "GB")
    lines = [user(f"person{number}@gb001.example") for number in range(1500)]
    for number in (0, 401, 402, 1499):
        lines[number][foreign] = {"centreNumber": "IN999"}
    said = refused(command, *lines, options=("--keep-going",))
    assert [line.partition(":")[0] for line in said.splitlines()] == ["Line 1", "Line 402", "Line 403", "Line 1500"]
    assert len(command.people()) == 1496


def test_a_dry_run_tells_and_leaves_no_trace(command: CommandLine) -> None:
    command.import_("staff.csv", HEADER, ASHA)
    before, entries = command.exported(), command.journal()
    path = command.file("staff.csv", HEADER, ASHA.replace("Rao", "Khan"), BEN)
    done = command("import", "--tenant", "GB001", path, "--dry-run")
    assert done.stdout == "Would be: 1 created, 1 updated, 0 unchanged; 0 lines refused.\n"
    assert (command.exported(), command.journal()) == (before, entries)


def test_a_dry_run_tells_what_would_be_refused(command: CommandLine) -> None:
    path = command.file("staff.csv", "userName", "asha@gb001.example", "asha@gb001.example")
    done = command("import", "--tenant", "GB001", path, "--dry-run")
    assert done.exit_code == 1
    assert done.stderr == "Line 3: Line 2 is about the same one; remove one of the two lines.\n"
    assert (done.stdout.endswith("Nothing would be imported.\n"), command.journal()) == (True, [])


def test_a_file_that_ends_in_a_fault_is_imported_up_to_there_on_request(command: CommandLine) -> None:
    lines = ["userName", "asha@gb001.example", '"ben@gb001.example']
    assert refused(command, *lines, name="staff.csv").endswith("Nothing was imported.\n")
    assert command.people() == {}
    said = refused(command, *lines, name="staff.csv", options=("--keep-going",))
    assert "Line 3 begins a quoted cell that does not end" in said
    assert list(command.people()) == ["asha@gb001.example"]


# -- JSON lines -------------------------------------------------------------------


def test_a_tenant_moves_into_another_with_its_nested_groups(command: CommandLine) -> None:
    command.import_("staff.csv", HEADER, ASHA, BEN)
    command.import_("groups.jsonl", group("Everybody", {"displayName": "All Staff"}, {"userName": "BEN@gb001.example"}))
    path = command.file("GB001.jsonl", command.done("export", "--tenant", "GB001"))
    command.done("tenant", "create", "GB002")
    assert command.done("import", "--tenant", "GB002", path).startswith("Imported: 5 created")
    assert command.groups("GB002") == command.groups("GB001")
    assert command.done("import", "--tenant", "GB002", path) == "Imported: 0 created, 0 updated, 5 unchanged.\n"
    assert command.done("import", "--tenant", "GB001", path) == "Imported: 0 created, 0 updated, 5 unchanged.\n"
    ids = [{each["id"] for each in command.exported(tenant)} for tenant in ("GB001", "GB002")]
    assert not ids[0] & ids[1]


def test_groups_may_stand_before_what_they_contain(command: CommandLine) -> None:
    command.import_(
        "school.jsonl",
        group("All Staff", {"value": "g1"}, id="g0"),
        group("English Dept", {"value": "u1"}, {"displayName": "Readers"}, id="g1"),
        group("Readers"),
        user("asha@gb001.example", id="u1"),
    )
    assert command.groups() == {
        "All Staff": ["English Dept"], "English Dept": ["Readers", "asha@gb001.example"], "Readers": [],
    }  # fmt: skip


def test_groups_in_a_circle_are_refused(command: CommandLine) -> None:
    said = refused(command, group("Staff", {"value": "b"}, id="a"), group("Team", {"value": "a"}, id="b"))
    assert "Line 2: It contains 'Staff' (line 1), which contains it in turn.\n" in said
    assert command.exported() == []


def test_a_member_who_is_nowhere_is_refused(command: CommandLine) -> None:
    said = refused(command, group("Staff", {"userName": "asha@gb001.example"}), group("Team", {"value": "none"}))
    assert said.splitlines() == [
        "Line 1: Its member 'asha@gb001.example' is neither in the file nor stored here.",
        "Line 2: Its member 'none' is neither in the file nor stored here.",
    ]


def test_people_of_another_tenant_are_no_members(command: CommandLine) -> None:
    command.done("tenant", "create", "GB002")
    command.done("import", "--tenant", "GB002", command.file("people.jsonl", user("asha@gb002.example")))
    (asha,) = command.exported("GB002")
    said = refused(command, group("Staff", {"value": asha["id"]}))
    assert said == f"Line 1: Its member {asha['id']!r} is neither in the file nor stored here.\n"


def test_a_line_with_members_replaces_them_and_one_without_leaves_them(command: CommandLine) -> None:
    people = [user("asha@gb001.example"), user("ben@gb001.example")]
    command.import_("school.jsonl", *people, group("Staff", {"userName": "asha@gb001.example"}))
    command.import_("group.jsonl", {key: value for key, value in group("Staff").items() if key != "members"})
    assert command.groups() == {"Staff": ["asha@gb001.example"]}
    command.import_("group.jsonl", group("STAFF", {"userName": "ben@gb001.example"}))
    assert command.groups() == {"STAFF": ["ben@gb001.example"]}
    command.import_("group.jsonl", group("Staff"))
    assert command.groups() == {"Staff": []}


def test_a_line_is_the_whole_resource(command: CommandLine) -> None:
    command.import_("people.jsonl", user("asha@gb001.example", title="Teacher", nickName="Ash"))
    command.import_("people.jsonl", user("asha@gb001.example", title="Head"))
    asha = command.people()["asha@gb001.example"]
    assert (asha["title"], "nickName" in asha) == ("Head", False)


def test_people_are_found_by_id_first(command: CommandLine) -> None:
    command.import_("people.jsonl", user("asha@gb001.example", externalId="1"), user("ben@gb001.example"))
    asha = command.people()["asha@gb001.example"]
    command.import_("people.jsonl", user("asha.khan@gb001.example", id=asha["id"], externalId="2"))
    assert command.people()["asha.khan@gb001.example"]["id"] == asha["id"]


def test_a_name_that_is_taken_is_not_given_to_another(command: CommandLine) -> None:
    command.import_("people.jsonl", user("asha@gb001.example", externalId="1"), user("ben@gb001.example"))
    said = refused(command, user("ben@gb001.example", externalId="1"))
    assert said.startswith("Line 1: userName 'ben@gb001.example' is already used by another User here.")


def test_what_no_schema_declares_is_ignored_and_said(command: CommandLine) -> None:
    path = command.file("people.jsonl", user("asha@gb001.example", shoeSize=38, password="correct horse battery"))
    done = command("import", "--tenant", "GB001", path)
    said = [f"Ignored, because no schema has it: {name} (1 line)." for name in ("shoeSize", "password")]
    assert (done.exit_code, done.stderr.splitlines()) == (0, said)
    assert "horse" not in str(command.exported()) + str(command.journal())


def test_a_deactivation_in_a_strange_form_is_not_lost(command: CommandLine) -> None:
    said = refused(command, user("asha@gb001.example", status={"active": "False"}))
    assert said.startswith("Line 1: This line seems to deactivate somebody")


def test_the_rules_of_extensions_hold(command: CommandLine) -> None:
    urn = "urn:ietf:params:scim:schemas:extension:mycambridge:2.0:User"
    command.done("centre", "create", "GB001", "--name", "Northgate School", "--country", "GB")
    said = refused(command, user("asha@gb001.example", **{urn: {"centreNumber": "IN999"}}))
    assert said.startswith("Line 1: This organisation does not act for centre IN999.")
    for counted in ("1 created, 0 updated, 0 unchanged", "0 created, 0 updated, 1 unchanged"):
        assert command.import_("people.jsonl", user("asha@gb001.example")) == f"Imported: {counted}.\n"
    by = {"value": "command-line", "display": "Command line", "type": "system"}
    completed = {"provisionedBy": by, "centreNumber": "GB001", "centres": ["GB001"]}
    assert command.people()["asha@gb001.example"][urn] == completed


def test_every_change_is_in_the_journal(command: CommandLine) -> None:
    command.import_("staff.csv", HEADER, ASHA)
    command.import_("staff.csv", HEADER, ASHA.replace("Rao", "Khan"))
    entries = [(each["operation"], each["target"]["type"]) for each in command.journal()]
    assert sorted(entries) == [
        ("create", "Group"), ("create", "Group"), ("create", "User"),
        ("patch", "Group"), ("patch", "Group"), ("patch", "User"),
    ]  # fmt: skip


# -- How it is called ---------------------------------------------------------------


def test_a_file_comes_through_a_pipe(command: CommandLine) -> None:
    done = command("import", "--tenant", "GB001", "--format", "csv", "-", typed="userName\nasha@gb001.example\n")
    assert done.stdout == "Imported: 1 created, 0 updated, 0 unchanged.\n"


def test_the_format_is_asked_for_when_nothing_tells_it(command: CommandLine) -> None:
    done = command("import", "--tenant", "GB001", command.file("staff.txt", "userName"))
    assert done.exit_code == 2
    assert "Error: Say what the file is: --format jsonl or --format csv.\n" in done.stderr


def test_a_tenant_that_is_not_there_is_said(command: CommandLine) -> None:
    done = command("import", "--tenant", "GB009", command.file("staff.csv", "userName"))
    assert done.exit_code == 1
    assert done.stderr == "Error: There is no tenant GB009; scim-server tenant list shows all.\n"


def test_an_empty_file_of_lines_changes_nothing(command: CommandLine) -> None:
    assert command.import_("nobody.jsonl", "", "  ") == "Imported: 0 created, 0 updated, 0 unchanged.\n"


def test_a_cell_too_long_to_be_one_stops_the_file(command: CommandLine) -> None:
    said = refused(command, "userName", '"' + "a\n" * csv.field_size_limit(), name="staff.csv")
    assert said.startswith("Error: Line 2 begins a quoted cell that does not end, or is longer than 131072 characters")


@pytest.mark.parametrize("word", ["Example: scim-server import", "--keep-going", "--dry-run"])
def test_the_help_shows_how(command: CommandLine, word: str) -> None:
    assert word in command.done("import", "--help")
