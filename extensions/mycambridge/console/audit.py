"""The audit: everything that was changed at a centre, by whom, and who signed in."""

import csv
import io
from collections.abc import Iterator
from itertools import islice

from flask import Blueprint, Response, redirect, render_template, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from mycambridge.console.entrance import centre_pages, console
from mycambridge.console.history import Told, told
from mycambridge.console.lists import quoted
from mycambridge.console.searched import Search, arguments, asked_for, found
from mycambridge.console.spreadsheet import harmless
from scim_server.pages.acting import Json
from scim_server.pages.language import _
from scim_server.pages.site import Site

_AT_ONCE = 100


def _type(*names: str) -> str:
    return " or ".join(f"target.type eq {quoted(name)}" for name in names)


_SIGN_INS = 'operation eq "sign-in" or operation eq "second-factor-failed"'
_SECURITY = (
    'operation sw "second-factor" or operation sw "recovery-code" or operation eq "password-changed" '
    'or operation sw "account-" or operation sw "address-" or operation sw "invitation-" '
    'or operation eq "password-reset-offered"'
)
KINDS = {
    "people": f'target.type eq "User" and not ({_SIGN_INS} or {_SECURITY})',
    "groups": _type("Group"),
    "roles": _type("RoleGrant", "RoleApproval", "RoleAllowance", "IgnoredRequest", "Suspension"),
    "mappings": _type("RoleMapping"),
    "connections": _type("Connection"),
    "sign-ins": _SIGN_INS,
    "security": _SECURITY,
    "brake": _type("SafetyBrake"),
    "centre": _type("Centre"),
}
"""Filters of the journal by the kind of entry that they find."""


def audit_pages(site: Site) -> Blueprint:
    """Return the blueprint of ``/centres/<number>/audit``."""
    blueprint = centre_pages(site, "console_audit", "/audit")

    @blueprint.get("")
    def listing() -> ResponseReturnValue:
        search = asked_for(site, kinds=KINDS)
        entries, older = found(search)
        shown = {"entries": entries, "older": older, "kinds": kinds_named(), "arguments": arguments()}
        return render_template("console/audit.html", search=search, **shown), 400 if search.errors else 200

    @blueprint.get("/audit.csv")
    def spreadsheet() -> ResponseReturnValue:
        search = asked_for(site, kinds=KINDS)
        if search.errors:
            return redirect(url_for("console_audit.listing", **arguments()), 303)
        disposition = {"Content-Disposition": f'attachment; filename="audit-{console().number}.csv"'}
        content = stream_with_context(_spreadsheet(search))
        return Response(content, headers=disposition, content_type="text/csv; charset=utf-8")

    return blueprint


def kinds_named() -> dict[str, str]:
    """Return the kinds of entries that may be chosen, and what people call them."""
    return {
        "people": _("People"),
        "groups": _("Groups"),
        "roles": _("Roles given, allowed, approved, ignored or suspended"),
        "mappings": _("Groups mapped to roles"),
        "connections": _("Connections and their tokens"),
        "sign-ins": _("Sign-ins"),
        "security": _("Passwords, second factors and accounts"),
        "brake": _("Safety brake"),
        "centre": _("The centre: entries and exams officers"),
    }


def _spreadsheet(search: Search) -> Iterator[str]:
    yield _line("when", "who", "kind of actor", "what", "changes", "outcome", "status", "request id")
    acting = console().acting
    changes = acting.all("/Changes", **search.query)
    while entries := list(islice(changes, _AT_ONCE)):
        yield "".join(_row(each) for each in told(acting, entries))


def _row(each: Told) -> str:
    entry, actor = each.entry, each.entry.get("actor", {})
    return _line(
        each.at,
        str(actor.get("display", "")),
        str(actor.get("type", "")),
        each.words,
        "; ".join(_difference(change) for change in entry.get("attributes", ())),
        str(entry["outcome"]),
        str(entry.get("status", "")),
        str(entry.get("requestId", "")),
    )


def _difference(change: Json) -> str:
    name = change["path"].rpartition(":")[2]
    if "before" not in change and "after" not in change:
        return str(name)
    return f"{name}: {change.get('before', '')} → {change.get('after', '')}"


def _line(*cells: str) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([harmless(cell) for cell in cells])
    return line.getvalue()
