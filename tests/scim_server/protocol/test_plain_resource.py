"""The resource that is read without building a model becomes the same document as by the library."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scim2_models import Context

from scim_server.protocol.plain_resource import plain_resource
from scim_server.store.documents import render
from tests.support.schools import STORED_TYPES
from tests.support.scim_strategies import payloads

USER, GROUP = STORED_TYPES["User"].model, STORED_TYPES["Group"].model
URN = str(USER.__schema__)
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PERSON = {
    "schemas": [URN],
    "userName": "asha@gb001.example",
    "externalId": "Asha",
    "name": {"givenName": "Asha", "familyName": "Rao"},
    "displayName": "Asha Rao",
    "active": False,
    "emails": [{"value": "Asha@GB001.example", "type": "Work", "primary": True}, {"value": "a@b.example"}],
}

_ODD = st.sampled_from(
    [None, "", "a", "Zoë", True, False, 7, [], ["a"], {}, {"value": "a"}, [{"value": "a@b"}], [None]]
)
_NAMES = st.sampled_from(
    ["userName", "USERNAME", "displayName", "active", "emails", "name", "roles", "groups", "id", "meta", "password",
     "profileUrl", "x509Certificates", "members", "unknown", ENTERPRISE, f"{URN}:title"]
)  # fmt: skip
_SCHEMAS = st.lists(st.sampled_from([URN, ENTERPRISE, URN.upper(), "urn:example:unknown", 7]), max_size=3)


def _by_library(payload: dict[str, Any]) -> dict[str, Any]:
    return render(USER.model_validate(payload, scim_ctx=Context.RESOURCE_CREATION_REQUEST))


@given(payloads(USER), st.dictionaries(_NAMES, _ODD, max_size=3), st.one_of(st.just([URN]), _SCHEMAS))
def test_a_plain_resource_becomes_what_the_library_makes_of_it(
    payload: dict[str, Any], odd: dict[str, Any], schemas: list[Any]
) -> None:
    sent = {"schemas": schemas, "userName": "asha", **payload, **odd}
    plain = plain_resource(USER, sent)
    if plain is None:
        return
    assert plain == _by_library(sent)
    assert list(plain) == list(_by_library(sent))


def test_what_providers_send_most_is_plain() -> None:
    extended = PERSON | {"schemas": [ENTERPRISE, URN], ENTERPRISE: {"department": "English"}}

    assert plain_resource(USER, PERSON) == PERSON
    assert plain_resource(USER, extended) == _by_library(extended)
    assert plain_resource(GROUP, {"schemas": [str(GROUP.__schema__)], "displayName": "English"}) is not None


@pytest.mark.parametrize(
    "change",
    [
        {"emails": [{"value": "nobody"}]},
        {"emails": [{"value": "a@b.example", "primary": True}, {"value": "b@b.example", "primary": True}]},
        {"userName": None},
        {"active": "false"},
        {"displayName": 7},
        {"name": "Asha"},
        {"schemas": []},
        {"emails": {"value": "a@b.example"}},
    ],
)
def test_a_fault_is_left_to_the_library(change: dict[str, Any]) -> None:
    assert plain_resource(USER, PERSON | change) is None


@pytest.mark.parametrize("change", [{"emails": [{"value": "nobody"}]}, {"userName": None}, {"displayName": 7}])
def test_what_the_library_refuses_is_a_fault(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        _by_library(PERSON | change)


@pytest.mark.parametrize(
    "change",
    [
        {"DisplayName": "Asha"},
        {"profileUrl": "https://gb001.example/asha"},
        {"groups": [{"value": "a"}]},
        {"unknown": "a"},
        {"emails": [{"value": "a@b.example", "unknown": "a"}]},
        {"schemas": [URN, "urn:example:unknown"]},
        {"title": ""},
        {"roles": []},
    ],
)
def test_any_other_form_is_left_to_the_library(change: dict[str, Any]) -> None:
    assert plain_resource(USER, PERSON | change) is None
