"""The plan of what is asked of attributes asks exactly what the library asks."""

from typing import Any, Generic

from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError, ValidationInfo, model_validator
from scim2_models import Context
from scim2_models import Group as LibraryGroup
from scim2_models.base import BaseModel
from scim2_models.resources.resource import AnyExtension

from scim_server.store.models import Email, Group, User
from tests.support.scim_strategies import payloads

CONTEXTS = st.sampled_from([Context.RESOURCE_CREATION_REQUEST, Context.RESOURCE_REPLACEMENT_REQUEST, Context.DEFAULT])


def _as_the_library(self: Any, info: ValidationInfo) -> Any:
    return BaseModel._enforce_scim_context(self, info)  # type: ignore[operator]


class LibraryEmail(Email):
    """An e-mail address that the library checks."""

    _enforce_scim_context = model_validator(mode="after")(_as_the_library)


class LibraryUser(User[AnyExtension], Generic[AnyExtension]):
    """A user that the library checks."""

    _enforce_scim_context = model_validator(mode="after")(_as_the_library)

    emails: list[LibraryEmail] | None = None  # type: ignore[assignment]


def _entries(value: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(st.fixed_dictionaries({"value": st.just(value), "primary": st.booleans()}), max_size=3)


_OWNED = st.fixed_dictionaries(
    {},
    optional={
        "userName": st.sampled_from(["asha", "", None]),
        "id": st.just("7"),
        "meta": st.just({"version": "a"}),
        "groups": st.just([{"value": "7"}]),
        "emails": _entries("a@b.example"),
        "roles": _entries("a"),
        "addresses": st.none() | st.just([]),
    },
)  # fmt: skip


def _outcome(model: type[BaseModel], payload: dict[str, Any], context: Context) -> Any:
    try:
        validated: Any = model.model_validate(payload, scim_ctx=context)
    except ValidationError as error:
        return [(each["type"], each["loc"], each["msg"]) for each in error.errors()]
    return validated.model_dump(mode="json"), validated.model_fields_set


@given(payloads(User), _OWNED, CONTEXTS)
def test_a_user_is_accepted_and_refused_as_by_the_library(
    payload: dict[str, Any], owned: dict[str, Any], context: Context
) -> None:
    sent = {**payload, **owned}
    assert _outcome(User, sent, context) == _outcome(LibraryUser, sent, context)


@given(
    st.fixed_dictionaries({}, optional={"displayName": st.sampled_from(["", "a", None]), "id": st.just("7")}), CONTEXTS
)
def test_a_group_is_accepted_and_refused_as_by_the_library(payload: dict[str, Any], context: Context) -> None:
    assert _outcome(Group, payload, context) == _outcome(LibraryGroup, payload, context)
