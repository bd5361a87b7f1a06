"""The resource models served by default: RFC 7643's, keeping every value exactly as it was sent.

``scim2-models`` rewrites some values it reads (``Work`` becomes ``work``, the domain of an e-mail address becomes lower
case). Directories compare what they read back with what they sent and would correct it for ever, so the attributes
concerned are declared here as plain strings with the same canonical values.
"""

import base64
from typing import Annotated, Any, ClassVar, Generic, Union

from pydantic import Field, field_validator
from scim2_models import CaseExact, ComplexAttribute, External, InvalidValueException, Mutability, Reference, Required
from scim2_models import EnterpriseUser as LibraryEnterpriseUser
from scim2_models import Entitlement as LibraryEntitlement
from scim2_models import Group as LibraryGroup
from scim2_models import Role as LibraryRole
from scim2_models import User as LibraryUser
from scim2_models import X509Certificate as LibraryX509Certificate
from scim2_models.resources.resource import AnyExtension
from scim2_models.resources.user import GroupMembership
from scim2_models.resources.user import Name as LibraryName

from scim_server.store.checking import by_plan


class Entry(ComplexAttribute):
    """A complex attribute that is declared here."""

    _enforce_scim_context = by_plan()


class Name(LibraryName):
    """The components of a user's name (RFC 7643 §4.1.1)."""

    _enforce_scim_context = by_plan()


class Email(Entry):
    """An e-mail address of a user (RFC 7643 §4.1.2)."""

    value: str | None = None
    """The e-mail address, such as ``asha@gb001.example``."""

    display: str | None = None
    """A human-readable name, primarily used for display purposes."""

    type: str | None = Field(None, examples=["work", "home", "other"])
    """What the address is for."""

    primary: bool | None = None
    """Whether this is the preferred address."""

    @field_validator("value")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        """Refuse what no mail could be sent to: an address has a name, an ``@`` and a domain."""
        if value is None:
            return value
        name, at, domain = value.strip().rpartition("@")
        if not (name and at and domain) or any(character.isspace() for character in domain):
            raise InvalidValueException(
                detail="an e-mail address needs a name, an @ and a domain, as in asha@school.example"
            ).as_pydantic_error()
        return value


class PhoneNumber(Entry):
    """A telephone number of a user (RFC 7643 §4.1.2)."""

    value: str | None = None
    """The telephone number."""

    display: str | None = None
    """A human-readable name, primarily used for display purposes."""

    type: str | None = Field(None, examples=["work", "home", "mobile", "fax", "pager", "other"])
    """What the number is for."""

    primary: bool | None = None
    """Whether this is the preferred number."""


class Im(Entry):
    """An instant messaging address of a user (RFC 7643 §4.1.2)."""

    value: str | None = None
    """The address."""

    display: str | None = None
    """A human-readable name, primarily used for display purposes."""

    type: str | None = Field(None, examples=["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"])
    """The service the address belongs to."""

    primary: bool | None = None
    """Whether this is the preferred address."""


class Photo(Entry):
    """The location of a photo of a user (RFC 7643 §4.1.2)."""

    value: Annotated[Reference[External] | None, CaseExact.true] = None
    """The URL of the photo."""

    display: str | None = None
    """A human-readable name, primarily used for display purposes."""

    type: str | None = Field(None, examples=["photo", "thumbnail"])
    """What the photo is."""

    primary: bool | None = None
    """Whether this is the preferred photo."""


class Address(Entry):
    """A postal address of a user (RFC 7643 §4.1.2)."""

    formatted: str | None = None
    """The whole address, ready for display."""

    street_address: str | None = None
    """Street, house number, post office box."""

    locality: str | None = None
    """The city or locality."""

    region: str | None = None
    """The state or region."""

    postal_code: str | None = None
    """The postal code."""

    country: str | None = None
    """The country, as an ISO 3166-1 alpha-2 code."""

    type: str | None = Field(None, examples=["work", "home", "other"])
    """What the address is for."""

    primary: bool | None = None
    """Whether this is the preferred address."""


class Entitlement(LibraryEntitlement):
    """An entitlement of a user (RFC 7643 §4.1.2)."""

    _enforce_scim_context = by_plan()

    type: str | None = Field(None, examples=["work", "other"])
    """What the entitlement is for."""


class Role(LibraryRole):
    """A role of a user (RFC 7643 §4.1.2)."""

    _enforce_scim_context = by_plan()

    type: str | None = Field(None, examples=["work", "other"])
    """What the role is for."""


class X509Certificate(LibraryX509Certificate):
    """A certificate of a user (RFC 7643 §4.1.2)."""

    _enforce_scim_context = by_plan()

    type: str | None = Field(None, examples=["work", "home", "other"])
    """What the certificate is for."""

    @field_validator("value", mode="before")
    @classmethod
    def _is_base64(cls, value: Any) -> Any:
        """Refuse what is no base64 (RFC 7643 §2.3.6): decoded leniently, it would come back as something else."""
        if isinstance(value, str):
            text = "".join(value.split())
            try:
                is_canonical = base64.b64encode(base64.b64decode(text, validate=True)).decode() == text
            except ValueError:
                is_canonical = False
            if not is_canonical:
                raise InvalidValueException(
                    detail="a certificate is DER in base64, without headers and in its padded form"
                ).as_pydantic_error()
        return value


class User(LibraryUser[AnyExtension], Generic[AnyExtension]):
    """User account (RFC 7643 §4.1) of somebody who signs in elsewhere: no password is declared, so none is kept."""

    _enforce_scim_context = by_plan()

    password: ClassVar[None] = None  # type: ignore[misc]

    name: Name | None = None
    """The components of the user's name."""

    Name: ClassVar[type[ComplexAttribute]] = Name

    emails: list[Email] | None = None  # type: ignore[assignment]
    """E-mail addresses of the user."""

    Emails: ClassVar[type[ComplexAttribute]] = Email

    phone_numbers: list[PhoneNumber] | None = None  # type: ignore[assignment]
    """Telephone numbers of the user."""

    PhoneNumbers: ClassVar[type[ComplexAttribute]] = PhoneNumber

    ims: list[Im] | None = None  # type: ignore[assignment]
    """Instant messaging addresses of the user."""

    Ims: ClassVar[type[ComplexAttribute]] = Im

    photos: list[Photo] | None = None  # type: ignore[assignment]
    """URLs of photos of the user."""

    Photos: ClassVar[type[ComplexAttribute]] = Photo

    addresses: list[Address] | None = None  # type: ignore[assignment]
    """Postal addresses of the user."""

    Addresses: ClassVar[type[ComplexAttribute]] = Address

    entitlements: list[Entitlement] | None = None  # type: ignore[assignment]
    """Entitlements of the user."""

    Entitlements: ClassVar[type[ComplexAttribute]] = Entitlement

    roles: list[Role] | None = None  # type: ignore[assignment]
    """Roles of the user."""

    Roles: ClassVar[type[ComplexAttribute]] = Role

    x509_certificates: list[X509Certificate] | None = None  # type: ignore[assignment]
    """Certificates issued to the user."""

    X509Certificates: ClassVar[type[ComplexAttribute]] = X509Certificate

    groups: Annotated[list[GroupMembership] | None, Mutability.read_only] = None
    """The groups to which the user belongs, directly or through nested groups."""

    Groups: ClassVar[type[ComplexAttribute]] = GroupMembership


class Manager(Entry):
    """The user's manager (RFC 7643 §4.3, whose sub-attributes are recommended, not required)."""

    value: Annotated[str | None, CaseExact.true] = None
    """The id of the SCIM resource representing the user's manager."""

    ref: Annotated[Reference["User"] | None, Required.false] = Field(  # type: ignore[type-arg]
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    """The URI of the SCIM resource representing the user's manager."""

    display_name: Annotated[str | None, Mutability.read_only] = None
    """The displayName of the user's manager."""


class EnterpriseUser(LibraryEnterpriseUser):
    """Enterprise user (RFC 7643 §4.3)."""

    _enforce_scim_context = by_plan()

    manager: Manager | None = None  # type: ignore[assignment]
    """The user's manager."""


class GroupMember(Entry):
    """A member of a group (RFC 7643 §4.2); what it is called is read from the member itself."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    """The id of the member."""

    ref: Annotated[Reference[Union["User", "Group"]] | None, Mutability.immutable] = Field(  # type: ignore[type-arg]
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    """The URI of the member."""

    type: Annotated[str | None, Mutability.immutable] = Field(None, examples=["User", "Group"])
    """The resource type of the member."""

    display: Annotated[str | None, Mutability.read_only] = None
    """The displayName of the member."""


class Group(LibraryGroup):
    """Group (RFC 7643 §4.2)."""

    _enforce_scim_context = by_plan()

    members: list[GroupMember] | None = None  # type: ignore[assignment]
    """The members of the group."""

    Members: ClassVar[type[ComplexAttribute]] = GroupMember
