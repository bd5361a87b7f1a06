"""``scim-server export``: a whole tenant as lines, on each engine."""

import os
import pty
import stat
import subprocess
from pathlib import Path

import orjson
import pytest

from scim_server.cli.installation import COMMAND_LINE
from scim_server.transfer.exporting import opened_export
from tests.support.command_line import USER, CommandLine, group, user
from tests.support.server import SCIM_SERVER


@pytest.fixture
def school(command: CommandLine) -> CommandLine:
    """A tenant with two people and two groups, one inside the other."""
    command.import_(
        "school.jsonl",
        user("Asha@gb001.example", title="Teacher", externalId="17"),
        user("ben@gb001.example"),
        group("Staff", {"displayName": "Team"}, {"userName": "ben@gb001.example"}),
        group("Team", {"userName": "asha@gb001.example"}),
    )
    return command


def test_people_come_first_and_members_have_ids_and_names(school: CommandLine) -> None:
    asha, ben, team, staff = school.exported()
    assert [each["meta"]["resourceType"] for each in (asha, ben, team, staff)] == ["User", "User", "Group", "Group"]
    assert (asha["userName"], asha["title"], asha["externalId"]) == ("Asha@gb001.example", "Teacher", "17")
    assert team["members"] == [{"value": asha["id"], "type": "User", "userName": "Asha@gb001.example"}]
    assert staff["members"] == [
        {"value": ben["id"], "type": "User", "userName": "ben@gb001.example"},
        {"value": team["id"], "type": "Group", "displayName": "Team"},
    ]


def test_more_than_one_page_is_exported(command: CommandLine) -> None:
    people = [user(f"person{number:04}@gb001.example") for number in range(1201)]
    command.import_("school.jsonl", *people, group("All", *[{"userName": each["userName"]} for each in people]))
    exported = command.exported()
    assert [each.get("userName") for each in exported[:-1]] == [each["userName"] for each in people]
    assert len({member["value"] for member in exported[-1]["members"]}) == 1201


def test_other_tenants_are_not_in_it(school: CommandLine) -> None:
    school.done("tenant", "create", "GB002")
    assert school.exported("GB002") == []


def test_all_of_it_is_of_one_moment(school: CommandLine) -> None:
    installation = school.installation
    with opened_export(installation.database, "GB001", installation.server.types) as exported:
        assert exported.total == 4
        with installation.database.write() as transaction:
            guarded = installation.server.guarded(transaction, "GB001", COMMAND_LINE)
            cleo = guarded.create("User", {"schemas": [USER], "userName": "cleo@gb001.example"})
            guarded.delete(guarded.store.get("User", school.people()["ben@gb001.example"]["id"]))
        lines = [orjson.loads(line) for line in b"".join(exported.lines()).splitlines()]
    assert cleo.id not in [each["id"] for each in lines]
    assert [len(each["members"]) for each in lines if "members" in each] == [1, 2]
    assert "cleo@gb001.example" in school.people()


def test_a_file_is_written_for_its_owner_only(school: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "GB001.jsonl"
    path.write_text("what was there before")
    assert school.done("export", "--tenant", "GB001", "--output", str(path)) == ""
    assert path.read_text() == school.done("export", "--tenant", "GB001")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_a_file_that_cannot_be_written_is_said(school: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "GB001.jsonl"
    done = school("export", "--tenant", "GB001", "--output", str(path))
    assert (done.exit_code, done.stderr) == (1, f"Error: {path} cannot be written: No such file or directory.\n")


def test_a_tenant_that_is_not_there_is_said(command: CommandLine) -> None:
    done = command("export", "--tenant", "GB009")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "Error: There is no tenant GB009; scim-server tenant list shows all.\n"


def test_the_help_shows_how(command: CommandLine) -> None:
    assert "Example: scim-server export" in command.done("export", "--help")


def test_people_at_a_terminal_see_a_bar_and_scripts_do_not(school: CommandLine) -> None:
    arguments = [SCIM_SERVER, "export", "--tenant", "GB001"]
    silent = subprocess.run(arguments, capture_output=True, check=True)
    assert silent.stderr == b""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    shown = subprocess.run(arguments, env=environment, stdout=subprocess.PIPE, stderr=theirs, check=True)
    os.close(theirs)
    assert b"Exporting" in os.read(ours, 65536)
    os.close(ours)
    assert shown.stdout == silent.stdout
