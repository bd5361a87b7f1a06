"""What an operator sets."""

import pytest

from scim_server.settings import Settings


@pytest.mark.parametrize("name", ["METRICS_TOKEN", "SECRET_KEY"])
def test_a_secret_that_is_set_to_nothing_is_not_set(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"SCIM_SERVER_{name}", "")
    assert getattr(Settings(), name.lower()) is None
