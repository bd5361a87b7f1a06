"""The PATCH that is applied without building a model leaves the same document behind as the library does."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scim2_models import Context, PatchOp
from scim2_server.utils import parametrize

from scim_server.protocol.plain_patch import plain_patch
from scim_server.store.documents import render
from tests.support.schools import STORED_TYPES
from tests.support.scim_strategies import TEXTS, payloads

URN = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USER = STORED_TYPES["User"].model
_PATHS = st.sampled_from(
    ["displayName", "DISPLAYNAME", "active", "userName", "externalId", "title", "nickName", "locale", "name", "emails",
     "name.givenName", "profileUrl", "id", "groups", "password", "schemas", "unknown", "", 'emails[type eq "work"]']
)  # fmt: skip
_VALUES = st.sampled_from([*TEXTS, True, False, None, 7, "true", ["a"], {"value": "a"}])
_OPERATIONS = st.fixed_dictionaries(
    {"op": st.sampled_from(["replace", "add", "Replace", "remove"]), "path": _PATHS, "value": _VALUES}
)


def _patch(*operations: Any) -> dict[str, Any]:
    return {"schemas": [URN], "Operations": list(operations)}


@given(payloads(USER), st.lists(_OPERATIONS, min_size=1, max_size=3))
def test_a_plain_patch_leaves_what_the_library_leaves(payload: dict[str, Any], operations: list[Any]) -> None:
    stored = render(USER.model_validate({"userName": "asha", **payload}))
    assigned = plain_patch(USER, _patch(*operations))
    if assigned is None:
        return
    patched = USER.model_validate(stored)
    patch_op: Any = parametrize(PatchOp, USER)
    patch_op.model_validate(_patch(*operations), scim_ctx=Context.RESOURCE_PATCH_REQUEST).patch(patched)
    assert stored | assigned == render(patched)


def test_what_providers_send_most_is_plain() -> None:
    renamed = {"op": "replace", "path": "displayName", "value": "Asha"}
    ended = {"op": "replace", "path": "active", "value": False}

    assert plain_patch(USER, _patch(renamed, ended)) == {"displayName": "Asha", "active": False}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "userName", "value": ""},
        {"op": "replace", "path": "active", "value": "False"},
        {"op": "replace", "path": "name.givenName", "value": "Asha"},
        {"op": "replace", "path": "id", "value": "another"},
        {"op": "replace", "path": "displayName", "value": "Asha", "unknown": 1},
        {"op": "remove", "path": "displayName", "value": "Asha"},
        {"op": "replace", "value": {"displayName": "Asha"}},
        "replace",
    ],
)
def test_any_other_form_is_left_to_the_library(operation: Any) -> None:
    assert plain_patch(USER, _patch({"op": "replace", "path": "title", "value": "Head"}, operation)) is None
