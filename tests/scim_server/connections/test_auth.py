"""Who is asking, and what is answered to those who are not known."""

import base64
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher, extract_parameters

from scim_server.connections import administrators as people
from scim_server.connections.administrators import PasswordCheck, create_administrator, delete_administrator
from scim_server.connections.auth import Authenticator
from scim_server.connections.errors import AdministrationError
from scim_server.connections.refusals import NotAuthenticated
from scim_server.connections.tables import administrators, tokens
from scim_server.connections.token_format import TokenText, new_token
from scim_server.db import Database
from scim_server.protocol.errors import TooManyRequests

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "correct horse battery"


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.fixture
def ann(school: Database) -> Database:
    """Return a database with the administrator Ann."""
    school.run(lambda transaction: create_administrator(transaction, "ann", PASSWORD, hasher=CHEAP), writing=True)
    return school


def refusal(authenticator: Authenticator, authorization: str | None) -> str:
    with pytest.raises(NotAuthenticated) as refused:
        authenticator.principal(authorization)
    assert refused.value.status == 401
    return refused.value.headers["WWW-Authenticate"]


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Digest x", "mcp_x", "\0"])
def test_without_credentials_the_challenge_names_no_error(unreachable: Database, authorization: str | None) -> None:
    assert refusal(Authenticator(unreachable), authorization) == 'Bearer realm="scim"'


@pytest.mark.parametrize("text", ["x", "mcp_", "Ω", "a b", "mcp_" + "0" * 12 + "_" + "0" * 49, "x" * 100_000])
def test_a_text_that_is_no_token_is_refused_without_asking_the_database(unreachable: Database, text: str) -> None:
    assert 'error="invalid_token", error_description="This is no token' in refusal(
        Authenticator(unreachable), f"Bearer {text}"
    )


def test_a_well_formed_token_that_was_never_issued_is_refused(school: Database) -> None:
    assert "The token is not known here" in refusal(Authenticator(school), f"Bearer {new_token().text}")


def test_the_id_of_a_token_does_not_open_the_door_without_its_secret(
    school: Database, issue: Callable[..., TokenText]
) -> None:
    real, other = issue(), new_token()
    school.run(
        lambda transaction: transaction.execute(sa.update(tokens).where(tokens.c.id == real.id).values(id=other.id)),
        writing=True,
    )
    assert "The token is not known here" in refusal(Authenticator(school), f"Bearer {other.text}")


def test_the_scheme_is_known_in_any_case(school: Database, issue: Callable[..., TokenText]) -> None:
    assert Authenticator(school).principal(f"bEARER  {issue().text} ").name == "Entra ID"


def test_a_database_that_cannot_be_written_does_not_keep_a_token_from_being_used(
    school: Database, issue: Callable[..., TokenText], monkeypatch: pytest.MonkeyPatch
) -> None:
    token, tried, write = issue(), [], school.write
    read_only = "PRAGMA query_only=ON" if school.is_sqlite else "SET SESSION default_transaction_read_only=on"

    def make_read_only(connection: Any, _record: Any) -> None:
        connection.execute(read_only)
        connection.commit()

    school.dispose()
    sa.event.listen(school.engine, "connect", make_read_only)
    monkeypatch.setattr(school, "write", lambda: tried.append("once") or write())
    authenticator = Authenticator(school)
    assert [authenticator.bearer(token.text).name for _ in range(3)] == ["Entra ID"] * 3
    assert tried == ["once"]


def test_what_a_process_remembers_of_uses_is_bounded(
    school: Database, issue: Callable[..., TokenText], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Authenticator, "REMEMBERED_USES", 1)
    authenticator = Authenticator(school)
    for name in ("Entra ID", "Okta"):
        authenticator.bearer(issue(name=name).text)
    assert len(authenticator._uses) == 1


def test_an_administrator_is_known_by_name_and_password_and_belongs_to_no_tenant(ann: Database) -> None:
    principal = Authenticator(ann).principal(basic("ann", PASSWORD))
    assert (principal.kind, principal.name, principal.tenant) == ("administrator", "ann", None)


def test_a_password_with_colons_and_letters_of_any_script_is_a_password(school: Database) -> None:
    password = "Ünïcode:пароль:密码123"
    school.run(lambda transaction: create_administrator(transaction, "ben", password, hasher=CHEAP), writing=True)
    assert Authenticator(school).principal(basic("ben", password)).name == "ben"


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(ann: Database) -> None:
    wrong = [("ann", "wrong"), ("ann", ""), ("bob", PASSWORD), ("ANN", PASSWORD)]
    answers = {refusal(Authenticator(ann), basic(name, password)) for name, password in wrong}
    assert answers == {'Basic realm="scim", charset="UTF-8"'}


@pytest.mark.parametrize("credentials", ["", "!!!", "YW5u", "/////w==", base64.b64encode(b"\0:x").decode(), "A" * 5000])
def test_basic_credentials_that_cannot_be_read_are_refused_without_asking_the_database(
    unreachable: Database, credentials: str
) -> None:
    assert refusal(Authenticator(unreachable), f"Basic {credentials}").startswith("Basic")


def test_an_unknown_name_costs_as_much_as_a_wrong_password() -> None:
    assert extract_parameters(people._NOBODY) == extract_parameters(PasswordHasher().hash("anything"))


def test_a_deleted_administrator_is_refused_at_once_even_where_the_password_is_remembered(ann: Database) -> None:
    authenticator = Authenticator(ann)
    authenticator.principal(basic("ann", PASSWORD))
    ann.run(lambda transaction: delete_administrator(transaction, "ann"), writing=True)
    refusal(authenticator, basic("ann", PASSWORD))


def test_a_changed_password_is_effective_at_once_even_where_the_old_one_is_remembered(ann: Database) -> None:
    authenticator = Authenticator(ann)
    authenticator.principal(basic("ann", PASSWORD))
    changed = sa.update(administrators).values(password_hash=CHEAP.hash("another password"))
    ann.run(lambda transaction: transaction.execute(changed), writing=True)
    refusal(authenticator, basic("ann", PASSWORD))
    assert authenticator.principal(basic("ann", "another password")).name == "ann"


def test_a_right_password_is_remembered_for_a_minute() -> None:
    moment = 0.0
    check = PasswordCheck(clock=lambda: moment)
    stored = PasswordHasher(time_cost=20, memory_cost=8192, parallelism=1).hash(PASSWORD)

    def cost() -> float:
        start = time.perf_counter()
        assert check.is_right(PASSWORD, stored)
        return time.perf_counter() - start

    first, remembered = cost(), cost()
    moment = 61.0
    again = cost()
    assert remembered < first / 5
    assert again > remembered * 5


def test_what_a_process_remembers_of_passwords_is_bounded() -> None:
    check = PasswordCheck()
    for number in range(PasswordCheck.REMEMBERED_AT_MOST + 1):
        assert check.is_right(PASSWORD, CHEAP.hash(PASSWORD)), number
    assert len(check._right_until) == 1


def test_guessing_passwords_does_not_take_every_processor() -> None:
    check = PasswordCheck(patience=0)
    stored = PasswordHasher(time_cost=20, memory_cost=8192, parallelism=1).hash(PASSWORD)

    def guess(number: int) -> str:
        try:
            return "right" if check.is_right(f"guess {number}", stored) else "wrong"
        except TooManyRequests as refused:
            return f"again in {refused.retry_after} seconds"

    with ThreadPoolExecutor(12) as threads:
        answers = set(threads.map(guess, range(12)))
    assert answers == {"wrong", "again in 5 seconds"}


@pytest.mark.parametrize("password", ["short", "x" * 11, "x" * 257])
def test_a_password_that_is_too_short_or_too_long_is_refused(unreachable: Database, password: str) -> None:
    with pytest.raises(AdministrationError, match="12 to 256 characters"):
        unreachable.run(lambda transaction: create_administrator(transaction, "ann", password), writing=True)


@pytest.mark.parametrize("name", ["", "a:b", "a b", "-a"])
def test_a_name_that_basic_credentials_cannot_carry_is_refused(unreachable: Database, name: str) -> None:
    with pytest.raises(AdministrationError, match="An administrator's name"):
        unreachable.run(lambda transaction: create_administrator(transaction, name, PASSWORD), writing=True)


def test_an_administrator_is_created_once(ann: Database) -> None:
    with pytest.raises(AdministrationError, match="already an administrator ann"):
        ann.run(lambda transaction: create_administrator(transaction, "ann", PASSWORD, hasher=CHEAP), writing=True)


def test_an_administrator_who_does_not_exist_cannot_be_deleted(ann: Database) -> None:
    with pytest.raises(AdministrationError, match="There is no administrator bob"):
        ann.run(lambda transaction: delete_administrator(transaction, "bob"), writing=True)


def test_a_tenant_is_there_or_not(school: Database) -> None:
    authenticator = Authenticator(school)
    assert authenticator.tenant_exists("GB001")
    assert not authenticator.tenant_exists("GB002")
    assert not authenticator.tenant_exists("GB\x00001")
