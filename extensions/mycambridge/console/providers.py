"""What a school's IT does in its directory, step by step, in the words of the directory's own pages."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scim_server.pages.language import gettext as _


@dataclass(frozen=True, slots=True)
class Sent:
    """An attribute that a directory should send."""

    name: str
    source: str
    """Where the directory has it."""

    purpose: str


@dataclass(frozen=True, slots=True)
class Provider:
    """A kind of directory."""

    key: str
    display: str
    profile: str
    steps: tuple[str, ...]
    warning: str | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    """What the directory calls attributes, where it is known."""

    @property
    def attributes(self) -> list[Sent]:
        """What it should send, and from where."""
        purposes = _purposes()
        if self.key == "google":
            purposes = {name: purpose for name, purpose in purposes.items() if name != "members"}
        return [Sent(name, self.sources.get(name, own), what) for name, (own, what) in purposes.items()]


def providers() -> list[Provider]:
    """Return the directories that are explained, the most common first."""
    return [
        Provider("entra", "Microsoft Entra ID", "entra", _entra(), sources=_ENTRA),
        Provider("google", "Google Workspace", "google", _google(), _google_warning(), _GOOGLE),
        Provider("okta", "Okta", "okta", _okta(), sources=_OKTA),
        Provider("onelogin", "OneLogin", "onelogin", _onelogin()),
        Provider("jumpcloud", "JumpCloud", "jumpcloud", _jumpcloud(), _jumpcloud_note()),
        Provider("ping", "PingOne or PingFederate", "ping", _ping()),
        Provider("authentik", "authentik", "authentik", _authentik()),
        Provider("keycloak", "Keycloak", "default", _plain("Keycloak"), _keycloak_warning()),
        Provider("other", _("Another directory"), "default", _plain(_("your directory"))),
    ]


def provider_of(key: str) -> Provider | None:
    """Return a directory by its key."""
    return next((each for each in providers() if each.key == key), None)


_ENTRA = {
    "userName": "userPrincipalName", "externalId": "objectId", "emails": "mail", "name": "givenName, surname",
    "active": 'Switch([IsSoftDeleted], , "False", "True", "True", "False")',
}  # fmt: skip
_GOOGLE = {"userName": "Primary email", "emails": "Primary email", "name": "First name, Last name"}
_OKTA = {"userName": "Application username", "emails": "email", "name": "firstName, lastName"}


def _purposes() -> dict[str, tuple[str, str]]:
    """Return the attributes that should be sent: where directories have them as a rule, and what they are for."""
    return {
        "userName": (_("the name to sign in with"), _("Who somebody is. It must be their own, and not change.")),
        "active": (_("whether the account is enabled"), _("Leavers lose access with it.")),
        "externalId": (
            _("the id of the account"),
            _("An id of your directory that never changes and is never used again."),
        ),
        "emails": (_("the e-mail address of work"), _("Where the invitation goes.")),
        "name": (_("given and family name"), _("What colleagues see.")),
        "displayName": (_("the name as shown"), _("What colleagues see, and the name of a group.")),
        "members": (_("the people in a group"), _("Whom a group gives its role.")),
    }


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


def _onelogin() -> tuple[str, ...]:
    return (
        _("In OneLogin open Applications, Add App, SCIM Provisioner with SAML (SCIM v2 Enterprise)."),
        _("In Configuration paste the address as SCIM Base URL and the token as SCIM Bearer Token. Choose Enable."),
        _("In Provisioning tick Enable provisioning. Let deleted users be suspended or deleted in the application."),
        _("In Parameters check that userName is sent. Delete what need not be sent."),
        _("In Access choose the roles of staff. No pupil belongs here."),
    )


def _jumpcloud() -> tuple[str, ...]:
    return (
        _("In JumpCloud open SSO Applications, Add New Application, Custom Application."),
        _("In Identity Management choose SCIM 2.0. Paste the address as Base URL and the token as Token Key."),
        _("Enter an address of your school as Test User Email. Test the connection, then Activate."),
        _("Switch the management of groups on."),
        _("In User Groups choose groups of staff. No pupil belongs here."),
    )


def _jumpcloud_note() -> str:
    return _("When it tests the connection, JumpCloud adds a person and deletes them again. The log shows both.")


def _ping() -> tuple[str, ...]:
    return (
        _("In PingOne open Integrations, Provisioning, New connection, Identity store, SCIM Outbound."),
        _("Paste the address as SCIM Base URL. Choose OAuth 2 Bearer Token, and paste the token."),
        _("Let users be created, updated and disabled, and members of groups be sent."),
        _("Make a rule with this connection: the population or group of staff. No pupil belongs here."),
        _("Map userName, the names and the e-mail address. Then enable the connection and the rule."),
    )


def _authentik() -> tuple[str, ...]:
    return (
        _("In authentik open Applications, Providers, Create, SCIM Provider."),
        _("Paste the address as URL and the token as Token."),
        _("Under User filtering choose the group of staff. No pupil belongs here. Exclude service accounts."),
        _("Open the application, and add the provider as a backchannel provider."),
        _("Open the provider, and run the synchronisation."),
    )


def _keycloak_warning() -> str:
    return _("Keycloak sends people to others only with an extension for SCIM. Follow the pages of that extension too.")


def _plain(name: str) -> tuple[str, ...]:
    return (
        _("In %(name)s add a SCIM 2.0 application.") % {"name": name},
        _("Paste the address as its base URL and the token as its bearer token."),
        _("Match people by userName, and send externalId from an id that never changes."),
        _("Assign staff and the groups they are in. No pupil belongs here."),
        _("Provision one person first, look at the checks on this page, then switch it on for everybody."),
    )
