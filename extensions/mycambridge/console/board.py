"""The exam board's pages: the register of centres, their entries and exams officers, what is held and what happened."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from mycambridge.brake.register import all_brakes
from mycambridge.console.board_log import add_log
from mycambridge.console.entries_file import read_entries, read_lines
from mycambridge.console.lists import all_of, asked, page_of, quoted
from mycambridge.settings import BOARD_NAME, BOARD_TENANT
from scim_server.connections.tenants import ensure_tenant
from scim_server.pages.acting import Acting, Json, Refused
from scim_server.pages.forms import sent, writing
from scim_server.pages.language import _, ngettext
from scim_server.pages.site import Site

CENTRE = "urn:ietf:params:scim:schemas:mycambridge:2.0:Centre"
_STATES = {"unmanaged": "managed eq false and not (active eq false)", "closed": "active eq false"}


def board_pages(site: Site) -> Blueprint:
    """Return the blueprint of ``/board``, which only people who act as administrators see."""
    blueprint = Blueprint("board", __name__, url_prefix="/board", template_folder="templates")
    site.protect(blueprint)

    @blueprint.before_request
    def enter() -> None:
        if site.person().account.administrator is None:
            abort(404)
        writing(site, lambda transaction: ensure_tenant(transaction, BOARD_TENANT, BOARD_NAME))
        g.board = site.acting(BOARD_TENANT)

    _add_listing(site, blueprint)
    _add_creation(blueprint)
    _add_centre(site, blueprint)
    _add_entries(blueprint)
    _add_officers(site, blueprint)
    add_log(site, blueprint)
    return blueprint


def _board() -> Acting:
    board: Acting = g.board
    return board


def _add_listing(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("")
    def listing() -> ResponseReturnValue:
        q = quoted(asked("q"))
        named = f"displayName co {q} or centreNumber co {q} or associate.centreNumber eq {q}" if asked("q") else ""
        wanted = all_of([named, _STATES.get(asked("state"), "")])
        shown = "centreNumber,displayName,country,kind,associate,active,managed"
        found = page_of(_board(), "/Centres", **wanted, attributes=shown, sortBy="displayName")
        held = site.database.run(lambda reading: [each[0] for each in _held(reading)], writing=False)
        filters = {"q": asked("q"), "state": asked("state")}
        return render_template("console/board/list.html", found=found, **filters, held=sorted(set(held)))


def _held(reading: Any) -> list[tuple[str, Any]]:
    return [(tenant, brake) for tenant, brake in all_brakes(reading, None) if brake.attributes.get("state") == "held"]


def _add_creation(blueprint: Blueprint) -> None:
    @blueprint.get("/new")
    def new() -> ResponseReturnValue:
        return render_template("console/board/new.html", errors={}, values={})

    @blueprint.post("/new")
    def create() -> ResponseReturnValue:
        values = {name: sent(name, 200).strip() for name in ("centreNumber", "displayName", "country", "kind")}
        document: Json = {"schemas": [CENTRE], **{name: value for name, value in values.items() if value}}
        try:
            if sent("associate"):
                document["associate"] = {"value": _centre(sent("associate", 20))["id"]}
            made = _board().post("/Centres", document)
        except Refused as refused:
            errors = {_field_of(refused.detail): refused.detail}
            return render_template("console/board/new.html", errors=errors, values=request.form), 400
        flash(_("%(name)s is registered.") % {"name": made["displayName"]}, "success")
        return redirect(url_for("board.centre", number=made["centreNumber"]), 303)


def _field_of(detail: str) -> str:
    """Return the field that a refusal is about: its sentence begins with the attribute, or names a centre."""
    first = detail.partition(" ")[0]
    if first in ("displayName", "country", "kind"):
        return first
    return "associate" if detail.startswith("There is no centre") else "centreNumber"


@dataclass(frozen=True, slots=True)
class Cuts:
    """What a change of a centre ends, which is asked about before."""

    closes: bool
    leaves: str
    """The number of the Associate that acts for it no more."""

    joins: str
    """The number of the Associate that begins to act for it."""

    def __bool__(self) -> bool:
        """Tell whether it ends anything, or lets somebody else in."""
        return self.closes or bool(self.leaves or self.joins)


def _add_centre(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/centres/<number>")
    def centre(number: str) -> ResponseReturnValue:
        return _page(number)

    @blueprint.post("/centres/<number>")
    def change(number: str) -> ResponseReturnValue:
        found = _centre(number)
        path, cuts = f"/Centres/{found['id']}", _cuts(found)
        if cuts and (again := site.require_fresh()) is not None:
            return again
        try:
            changes = _changes(cuts)
            if cuts and request.form.get("step") != "confirm":
                foreseen = _board().patch(path, *changes, dry_run=True)
                return render_template("console/board/confirm.html", centre=found, cuts=cuts, foreseen=foreseen)
        except Refused as refused:
            return _page(number, {"associate": refused.detail}), 400
        return _changed(number, "displayName", lambda _found: _board().patch(path, *changes))


def _cuts(found: Json) -> Cuts:
    wanted, known = sent("associate", 20).strip().upper(), _associate_of(found)
    closes = found.get("active") is not False and request.form.get("active") != "yes"
    return Cuts(closes, "", "") if wanted == known else Cuts(closes, known, wanted)


def _changes(cuts: Cuts) -> list[Json]:
    """Return what a form asks to change.

    :raises Refused: When there is no such Associate.
    """
    changes: list[Json] = [
        {"op": "replace", "path": "displayName", "value": sent("displayName", 200).strip()},
        {"op": "replace", "path": "active", "value": request.form.get("active") == "yes"},
    ]
    if cuts.joins:
        changes.append({"op": "replace", "path": "associate", "value": {"value": _centre(cuts.joins)["id"]}})
    elif cuts.leaves:
        changes.append({"op": "remove", "path": "associate"})
    return changes


def _add_entries(blueprint: Blueprint) -> None:
    @blueprint.post("/centres/<number>/entries")
    def enter_one(number: str) -> ResponseReturnValue:
        def changed(found: Json) -> None:
            entries = read_lines(sent("entries", 20_000))
            _board().patch(f"/Centres/{found['id']}", {"op": "add", "path": "entries", "value": entries})

        return _changed(number, "entries", changed)

    @blueprint.post("/entries")
    def enter_many() -> ResponseReturnValue:
        """Record the entries of a file, centre by centre, and say which were refused."""
        refusals, done = [], 0
        upload = request.files.get("file")
        for number, entries in read_entries(upload.read() if upload else b"").items():
            try:
                path = f"/Centres/{_centre(number)['id']}"
                _board().patch(path, {"op": "add", "path": "entries", "value": entries})
                done += 1
            except Refused as refused:
                refusals.append(f"{number}: {refused.detail}")
        if refusals:
            flash(" ".join(refusals[:10]), "notice")
        words = ngettext(
            "The entries of %(num)s centre were recorded.", "The entries of %(num)s centres were recorded.", done
        )
        flash(words % {"num": done}, "success")
        return redirect(url_for("board.listing"), 303)


def _add_officers(site: Site, blueprint: Blueprint) -> None:
    # What a form lacked was shown at its own address, to which whoever proves again comes back.
    @blueprint.get("/centres/<number>/entries")
    @blueprint.get("/centres/<number>/officers")
    def back(number: str) -> ResponseReturnValue:
        return redirect(url_for("board.centre", number=number), 303)

    @blueprint.post("/centres/<number>/officers")
    def designate(number: str) -> ResponseReturnValue:
        def changed(found: Json) -> None:
            user = _user(site, found, sent("userName", 200).strip())
            change = {"op": "add", "path": "examsOfficers", "value": [{"value": user["id"]}]}
            _board().patch(f"/Centres/{found['id']}", change)

        return site.require_fresh() or _changed(number, "userName", changed)

    @blueprint.post("/centres/<number>/officers/withdraw")
    def withdraw(number: str) -> ResponseReturnValue:
        def changed(found: Json) -> None:
            path = f"examsOfficers[value eq {quoted(sent('user'))}]"
            _board().patch(f"/Centres/{found['id']}", {"op": "remove", "path": path})

        return site.require_fresh() or _changed(number, "userName", changed)


def _changed(number: str, field: str, work: Callable[[Json], Any]) -> ResponseReturnValue:
    """Do something to a centre, or show what is wrong at the field that it is about."""
    found = _centre(number)
    try:
        work(found)
    except Refused as refused:
        return _page(number, {field: refused.detail}), 400
    flash(_("Saved."), "success")
    return redirect(url_for("board.centre", number=found["centreNumber"]), 303)


def _page(number: str, errors: dict[str, str] | None = None) -> str:
    found = _board().get(f"/Centres/{_centre(number)['id']}")
    shown = {"centre": found, "associate": _associate_of(found), "errors": errors or {}}
    return render_template("console/board/centre.html", **shown)


def _associate_of(centre: Json) -> str:
    return str((centre.get("associate") or {}).get("centreNumber", ""))


def _centre(number: str) -> Json:
    """Return a centre of the register.

    :raises Refused: When there is none.
    """
    found = _board().list("/Centres", filter=f"centreNumber eq {quoted(number.strip())}")["Resources"]
    if not found:
        raise Refused(404, _("There is no centre %(number)s.") % {"number": number.strip()})
    centre: Json = found[0]
    return centre


def _user(site: Site, centre: Json, user_name: str) -> Json:
    """Return a user of a centre, or of the Associate that administers it.

    :raises Refused: When neither has one of that name.
    """
    for tenant in filter(None, (centre["centreNumber"], _associate_of(centre))):
        found = site.acting(tenant).list("/Users", filter=f"userName eq {quoted(user_name)}")["Resources"]
        if found:
            user: Json = found[0]
            return user
    raise Refused(404, _("Nobody at this centre has the user name %(name)s.") % {"name": user_name})
