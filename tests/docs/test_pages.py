"""What the pages say exists: settings, links, files."""

import re
from pathlib import Path

import pytest

from scim_server.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_in_the_table_of_operations(name: str) -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    row = re.search(rf"^\| `SCIM_SERVER_{name.upper()}` \| (?P<default>[^|]+) \| .+ \|$", text, re.MULTILINE)
    assert row is not None
    default = Settings.model_fields[name].default
    if isinstance(default, int | str) and name != "base_url":
        assert row["default"] == f"`{default}`"


def test_no_setting_is_in_the_table_that_does_not_exist() -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    documented = set(re.findall(r"^\| `SCIM_SERVER_(\w+)`", text, re.MULTILINE))
    assert documented == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for address, anchor in _LINK.findall(_CODE.sub("", page.read_text())):
        target = (page.parent / address).resolve() if address else page
        assert target.exists(), address
        if anchor:
            assert anchor in _anchors(target), f"{address}#{anchor}"


def _anchors(page: Path) -> set[str]:
    """Return what the headings of a page are linked by."""
    headings = _HEADING.findall(_CODE.sub("", page.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
