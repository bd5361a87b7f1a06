"""The page of commands shows every command as it is, and each command shows an example."""

import pytest

from tests.support.command_pages import PAGE, helps, page

HELPS = dict(helps())


def test_the_page_of_commands_is_up_to_date() -> None:
    assert PAGE.read_text().split() == page().split(), "Write it anew: make docs"


@pytest.mark.parametrize("command", [name for name, text in HELPS.items() if "Commands:" not in text])
def test_a_command_shows_an_example(command: str) -> None:
    assert f"Example: {command}" in HELPS[command]
