"""What an operator sets."""

import pytest
from pydantic import ValidationError

from scim_server.settings import Settings


@pytest.mark.parametrize("name", ["METRICS_TOKEN", "SECRET_KEY"])
def test_a_secret_that_is_set_to_nothing_is_not_set(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"SCIM_SERVER_{name}", "")
    assert getattr(Settings(), name.lower()) is None


def test_accounts_are_removed_later_than_their_people_are_warned() -> None:
    with pytest.raises(ValidationError, match="later than SCIM_SERVER_ACCOUNT_WARN_AFTER"):
        Settings(account_warn_after=90, account_remove_after=90)
