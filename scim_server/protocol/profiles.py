"""Client profiles: what each identity provider's requests may depart from, as one table of data.

Tolerance belongs to the connection, not to the server: what Entra ID sends and what the interoperability profile
demands contradict each other. ``docs/client-profiles.md`` explains every row.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from scim2_models import ScimPolicy

_STRICT = ScimPolicy()
_TOLERANT = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
_DRAFT_NAMES = {
    "urn:scim:schemas:core:1.0": "urn:ietf:params:scim:schemas:core:2.0:{type}",
    "urn:scim:schemas:core:2.0": "urn:ietf:params:scim:schemas:core:2.0:{type}",
    "urn:scim:schemas:extension:enterprise:1.0": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    "urn:scim:schemas:extension:enterprise:2.0": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
}
"""The names that schemas had in SCIM 1.1 and in drafts of SCIM 2.0."""

_OKTA_NAMES = {
    f"urn:ietf:params:scim:schemas:core:2.0:{name}": f"urn:okta:scim:schemas:core:1.0:{name}"
    for name in ("Role", "Entitlement")
}
"""The names under which Okta Identity Governance discovers roles and entitlements."""


@dataclass(frozen=True, slots=True)
class ClientProfile:
    """What is tolerated from the requests of one kind of client, and how it is answered."""

    name: str
    title: str
    policy: ScimPolicy = _TOLERANT
    """What scim2-models tolerates: unknown attributes, removal by value, filters in paths that match nothing."""

    interop_conformant: bool = False
    """Whether ``interopProfileConformant`` is announced."""

    patch_requires_path: bool = False
    """Whether a PATCH operation without a path is refused."""

    replaces_whole: bool = False
    """Whether replacing a complex attribute removes the sub-attributes left out, which RFC 7644 §3.5.2.3 keeps."""

    undeclared_is_bad_syntax: bool = False
    """Whether a PATCH of what no schema declares is ``invalidSyntax``, where RFC 7644 §3.12 has other words for it."""

    patch_answers: Literal["resource", "no content"] = "resource"
    """Whether a PATCH is answered with the whole resource; a large group never is (RFC 7644 §3.5.2 allows both)."""

    manager_as_text: bool = True
    """Whether a manager may be sent as an id, or as a list with one entry, instead of an object."""

    values_as_json_text: bool = False
    """Whether the values of ``roles`` may be JSON inside a text."""

    schema_names: Mapping[str, str] = field(default_factory=dict)
    """What the client calls schemas, in lower case, and the URNs it means; ``{type}`` stands for the resource type."""

    filters_after_value_path: bool = False
    """Whether ``emails[type eq "work"].value eq "x"`` is read as a filter inside the brackets."""

    empty_values_absent: bool = True
    """Whether an entry without a value is none: an empty text is an echo of what the client never knew, and who removes
    ``phoneNumbers[type eq "work"].value`` leaves no telephone number that has only a type."""

    discovers: frozenset[str] = frozenset()
    """Resource types that are announced to it although identity providers do not create them."""

    calls: Mapping[str, str] = field(default_factory=dict)
    """What the client calls schemas that it looks for by names of its own, by their URNs."""

    @property
    def tolerant(self) -> bool:
        """Whether what no schema declares is left out instead of refused."""
        return self.policy.unknown == ScimPolicy.Unknown.ignore


_ROWS = (
    ClientProfile(
        "default", "Any provider", values_as_json_text=True, filters_after_value_path=True, schema_names=_DRAFT_NAMES
    ),
    ClientProfile(
        "rfc", "RFC 7643 and RFC 7644, to the letter", policy=_STRICT, manager_as_text=False,
        empty_values_absent=False,
    ),
    ClientProfile(
        "interop", "SCIM 2.0 interoperability profile", policy=_STRICT, interop_conformant=True,
        patch_requires_path=True, replaces_whole=True, undeclared_is_bad_syntax=True, manager_as_text=False,
        empty_values_absent=False,
    ),
    ClientProfile(
        "entra", "Microsoft Entra ID", patch_answers="no content", values_as_json_text=True,
        filters_after_value_path=True,
    ),
    ClientProfile("okta", "Okta", discovers=frozenset({"Role", "Entitlement"}), calls=_OKTA_NAMES),
    ClientProfile("google", "Google Workspace"),
    ClientProfile("onelogin", "OneLogin", schema_names=_DRAFT_NAMES),
    ClientProfile("jumpcloud", "JumpCloud"),
    ClientProfile("ping", "PingOne and PingFederate"),
    ClientProfile("authentik", "authentik"),
)  # fmt: skip

PROFILES: Mapping[str, ClientProfile] = {profile.name: profile for profile in _ROWS}
"""Every client profile, by its name."""
