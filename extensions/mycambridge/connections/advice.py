"""What somebody in a school does about a refusal: where in their directory, in the words of its pages."""

_MAPPING = {
    "entra": "In the Microsoft Entra admin center open the application, Provisioning, Mappings: correct the attribute.",
    "okta": "In Okta open the application, Provisioning, To App, and correct the attribute mapping.",
    "google": "In the Google Admin console open the app, Autoprovisioning, and correct the attribute mapping.",
    "onelogin": "In OneLogin open the application, Parameters, and correct the value.",
    "jumpcloud": "In JumpCloud open the application, Identity Management, and correct the attribute mapping.",
    "authentik": "In authentik open the SCIM provider, and correct its property mappings.",
}
_RETRY = {
    "entra": "Then choose Provision on demand for this person, or wait for the next cycle.",
    "okta": "Then open Dashboard, Tasks, and retry the failed task.",
}
_GENERAL = "Correct the value in your directory."


def advice(*, status: int, scim_type: str | None, profile: str | None, resource_type: str | None) -> str:
    """Return what to do about a refused request of a directory.

    :param profile: The client profile of the connection, or None when it is not known.
    """
    where, again = _MAPPING.get(profile or "", _GENERAL), _RETRY.get(profile or "", "Your directory then tries again.")
    if status == 409 or scim_type == "uniqueness":
        return (
            "Somebody here already has this user name. Look for two records of one person in your directory, or "
            f"for a person who was added here by hand: match them by user name. {again}"
        )
    if status == 429:
        return "Nothing needs to be changed: your directory waits and tries again by itself, unless the brake holds it."
    if status == 404:
        return "Your directory means somebody who is not here any more. It adds them again at its next full cycle."
    if status == 403:
        return f"Your directory asked for something that only people or the exam board may do. {where}"
    if resource_type == "Group" and status == 400:
        return f"Usually a member was not sent before the group. Assign the person to the application first. {again}"
    return f"{where} {again}"
