"""``scim-server outbox``."""

import json

from pydantic import SecretStr

from scim_server.outbox.mail import Mail, post
from tests.support.command_line import CommandLine
from tests.support.mail import Mailboxes, mail_server


def write(command: CommandLine, to: str, tenant: str | None = None) -> str:
    with command.installation.database.write() as transaction:
        return post(transaction, Mail(to, "Your account", "Welcome."), tenant=tenant)


def test_the_list_explains_what_failed_and_a_retry_sends_it(command: CommandLine) -> None:
    mailboxes = Mailboxes(refused={"ben@gb001.example"})
    refused, sent = write(command, "ben@gb001.example", "GB001"), write(command, "asha@gb001.example")
    with mail_server(mailboxes) as port:
        settings = {"smtp_url": SecretStr(f"smtp+plain://127.0.0.1:{port}"), "mail_from": "sso@board.example"}
        command.installation.__dict__["settings"] = command.installation.settings.model_copy(update=settings)
        assert command.done("work", "--once") == "Delivered 1 mail.\n"
        (line,) = command.done("outbox", "list", "--failed").splitlines()
        assert line.startswith(refused)
        answer = "550 5.1.1 <ben@gb001.example> is not known here"
        assert line.endswith(f"after 1: The mail server refused the recipient: {answer}")
        rows = {row["id"]: row for row in json.loads(command.done("outbox", "list", "--json"))}
        assert (rows[refused]["state"], rows[refused]["tenant"], rows[sent]["state"]) == ("retrying", "GB001", "sent")
        assert all("text" not in row for row in rows.values())
        mailboxes.refused.clear()
        assert command.done("outbox", "retry", refused) == f"{refused} is tried by the next worker that looks.\n"
        assert command.done("work", "--once") == "Delivered 1 mail.\n"


def test_a_retry_of_what_does_not_wait_is_refused(command: CommandLine) -> None:
    refused = command("outbox", "retry", "unknown")
    sentence = "No mail unknown waits: it was sent, is being sent, or never was. scim-server outbox list shows all."
    assert (refused.exit_code, refused.stderr) == (1, f"Error: {sentence}\n")


def test_the_mail_of_a_tenant_goes_with_it(command: CommandLine) -> None:
    write(command, "ben@gb001.example", "GB001")
    command.done("tenant", "delete", "GB001", "--yes")
    assert command.done("outbox", "list") == ""
