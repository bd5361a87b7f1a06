"""Mail leaves after the commit, once, over a real mail server or as files."""

import threading
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from scim_server.connections.tenants import create_tenant, delete_tenant
from scim_server.db import Database, Transaction
from scim_server.outbox.delivery import transport_of
from scim_server.outbox.mail import Mail, is_address, post
from scim_server.outbox.register import Posted, counts, posted, purge, retry
from scim_server.outbox.worker import deliver
from scim_server.settings import Settings
from scim_server.store.documents import utc_text
from tests.support.mail import Mailboxes, certificate, mail_server, only
from tests.support.server import free_port

INVITATION = Mail(
    to="asha@gb001.example", subject="Your account", text="Open https://example.org/x.\n", kind="invitation"
)


@pytest.fixture
def mailboxes() -> Mailboxes:
    """What the mail server takes."""
    return Mailboxes()


@pytest.fixture
def port(mailboxes: Mailboxes) -> Iterator[int]:
    """A mail server."""
    with mail_server(mailboxes) as started:
        yield started


def settings(url: str | None, **others: Any) -> Settings:
    return Settings(smtp_url=url, mail_from="My School <noreply@school.example>", **others)


def plain(port: int) -> Settings:
    return settings(f"smtp+plain://127.0.0.1:{port}")


def sent(database: Database, settings: Settings, *, after: timedelta = timedelta()) -> int:
    """Deliver what is due some time from now."""
    return deliver(database, transport_of(settings), now=datetime.now(UTC) + after)


def write(database: Database, mail: Mail = INVITATION, tenant: str | None = None) -> str:
    with database.write() as transaction:
        return post(transaction, mail, tenant=tenant)


def only_row(database: Database) -> Posted:
    (row,) = database.run(posted, writing=False)
    return row


def test_a_mail_is_sent_once_its_change_is_committed(database: Database, mailboxes: Mailboxes, port: int) -> None:
    mail_id = write(database)
    assert sent(database, plain(port)) == 1
    message = mailboxes.next()
    assert message["To"] == message["X-Recipients"] == "asha@gb001.example"
    assert message["From"] == "My School <noreply@school.example>"
    assert message["Subject"] == "Your account"
    assert message["Message-ID"] == f"<{mail_id}@school.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().splitlines() == ["Open https://example.org/x."]
    assert sent(database, plain(port)) == 0
    assert only_row(database).state == "sent"


def test_a_change_that_is_rolled_back_sends_nothing(database: Database, mailboxes: Mailboxes, port: int) -> None:
    def refused(transaction: Transaction) -> None:
        post(transaction, INVITATION)
        raise LookupError

    with pytest.raises(LookupError):
        database.run(refused, writing=True)
    assert sent(database, plain(port)) == 0
    assert mailboxes.all() == []


def test_what_was_sent_keeps_no_text(database: Database, port: int) -> None:
    write(database)
    sent(database, plain(port))
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT text FROM outbox").scalar_one() == ""


def test_no_transaction_is_open_while_the_mail_server_is_spoken_to(
    database: Database, mailboxes: Mailboxes, port: int
) -> None:
    write(database)
    other = Database(database.url.render_as_string(hide_password=False))
    mailboxes.meanwhile = lambda: write(other, Mail("ben@gb001.example", "Meanwhile", ""), None)
    assert deliver(database, transport_of(plain(port)), now=datetime.now(UTC)) == 1
    other.dispose()
    assert [row.to for row in database.run(posted, writing=False)] == ["asha@gb001.example", "ben@gb001.example"]


def test_several_workers_send_each_mail_once(database: Database, mailboxes: Mailboxes, port: int) -> None:
    with database.write() as transaction:
        posted_ids = {post(transaction, INVITATION) for _ in range(40)}
    begin, delivered = threading.Barrier(4), []

    def work() -> None:
        own = Database(database.url.render_as_string(hide_password=False))
        begin.wait()
        delivered.append(deliver(own, transport_of(plain(port)), now=datetime.now(UTC)))
        own.dispose()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(delivered) == 40
    assert sorted(message["Message-ID"] for message in mailboxes.all()) == sorted(
        f"<{mail_id}@school.example>" for mail_id in posted_ids
    )


def test_a_refused_recipient_is_explained_and_tried_again_without_holding_up_others(
    database: Database, mailboxes: Mailboxes, port: int
) -> None:
    mailboxes.refused = {"asha@gb001.example"}
    write(database)
    write(database, Mail("ben@gb001.example", "Yours", ""))
    assert sent(database, plain(port)) == 1
    row = database.run(posted, writing=False)[0]
    assert (row.state, row.attempts) == ("retrying", 1)
    expected = "The mail server refused the recipient: 550 5.1.1 <asha@gb001.example> is not known here"
    assert row.reason == expected
    assert sent(database, plain(port), after=timedelta(seconds=50)) == 0
    mailboxes.refused.clear()
    assert sent(database, plain(port), after=timedelta(seconds=70)) == 1
    assert database.run(posted, writing=False)[0].reason is None


def test_pauses_grow_to_a_day_and_end_after_five(database: Database, mailboxes: Mailboxes, port: int) -> None:
    mailboxes.refused = {"asha@gb001.example"}
    write(database)
    began = datetime.now(UTC)
    moments = [began]
    deliver(database, transport_of(plain(port)), now=began)
    while due := only_row(database).due:
        moments.append(datetime.fromisoformat(due))
        deliver(database, transport_of(plain(port)), now=moments[-1])
    pauses = [later - earlier for earlier, later in pairwise(moments)]
    assert pauses[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert max(pauses) == timedelta(days=1)
    assert timedelta(days=4, hours=23) < moments[-1] - began <= timedelta(days=5)
    assert only_row(database).state == "given up"
    assert "is not known here" in (only_row(database).reason or "")
    assert sent(database, plain(port), after=timedelta(days=30)) == 0


def test_what_was_given_up_is_sent_when_somebody_asks_for_it(
    database: Database, mailboxes: Mailboxes, port: int
) -> None:
    mailboxes.refused = {"asha@gb001.example"}
    mail_id = write(database)
    sent(database, plain(port), after=timedelta(days=5))
    assert only_row(database).state == "given up"
    mailboxes.refused.clear()
    with database.write() as transaction:
        assert retry(transaction, mail_id, datetime.now(UTC))
    assert sent(database, plain(port)) == 1
    assert mailboxes.next().get_content().splitlines() == ["Open https://example.org/x."]
    with database.write() as transaction:
        assert not retry(transaction, mail_id, datetime.now(UTC))


def test_mail_waits_for_a_mail_server_that_is_down(database: Database, mailboxes: Mailboxes) -> None:
    port = free_port()
    for _ in range(3):
        write(database)
    assert sent(database, plain(port)) == 0
    tried = [row for row in database.run(posted, writing=False) if row.reason]
    assert [row.reason for row in tried] == [f"The mail server 127.0.0.1:{port} cannot be used: Connection refused."], (
        "One attempt says it for all."
    )
    with mail_server(mailboxes, port):
        assert sent(database, plain(port), after=timedelta(minutes=1)) == 3


def test_a_mail_whose_worker_died_is_sent_by_another_under_the_same_message_id(
    database: Database, mailboxes: Mailboxes, port: int
) -> None:
    mail_id = write(database)

    class Died(BaseException):
        """The end of a process."""

    class Dying:
        def send(self, letter: object) -> None:
            raise Died

        def close(self) -> None: ...

    with pytest.raises(Died):
        deliver(database, Dying(), now=datetime.now(UTC))
    assert sent(database, plain(port)) == 0
    assert sent(database, plain(port), after=timedelta(minutes=16)) == 1
    assert mailboxes.next()["Message-ID"] == f"<{mail_id}@school.example>"


@pytest.mark.parametrize(
    "to",
    [
        "asha@gb001.example\r\nBcc: all@school.example",
        "asha@gb001.example\n",
        "asha@gb001.example, ben@gb001.example",
        "Asha <asha@gb001.example>",
        "asha@gb001.example\x00",
        "asha",
        "",
    ],
)
def test_a_recipient_is_one_address_and_nothing_else(database: Database, to: str) -> None:
    assert not is_address(to)
    with pytest.raises(ValueError, match="one e-mail address"), database.write() as transaction:
        post(transaction, Mail(to, "Hello", ""))
    assert database.run(posted, writing=False) == []


@pytest.mark.parametrize("breaking", ["\r\n", "\n", "\r", "\x00", "\u2028", "\x85", "\ud800"])
def test_a_subject_begins_no_header(database: Database, mailboxes: Mailboxes, port: int, breaking: str) -> None:
    write(database, Mail("asha@gb001.example", f"Welcome to North{breaking}Bcc: all@school.example", "Hello\n"))
    assert sent(database, plain(port)) == 1
    message = mailboxes.next()
    assert message["Subject"] == "Welcome to North Bcc: all@school.example"
    assert message["Bcc"] is None
    assert message["X-Recipients"] == "asha@gb001.example"


def test_any_letter_and_a_link_of_any_length_arrive_as_written(
    database: Database, mailboxes: Mailboxes, port: int
) -> None:
    link = f"https://example.org/{'x' * 1200}"
    text = f"Žofie, welcome.\n.\n{link}\nhttps://example.org/ě\n"
    write(database, Mail("zofie@gb001.example", "Vítejte: " + "dlouhý předmět " * 12, text))
    assert sent(database, plain(port)) == 1
    message = mailboxes.next()
    assert message["Subject"] == ("Vítejte: " + "dlouhý předmět " * 12).strip()
    assert message.get_content().replace("\r\n", "\n") == text


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_mail_travels_encrypted_and_with_a_password(
    database: Database, mailboxes: Mailboxes, scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted, context = certificate(tmp_path)
    options: dict[str, Any] = {"auth_required": True, "authenticator": only("school", "p@ss/word")}
    if scheme == "smtp":
        options |= {"tls_context": context, "require_starttls": True}
    else:
        options |= {"ssl_context": context, "auth_require_tls": False}
        # The server warns of a conversation that is not encrypted, though the connection below it is.
        warnings.filterwarnings("ignore", "Requiring AUTH", UserWarning)
    write(database)
    with mail_server(mailboxes, **options) as port:
        named = settings(f"{scheme}://school:p%40ss%2Fword@127.0.0.1:{port}")
        assert sent(database, named) == 0
        assert "certificate" in (only_row(database).reason or "").lower()
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        wrong = settings(f"{scheme}://school:wrong@127.0.0.1:{port}")
        assert sent(database, wrong, after=timedelta(minutes=1)) == 0
        assert "cannot be used: 535" in (only_row(database).reason or "")
        assert sent(database, named, after=timedelta(minutes=5)) == 1


def test_a_password_is_not_sent_to_a_server_that_offers_no_encryption(
    database: Database, mailboxes: Mailboxes, port: int
) -> None:
    write(database)
    assert sent(database, settings(f"smtp://school:secret@127.0.0.1:{port}")) == 0
    assert "STARTTLS" in (only_row(database).reason or "")
    assert mailboxes.all() == []


def test_without_a_mail_server_mail_becomes_files_that_only_their_owner_reads(
    database: Database, tmp_path: Path
) -> None:
    mail_id = write(database)
    folder = tmp_path / "var" / "outbox"
    assert sent(database, settings(None, outbox_directory=folder)) == 1
    (file,) = folder.iterdir()
    assert file.name == f"{mail_id}.eml"
    assert (file.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    message = message_from_bytes(file.read_bytes(), policy=default)
    assert message["To"] == "asha@gb001.example"
    assert b"\r\nOpen https://example.org/x.\r\n" in file.read_bytes()


def test_a_folder_that_cannot_be_written_is_the_reason(database: Database, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    write(database)
    assert sent(database, settings(None, outbox_directory=tmp_path / "file" / "outbox")) == 0
    assert "Not a directory" in (only_row(database).reason or "")


def test_a_tenant_takes_its_mail_with_it(database: Database, mailboxes: Mailboxes, port: int) -> None:
    with database.write() as transaction:
        create_tenant(transaction, "GB001")
    write(database, tenant="GB001")
    with database.write() as transaction:
        delete_tenant(transaction, "GB001")
    assert database.run(posted, writing=False) == []
    assert sent(database, plain(port)) == 0


def test_a_purge_removes_what_has_ended_and_nothing_that_waits(
    database: Database, mailboxes: Mailboxes, port: int
) -> None:
    mailboxes.refused = {"ben@gb001.example"}
    write(database)
    write(database, Mail("ben@gb001.example", "Yours", ""))
    sent(database, plain(port))
    later = utc_text(datetime.now(UTC) + timedelta(days=1))
    with database.write() as transaction:
        assert purge(transaction, before=utc_text(datetime.now(UTC) - timedelta(days=1))) == 0
        assert purge(transaction, before=later) == 1
    assert only_row(database).state == "retrying"


def test_mail_is_counted_by_kind_and_state(database: Database, mailboxes: Mailboxes, port: int) -> None:
    mailboxes.refused = {"ben@gb001.example"}
    write(database)
    write(database, Mail("ben@gb001.example", "Yours", ""))
    sent(database, plain(port))
    write(database)
    totals = {(each.kind, each.state): each.total for each in database.run(counts, writing=False)}
    assert totals == {("invitation", "sent"): 1, ("invitation", "waiting"): 1, ("notice", "retrying"): 1}
