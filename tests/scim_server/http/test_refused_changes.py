"""A change that cannot be made is refused in words that somebody who looks after a directory can act on."""

from typing import Any

import pytest

from tests.support.people import created, user
from tests.support.server import Client


@pytest.mark.parametrize(
    ("operation", "scim_type", "detail"),
    [
        (
            {"op": "replace", "path": "profileUrl", "value": "quimby"},
            "invalidValue",
            "profileUrl must be an address such as https://example.org/a, not 'quimby'.",
        ),
        ({"op": "replace", "path": "name.givenName", "value": {"a": 1}}, "invalidValue", "givenName must be a text."),
        ({"op": "replace", "path": "active", "value": "perhaps"}, "invalidValue", "active must be true or false."),
        (
            {"op": "replace", "value": {"emails": [{"value": 5}]}},
            "invalidValue",
            "emails[0].value must be a text.",
        ),
        (
            {"op": "remove", "path": "userName"},
            "mutability",
            "This attribute is required: replace its value instead.",
        ),
        (
            {"op": "remove", "path": "emails", "value": "x"},
            "invalidValue",
            'The value of a remove names entries of a list, as in [{"value": "…"}], and its path has no filter then.',
        ),
        (
            {"op": "replace", "value": "x"},
            "invalidValue",
            "An operation without a path needs an object of attributes as its value.",
        ),
        ({"op": "remove"}, "noTarget", "Operations[0]: a remove needs a path, which says what to remove"),
    ],
)
def test_a_refusal_says_what_to_change(client: Client, operation: dict[str, Any], scim_type: str, detail: str) -> None:
    asha = created(client, user(emails=[{"value": "asha@school.example"}]))
    refused = client.patch(f"/Users/{asha['id']}", operation)
    assert (refused.status, refused.json["scimType"], refused.json["detail"]) == (400, scim_type, detail)
    assert client.get(f"/Users/{asha['id']}").json["meta"]["version"] == asha["meta"]["version"]
