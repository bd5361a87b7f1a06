"""The mail that a development server would have sent: shown to whoever sits at the same machine, and nowhere else."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from scim_server.pages.site import Site

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_SHOWN = 50


def mailbox_blueprint(site: Site) -> Blueprint:
    """Return the blueprint of ``/development/mail``, which is not found where mail is sent, or the server is public."""
    blueprint = Blueprint("mailbox", __name__)

    @blueprint.get("/development/mail")
    def page() -> ResponseReturnValue:
        settings = site.settings
        is_local = urlsplit(settings.base_url).hostname in _LOOPBACK and request.remote_addr in _LOOPBACK
        if settings.smtp_server is not None or not is_local:
            abort(404)
        return render_template("mailbox.html", letters=list(map(_read, _newest(settings.outbox_folder))))

    return site.open(blueprint)


def _newest(folder: Path) -> list[Path]:
    found = folder.glob("*.eml") if folder.is_dir() else ()
    return sorted(found, key=lambda path: path.stat().st_mtime_ns, reverse=True)[:_SHOWN]


def _read(path: Path) -> dict[str, str]:
    message = message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    text = "" if body is None else str(body.get_content())
    return {"to": str(message["To"]), "subject": str(message["Subject"]), "date": str(message["Date"]), "text": text}
