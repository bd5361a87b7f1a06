"""What the pages say exists: settings, links, files, reasons."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from mycambridge.access import explanation
from mycambridge.catalogue.reading import Role, catalogue
from mycambridge.settings import DomainSettings
from pydantic_settings import BaseSettings

from scim_server.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


SETTINGS: dict[str, type[BaseSettings]] = {"SCIM_SERVER_": Settings, "MYCAMBRIDGE_": DomainSettings}


@pytest.mark.parametrize(
    ("prefix", "name"), [(prefix, name) for prefix, of in SETTINGS.items() for name in of.model_fields]
)
def test_every_setting_is_in_the_table_of_operations(prefix: str, name: str) -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    row = re.search(rf"^\| `{prefix}{name.upper()}` \| (?P<default>[^|]+) \| .+ \|$", text, re.MULTILINE)
    assert row is not None
    default = SETTINGS[prefix].model_fields[name].default
    if isinstance(default, int | str) and name != "base_url":
        assert row["default"] == f"`{default}`"


@pytest.mark.parametrize("prefix", SETTINGS)
def test_no_setting_is_in_the_table_that_does_not_exist(prefix: str) -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    documented = set(re.findall(rf"^\| `{prefix}(\w+)`", text, re.MULTILINE))
    assert documented == {name.upper() for name in SETTINGS[prefix].model_fields}


def _reasons() -> Iterator[str]:
    """Return what an explanation may say against a role, with … for what differs."""
    functions = {"_obstacles", "_missing_service"}
    tree = ast.parse(Path(explanation.__file__).read_text())
    for function in [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in functions]:
        for node in ast.walk(function):
            said = node.args[0] if isinstance(node, ast.Call) and node.args else getattr(node, "value", None)
            if isinstance(said, ast.JoinedStr):
                yield "".join(part.value if isinstance(part, ast.Constant) else "…" for part in said.values)
            elif isinstance(said, ast.Constant) and " " in str(said.value):
                yield str(said.value)


@pytest.mark.parametrize("reason", sorted(set(_reasons())))
def test_every_reason_for_no_access_is_explained_to_exams_officers(reason: str) -> None:
    assert f"*{reason}*" in (ROOT / "docs" / "roles-for-exams-officers.md").read_text()


@pytest.mark.parametrize("role", catalogue().roles, ids=lambda role: role.value)
def test_every_role_is_explained_to_exams_officers(role: Role) -> None:
    text = (ROOT / "docs" / "roles-for-exams-officers.md").read_text()
    assert f"| **{role.display}** |" in text


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
