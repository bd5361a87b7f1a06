"""The demonstration school: everything a newcomer is told works when pasted."""

import shlex
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine
from tests.support.databases import fresh_url
from tests.support.server import Server, running_server


@pytest.fixture
def demonstrated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Server, str]]:
    """Return a server with the demonstration school, and what the command said."""
    with (
        fresh_url("sqlite", request, tmp_path) as url,
        running_server(url, tmp_path) as server,
    ):
        server.environment["SCIM_SERVER_BASE_URL"] = server.url
        yield server, server.command("demo")


def test_every_line_that_is_printed_works_when_pasted(demonstrated: tuple[Server, str]) -> None:
    _, said = demonstrated
    lines = [line.strip() for line in said.splitlines() if line.strip().startswith("curl")]

    answers = [subprocess.run(shlex.split(line), capture_output=True, text=True, check=True).stdout for line in lines]

    assert len(answers) == 3
    assert '"totalResults":5' in answers[0]
    assert '"displayName":"Exams Team"' in answers[1]
    assert '"userName":"new.teacher@gb001.example"' in answers[2]
    assert '"centreNumber":"GB001"' in answers[2]


def test_the_school_has_a_history_of_some_weeks_that_ends_today(demonstrated: tuple[Server, str]) -> None:
    server, _ = demonstrated

    told = server.command("journal", "--tenant", "GB001").splitlines()

    days = [datetime.fromisoformat(line.split()[0]) for line in told]
    assert days == sorted(days)
    assert len({day.date() for day in days}) > 10
    assert timedelta(days=20) < datetime.now(UTC) - days[0] < timedelta(days=30)
    assert "could not create" in told[-1]
    assert datetime.now(UTC) - days[-1] < timedelta(hours=1)


def test_a_second_time_changes_nothing_and_shows_no_token(demonstrated: tuple[Server, str]) -> None:
    server, first = demonstrated

    second = server.command("demo")

    assert "mcp_" in first
    assert "mcp_" not in second
    assert "scim-server token create --tenant GB001" in second
    assert "scim-server admin create NAME" in second
    assert len(server.command("export", "--tenant", "GB001").splitlines()) == 9


def test_a_school_that_was_deleted_does_not_come_back(demonstrated: tuple[Server, str]) -> None:
    server, _ = demonstrated
    server.command("tenant", "delete", "GB001", "--yes")

    again = server.command("demo")

    assert again == "This installation has been used before, so no demonstration school is made in it.\n"
    assert "GB001" not in server.command("tenant", "list")


def test_an_installation_in_use_gets_no_school_and_no_known_password(command: CommandLine) -> None:
    command.done("tenant", "delete", "GB001", "--yes")
    command.done("tenant", "create", "GB002")

    said = command.done("demo")

    assert "used before" in said
    assert "password" not in said
