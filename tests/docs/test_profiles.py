"""The page about client profiles shows the table that the server goes by."""

from collections.abc import Callable
from pathlib import Path

import pytest
from scim2_models import ScimPolicy

from scim_server.protocol.profiles import PROFILES, ClientProfile

PAGE = Path(__file__).parents[2] / "docs" / "client-profiles.md"

#: Each line of the table, and whether it holds for a profile.
TOLERANCES: dict[str, Callable[[ClientProfile], bool]] = {
    "leaves out undeclared attributes and schemas": lambda profile: profile.tolerant,
    "removes by value": lambda profile: profile.policy.remove_value_as_filter == ScimPolicy.RemoveValue.apply,
    "creates what a path selects": lambda profile: (
        profile.policy.unmatched_path_filter == ScimPolicy.UnmatchedPathFilter.create
    ),
    "takes a manager as text": lambda profile: profile.manager_as_text,
    "drops entries without a value": lambda profile: profile.empty_values_absent,
    "reads roles as JSON text": lambda profile: profile.values_as_json_text,
    "reads filters after a value path": lambda profile: profile.filters_after_value_path,
    "knows schemas by their draft names": lambda profile: bool(profile.schema_names),
    "answers a PATCH with 204": lambda profile: profile.patch_answers == "no content",
    "needs a path in every PATCH operation": lambda profile: profile.patch_requires_path,
    "replaces a complex attribute as a whole": lambda profile: profile.replaces_whole,
    "answers undeclared names with `invalidSyntax`": lambda profile: profile.undeclared_is_bad_syntax,
    "announces `interopProfileConformant`": lambda profile: profile.interop_conformant,
    "announces roles and entitlements": lambda profile: "Role" in profile.discovers,
    "calls them by names of its own": lambda profile: bool(profile.calls),
}


@pytest.mark.parametrize("tolerance", TOLERANCES)
def test_the_table_says_what_each_profile_does(tolerance: str) -> None:
    row = " | ".join("yes" if TOLERANCES[tolerance](profile) else "·" for profile in PROFILES.values())
    assert f"| {tolerance} | {row} |" in PAGE.read_text()


def test_the_table_names_every_profile() -> None:
    assert f"| | {' | '.join(f'`{name}`' for name in PROFILES)} |" in PAGE.read_text()


def test_the_table_leaves_no_tolerance_out() -> None:
    own = {name for name in ClientProfile.__slots__ if name not in ("name", "title", "policy")}
    policy = set(ScimPolicy.model_fields) - {"comparison_key"}
    assert len(TOLERANCES) == len(own | policy), "A tolerance was added: describe it in docs/client-profiles.md."


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_every_profile_is_explained(profile: ClientProfile) -> None:
    assert f"### `{profile.name}`: {profile.title}" in PAGE.read_text()
