"""What a school's IT does in its directory, step by step, in the words of the directory's own pages."""

from dataclasses import dataclass

from scim_server.pages.language import gettext as _


@dataclass(frozen=True, slots=True)
class Provider:
    """A kind of directory."""

    key: str
    display: str
    profile: str
    steps: tuple[str, ...]
    warning: str | None = None


def providers() -> list[Provider]:
    """Return the directories that are explained, the most common first."""
    return [
        Provider("entra", "Microsoft Entra ID", "entra", _entra()),
        Provider("google", "Google Workspace", "google", _google(), _google_warning()),
        Provider("okta", "Okta", "okta", _okta()),
        Provider("onelogin", "OneLogin", "onelogin", _plain("OneLogin")),
        Provider("jumpcloud", "JumpCloud", "jumpcloud", _plain("JumpCloud")),
        Provider("ping", "PingOne or PingFederate", "ping", _plain("PingOne")),
        Provider("authentik", "authentik", "authentik", _plain("authentik")),
        Provider("keycloak", "Keycloak", "default", _plain("Keycloak")),
        Provider("other", _("Another directory"), "default", _plain(_("your directory"))),
    ]


def provider_of(key: str) -> Provider | None:
    """Return a directory by its key."""
    return next((each for each in providers() if each.key == key), None)


def _entra() -> tuple[str, ...]:
    return (
        _("In the Microsoft Entra admin center open Enterprise apps, New application, Create your own application."),
        _("Name it My Cambridge, and choose the non-gallery kind."),
        _("Open Provisioning, New configuration. Paste the address as Tenant URL and the token as Secret token."),
        _("Choose Test connection, then Create."),
        _("In Attribute mapping change externalId to objectId, and delete what need not be sent."),
        _("In Users and groups assign staff groups. Assign staff only: no pupil belongs here."),
        _("Choose Provision on demand for one person, then Start provisioning."),
    )


def _google() -> tuple[str, ...]:
    return (
        _("In the Google Admin console open Apps, Web and mobile apps, the app, Autoprovisioning."),
        _("Paste the token as Access token and the address as Endpoint URL."),
        _("Map userName from the primary e-mail address, and the given and family names."),
        _("Choose the groups of staff as Provisioning scope. No pupil belongs here."),
        _("Set Deprovisioning to the shortest time: until then a leaver keeps access."),
        _("Turn Autoprovisioning on."),
    )


def _google_warning() -> str:
    return _(
        "Google provisions only apps of its own catalogue, and sends people but no groups. If your app has no "
        "Autoprovisioning card, connect another directory that your school synchronises with Google."
    )


def _okta() -> tuple[str, ...]:
    return (
        _("In Okta open Applications, Browse App Catalog, SCIM 2.0 Test App (Header Auth), Add Integration."),
        _("Open Provisioning, Configure API Integration. Paste the address as Base URL."),
        _("As API Token write the word Bearer, a space, and the token. Test API Credentials, then Save."),
        _("In To App enable Create Users, Update User Attributes and Deactivate Users. Leave Sync Password off."),
        _("In Assignments assign groups of staff. No pupil belongs here."),
        _("In Push Groups choose the groups whose members shall have roles, after their people are assigned."),
    )


def _plain(name: str) -> tuple[str, ...]:
    return (
        _("In %(name)s add a SCIM 2.0 application.") % {"name": name},
        _("Paste the address as its base URL and the token as its bearer token."),
        _("Match people by userName, and send externalId from an id that never changes."),
        _("Assign staff and the groups they are in. No pupil belongs here."),
        _("Provision one person first, look at the checks on this page, then switch it on for everybody."),
    )
