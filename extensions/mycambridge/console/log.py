"""What the directory sent, and what to do about refusals; and everything that was changed, for audits."""

import csv
import io
from collections.abc import Iterator

from flask import Blueprint, Response, render_template, stream_with_context
from flask.typing import ResponseReturnValue

from mycambridge.connections.advice import advice
from mycambridge.console.entrance import centre_pages, console
from mycambridge.console.history import Told, told
from mycambridge.console.lists import all_of, asked, quoted
from mycambridge.console.spreadsheet import harmless
from scim_server.journal.words import sentence
from scim_server.pages.acting import Json, Refused
from scim_server.pages.site import Site

_PAGE = "30"
_KINDS = {
    "people": 'target.type eq "User"',
    "groups": 'target.type eq "Group"',
    "roles": 'target.type eq "RoleGrant" or target.type eq "RoleApproval"',
    "mappings": 'target.type eq "RoleMapping"',
    "sign-ins": 'operation eq "sign-in" or operation eq "second-factor-failed"',
    "security": 'operation sw "second-factor" or operation sw "recovery-code" or operation eq "password-changed" '
    'or target.type eq "Connection"',
    "brake": 'target.type eq "SafetyBrake"',
    "centre": 'target.type eq "Centre"',
}


def log_pages(site: Site) -> Blueprint:
    """Return the blueprint of ``/centres/<number>/log``: what directories sent."""
    blueprint = centre_pages(site, "console_log", "/log")

    @blueprint.get("")
    def listing() -> ResponseReturnValue:
        from_directory = 'actor.type eq "connection"'
        found, older = _found([from_directory, *_asked_for()])
        profiles = _profiles()
        shown = {"entries": [(each, _advice(each, profiles)) for each in found], "older": older}
        return render_template("console/log.html", live=asked("live") == "yes", **_filters(), **shown)

    return blueprint


def audit_pages(site: Site) -> Blueprint:
    """Return the blueprint of ``/centres/<number>/audit``: everything that was changed, and who signed in."""
    blueprint = centre_pages(site, "console_audit", "/audit")

    @blueprint.get("")
    def listing() -> ResponseReturnValue:
        found, older = _found(_asked_for())
        return render_template("console/audit.html", entries=found, older=older, kinds=_KINDS, **_filters())

    @blueprint.get("/audit.csv")
    def spreadsheet() -> ResponseReturnValue:
        query = {**all_of(_asked_for()), "sortBy": "at", "sortOrder": "descending"}
        content = stream_with_context(_spreadsheet(console().acting.all("/Changes", **query)))
        disposition = {"Content-Disposition": f'attachment; filename="audit-{console().number}.csv"'}
        return Response(content, headers=disposition, content_type="text/csv; charset=utf-8")

    return blueprint


def _filters() -> dict[str, str]:
    return {name: asked(name) for name in ("q", "outcome", "kind", "from", "to")}


def _asked_for() -> list[str]:
    """Return the conditions that the address of the page asks for."""
    conditions = []
    if asked("outcome") in ("refused", "done"):
        conditions.append(f"outcome eq {quoted(asked('outcome'))}")
    if asked("q"):
        named = quoted(asked("q"))
        conditions.append(f"actor.display co {named} or target.display co {named}")
    if asked("kind") in _KINDS:
        conditions.append(_KINDS[asked("kind")])
    for name, operator, clock in (("from", "ge", "00:00:00"), ("to", "le", "23:59:59")):
        if asked(name):
            conditions.append(f"at {operator} {quoted(f'{asked(name)}T{clock}Z')}")
    return conditions


def _found(conditions: list[str]) -> tuple[list[Told], str | None]:
    """Return a page of entries, the newest first, and the cursor of the one after it."""
    query = {**all_of(conditions), "sortBy": "at", "sortOrder": "descending", "count": _PAGE}
    answer = console().acting.list("/Changes", **query, cursor=asked("cursor", 4000))
    return told(console().acting, answer["Resources"]), answer.get("nextCursor")


def _profiles() -> dict[str, str]:
    """Return the kind of directory behind each connection, by its name."""
    centre = console().centre["id"]
    try:
        summary = console().acting.get(f"/Centres/{centre}/summary")
    except Refused:
        return {}
    return {each["display"]: each["profile"] for each in summary["connections"]}


def _advice(each: Told, profiles: dict[str, str]) -> str | None:
    if not each.failed:
        return None
    return advice(
        status=int(each.entry.get("status", 400)),
        scim_type=each.entry.get("scimType"),
        profile=profiles.get(each.entry["actor"].get("display", "")),
        resource_type=each.entry.get("target", {}).get("type"),
    )


def _spreadsheet(entries: Iterator[Json]) -> Iterator[str]:
    yield _line("when", "who", "kind of actor", "what", "outcome", "status", "request id")
    for entry in entries:
        actor = entry.get("actor", {})
        status, request_id = str(entry.get("status", "")), str(entry.get("requestId", ""))
        who = (entry["at"], str(actor.get("display", "")), str(actor.get("type", "")))
        yield _line(*who, sentence(entry), str(entry["outcome"]), status, request_id)


def _line(*cells: str) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([harmless(cell) for cell in cells])
    return line.getvalue()
