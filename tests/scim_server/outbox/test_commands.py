"""``scim-server run`` and ``scim-server work`` deliver mail."""

import json
import os
import select
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from scim_server.accounts.register import create_account
from scim_server.accounts.sessions import find_session, open_session
from scim_server.accounts.tables import sessions
from scim_server.db import Database
from scim_server.outbox.mail import Mail, post
from tests.support.databases import fresh_url
from tests.support.mail import Mailboxes, mail_server
from tests.support.server import SCIM_SERVER, Client, Server, running_server

TOKEN = "reads the metrics"


@pytest.fixture
def mailboxes() -> Mailboxes:
    """What the mail server takes."""
    return Mailboxes()


@pytest.fixture
def smtp(mailboxes: Mailboxes) -> Iterator[dict[str, str]]:
    """The settings that name a mail server."""
    with mail_server(mailboxes) as port:
        yield {
            "smtp_url": f"smtp+plain://127.0.0.1:{port}",
            "mail_from": "noreply@school.example",
            "outbox_interval": "0.1",
        }


@contextmanager
def serving(
    engine: str, request: pytest.FixtureRequest, folder: Path, *arguments: str, **settings: str
) -> Iterator[Server]:
    """Start a server."""
    with (
        fresh_url(engine, request, folder) as url,
        running_server(url, folder, arguments=arguments, metrics_token=TOKEN, **settings) as started,
    ):
        yield started


def write(database: Database, to: str) -> str:
    with database.write() as transaction:
        return post(transaction, Mail(to, "Your account", "Welcome."))


def children(pid: int) -> list[int]:
    """Return the processes that a process started, oldest first."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def has_ended(process: int) -> bool:
    """Wait for the end of a process, and tell whether it came."""
    return bool(select.select([process], [], [], 30)[0])


def logged(text: str) -> list[dict[str, Any]]:
    """Return the lines about mail in a log."""
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == "mail"]


def test_run_delivers_again_after_its_worker_was_killed_and_takes_it_along_when_it_ends(
    engine_name: str, request: pytest.FixtureRequest, tmp_path: Path, mailboxes: Mailboxes, smtp: dict[str, str]
) -> None:
    with serving(engine_name, request, tmp_path, **smtp) as server:
        write(server.database, "asha@gb001.example")
        assert mailboxes.next()["To"] == "asha@gb001.example"
        os.kill(children(server.pid)[-1], signal.SIGKILL)
        write(server.database, "ben@gb001.example")
        assert mailboxes.next()["To"] == "ben@gb001.example"
        worker = os.pidfd_open(children(server.pid)[-1])
    assert has_ended(worker)
    os.close(worker)


def test_a_worker_outlives_no_server_that_was_killed(
    request: pytest.FixtureRequest, tmp_path: Path, smtp: dict[str, str]
) -> None:
    with serving("sqlite", request, tmp_path, **smtp) as server:
        worker = os.pidfd_open(children(server.pid)[-1])
        os.kill(server.pid, signal.SIGKILL)
        assert has_ended(worker)
        os.close(worker)


def test_run_leaves_mail_to_others_when_told_to(
    request: pytest.FixtureRequest, tmp_path: Path, mailboxes: Mailboxes, smtp: dict[str, str]
) -> None:
    with serving("sqlite", request, tmp_path, "--no-worker", "--workers", "1", **smtp) as server:
        assert len(children(server.pid)) == 1
        write(server.database, "asha@gb001.example")
        assert server.command("outbox", "list").endswith("notice  asha@gb001.example  waiting\n")
        assert metrics(server) == {("notice", "waiting"): "1.0"}
        assert server.command("work", "--once") == "Delivered 1 mail.\n"
        assert metrics(server) == {("notice", "sent"): "1.0"}


def metrics(server: Server) -> dict[tuple[str, str], str]:
    """Return how many mails are counted, by kind and state."""
    text = Client(server.url, f"Bearer {TOKEN}").get("/metrics").body.decode()
    lines = [line.split() for line in text.splitlines() if line.startswith("scim_outbox_mails{")]
    return {(line[0].split('"')[1], line[0].split('"')[3]): line[1] for line in lines}


def test_work_delivers_until_it_is_told_to_stop_and_logs_no_address(
    database: Database, mailboxes: Mailboxes, smtp: dict[str, str]
) -> None:
    mailboxes.refused = {"ben@gb001.example"}
    with working(database, smtp) as worker:
        refused = write(database, "ben@gb001.example")
        sent = write(database, "asha@gb001.example")
        assert mailboxes.next()["To"] == "asha@gb001.example"
        worker.terminate()
        _, log = worker.communicate(timeout=30)
    assert worker.returncode == 0
    assert "@" not in log
    first, second = logged(log)
    assert (first["id"], first["outcome"], first["cause"], first["attempt"]) == (refused, "failed", "550", 1)
    assert (second["id"], second["outcome"], second["kind"]) == (sent, "sent", "notice")


def test_work_removes_sessions_that_have_ended(database: Database, mailboxes: Mailboxes, smtp: dict[str, str]) -> None:
    with database.write() as transaction:
        asha = create_account(transaction, name="Asha Patel", email="asha@gb001.example", password_hash=None)
        ended, good = (
            open_session(transaction, asha, second_factor=False, user_agent="Chromium", address="127.0.0.1")
            for _ in range(2)
        )
        found = find_session(transaction, ended)
        assert found is not None
        of_it = sa.update(sessions).where(sessions.c.id_hash == found.id_hash)
        transaction.execute(of_it.values(expires="2020-01-01T00:00:00.000000Z"))
    write(database, "asha@gb001.example")
    with working(database, smtp) as worker:
        mailboxes.next()
        worker.terminate()
        worker.communicate(timeout=30)
    with database.read() as transaction:
        assert transaction.execute(sa.select(sa.func.count()).select_from(sessions)).scalar() == 1
        assert find_session(transaction, good) is not None


def working(database: Database, smtp: dict[str, str]) -> subprocess.Popen[str]:
    """Return a worker that has been started."""
    environment = {
        **os.environ,
        "SCIM_SERVER_DATABASE_URL": database.url.render_as_string(hide_password=False),
        **{f"SCIM_SERVER_{name.upper()}": value for name, value in smtp.items()},
    }
    return subprocess.Popen([SCIM_SERVER, "work"], env=environment, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"SMTP_URL": "mail.example"}, "Error: SCIM_SERVER_SMTP_URL: write the mail server as smtp://"),
        ({"SMTP_URL": "smtp://a:half#secret@host"}, "Error: SCIM_SERVER_SMTP_URL: write the mail server as smtp://"),
        ({"SMTP_URL": "smtp://host"}, "Error: SCIM_SERVER_MAIL_FROM: say whom mail comes from"),
        ({"MAIL_FROM": "nobody"}, "Error: SCIM_SERVER_MAIL_FROM: write whom mail comes from as name@host"),
    ],
)
def test_a_mail_setting_that_is_written_wrongly_is_named(
    tmp_path: Path, settings: dict[str, str], sentence: str
) -> None:
    environment = {**os.environ, **{f"SCIM_SERVER_{name}": value for name, value in settings.items()}}
    done = subprocess.run(
        [SCIM_SERVER, "work", "--once"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith(sentence)
    assert "secret" not in done.stderr


def test_without_a_mail_server_mail_lies_beside_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(f"sqlite:///{tmp_path}/var/scim-server.db")
    database.dispose()
    environment = {**os.environ, "SCIM_SERVER_DATABASE_URL": f"sqlite:///{tmp_path}/var/scim-server.db"}
    subprocess.run([SCIM_SERVER, "db", "upgrade"], env=environment, check=True, capture_output=True)
    mail_id = write(database, "asha@gb001.example")
    database.dispose()
    subprocess.run([SCIM_SERVER, "work", "--once"], env=environment, check=True, capture_output=True)
    assert (tmp_path / "var" / "outbox" / f"{mail_id}.eml").exists()
