"""The page for operators lists every setting as the server knows it."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from scim_server.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"


def shown(default: object) -> str:
    """Return a default as the page writes it."""
    value = default.get_secret_value() if isinstance(default, SecretStr) else default
    return "" if value is None else f"`{value}`"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_a_setting_is_listed_with_its_default_and_meaning(name: str) -> None:
    field = Settings.model_fields[name]
    assert f"| `SCIM_SERVER_{name.upper()}` | {shown(field.default)} | {field.description} |" in PAGE.read_text()


def test_the_page_lists_no_setting_that_is_gone() -> None:
    listed = {line.split("`")[1] for line in PAGE.read_text().splitlines() if line.startswith("| `SCIM_SERVER_")}
    assert listed == {f"SCIM_SERVER_{name.upper()}" for name in Settings.model_fields}
