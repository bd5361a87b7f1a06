"""What happened at all centres, for the exam board: searched as each centre searches its own journal."""

from collections.abc import Sequence
from datetime import timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from mycambridge.console.audit import KINDS, kinds_named
from mycambridge.console.history import Told
from mycambridge.console.lists import asked
from mycambridge.console.searched import USUAL, Search, asked_for
from mycambridge.settings import BOARD_TENANT
from scim_server.db import Transaction
from scim_server.journal.read import JournalRow, names_of, newest_anywhere
from scim_server.journal.words import sentence
from scim_server.pages.forms import reading
from scim_server.pages.language import _
from scim_server.pages.site import Site

_PAGE = 30
_RECENT = timedelta(days=7)
"""How far back the journals of all centres are searched unless somebody asks for more."""


def add_log(site: Site, blueprint: Blueprint) -> None:
    """Add ``/board/log`` to the pages of the exam board, which let nobody but administrators in."""

    @blueprint.get("/log")
    def log() -> ResponseReturnValue:
        number = asked("centre").upper()
        search = asked_for(site, kinds=KINDS, back=USUAL if number else _RECENT)
        rows = [] if search.errors else reading(site, lambda transaction: _found(transaction, search, number))
        shown = rows[:_PAGE]
        entries = reading(site, lambda transaction: _told(transaction, shown))
        page = render_template(
            "console/board/log.html",
            search=search,
            number=number,
            kinds=kinds_named(),
            entries=list(zip(entries, [row.tenant for row in shown], strict=True)),
            older=shown[-1].place if len(rows) > _PAGE else None,
            register=BOARD_TENANT,
        )
        return page, 400 if search.errors else 200


def _found(transaction: Transaction, search: Search, number: str) -> list[JournalRow]:
    before = asked("cursor", 100)
    return newest_anywhere(transaction, search.query["filter"], tenant=number or None, before=before, limit=_PAGE + 1)


def _told(transaction: Transaction, rows: Sequence[JournalRow]) -> list[Told]:
    """Return entries in plain words; the members they name are looked up once for each centre."""
    members: dict[str, set[str]] = {}
    for row in rows:
        named = [member["value"] for member in row.document.get("members", ())[:3]]
        members.setdefault(row.tenant, set()).update(named)
    names = dict.fromkeys(set[str]().union(*members.values()), _("somebody who has been removed since"))
    for tenant, ids in members.items():
        names |= names_of(transaction, tenant, sorted(ids))
    return [Told(row.document["at"], sentence(row.document, names), row.document) for row in rows]
