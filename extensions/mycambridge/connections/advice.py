"""What somebody in a school does about a refusal: where in their directory, in the words of its pages."""

from dataclasses import dataclass

_MAPPING = {
    "entra": "In the Microsoft Entra admin center open the application, Provisioning, Mappings: correct the attribute.",
    "okta": "In Okta open the application, Provisioning, To App, and correct the attribute mapping.",
    "google": "In the Google Admin console open the app, Autoprovisioning, and correct the attribute mapping.",
    "onelogin": "In OneLogin open the application, Parameters, and correct the value.",
    "jumpcloud": "In JumpCloud open the application, Identity Management, and correct the attribute mapping.",
    "ping": "In PingOne open Integrations, Provisioning, the rule, and correct its attribute mapping.",
    "authentik": "In authentik open the SCIM provider, and correct its property mappings.",
}
"""Where attributes are mapped, by client profile."""

_RETRY = {
    "entra": "Then choose Provision on demand for this person, or wait for the next cycle.",
    "okta": "Then open Dashboard, Tasks, and retry the failed task.",
    "authentik": "Then open the SCIM provider and run its synchronisation.",
}
"""How the directory is made to try again, by client profile."""

_MATCHING = {
    "entra": "In Entra, Provisioning, Mappings, userName needs matching precedence 1.",
    "okta": "In Okta, Provisioning, Integration, the unique identifier field must be userName.",
}
"""Where the directory is told by what it recognises people, by client profile."""

_NOT_KEPT = "Your directory sent an attribute that is not kept here. Take it out of the mapping. {where}"
_TOO_MUCH = "Your directory sent too much at once. Assign people and groups in several steps. {again}"
_WHERE, _AGAIN = "Correct the value in your directory.", "Your directory then tries again."


@dataclass(frozen=True, slots=True)
class Case:
    """What to do when a refusal has all of these marks; a mark that is None is not looked at."""

    sentence: str
    """May hold ``{where}``, ``{again}`` and ``{matching}``, which are said in the words of the directory."""

    status: int | None = None
    scim_type: str | None = None
    resource_type: str | None = None

    def fits(self, status: int, scim_type: str | None, resource_type: str | None) -> bool:
        """Tell whether a refusal has the marks."""
        wanted = (self.status, self.scim_type, self.resource_type)
        return all(
            mark in (None, found) for mark, found in zip(wanted, (status, scim_type, resource_type), strict=True)
        )


CASES = (
    Case(
        "Nothing needs to be changed: your directory waits and tries again by itself. If the safety brake holds it, "
        "decide on the page of the brake whether these people are to go.",
        status=429,
    ),
    Case(
        "Somebody here already has this user name. The details lead to their page. Look for two records of one person "
        "in your directory, or for a person who was added here by hand: match them by user name. {matching} {again}",
        scim_type="uniqueness", resource_type="User",
    ),
    Case("This is here already. Delete the second one in your directory, or give it another name. {again}", status=409),
    Case(
        "Your directory means somebody or something that is not here any more. It is sent anew at the next full cycle.",
        status=404,
    ),
    Case(
        "Your directory asked for something that only people or the exam board may do, or named a centre it does not "
        "act for. {where}",
        status=403,
    ),
    Case(
        "The record was changed here after your directory last read it. It reads it again by itself.", status=412,
    ),
    Case(_TOO_MUCH, status=413),
    Case(_TOO_MUCH, scim_type="tooMany"),
    Case(
        "Your directory looked for people in a way that is not served here: match them by userName or externalId. "
        "{matching}",
        scim_type="invalidFilter",
    ),
    Case(
        "Your directory sent an attribute that cannot be changed here. Take it out of the mapping. {where}",
        scim_type="mutability",
    ),
    Case(_NOT_KEPT, scim_type="invalidPath"),
    Case(_NOT_KEPT, scim_type="noTarget"),
    Case(
        "Usually a member was not sent before the group. Assign the person to the application first, and groups that "
        "hold people rather than groups of groups. {again}",
        status=400, scim_type="invalidValue", resource_type="Group",
    ),
    Case(
        "Your directory writes in a form that is not understood. Show the details below to whoever looks after it, or "
        "choose the kind of directory anew: connect it again.",
        scim_type="invalidSyntax",
    ),
    Case("{where} {again}", status=400),
)  # fmt: skip
"""What to do about every kind of refusal, the most special first."""

_OTHER = Case("Show the details below to whoever looks after your directory. {again}")


def advice(*, status: int, scim_type: str | None, profile: str | None, resource_type: str | None) -> str:
    """Return what to do about a refused request of a directory.

    :param profile: The client profile of the connection, or None when it is not known.
    """
    case = next((case for case in CASES if case.fits(status, scim_type, resource_type)), _OTHER)
    known = profile or ""
    filled = case.sentence.format(
        where=_MAPPING.get(known, _WHERE), again=_RETRY.get(known, _AGAIN), matching=_MATCHING.get(known, "")
    )
    return " ".join(filled.split())
