"""People of a centre: who they are, which roles they have and why."""

import csv
import io
from collections.abc import Iterator

from flask import Blueprint, Response, render_template, stream_with_context
from flask.typing import ResponseReturnValue

from mycambridge.console.entrance import centre_pages, console
from mycambridge.console.history import sentences_about
from mycambridge.console.lists import all_of, asked, page_of, quoted
from mycambridge.console.roles import USER, choices, name_of
from mycambridge.console.spreadsheet import harmless
from scim_server.pages.acting import Acting, Json
from scim_server.pages.site import Site

_SHOWN = f"displayName,userName,active,{USER}:effectiveRoles"
_NAMES = ("displayName", "userName", "emails.value", "name.familyName", "name.givenName")


def people_pages(site: Site) -> Blueprint:
    """Return the blueprint of ``/centres/<number>/people``."""
    blueprint = centre_pages(site, "console_people", "/people")

    @blueprint.get("")
    def listing() -> ResponseReturnValue:
        found = page_of(console().acting, "/Users", **_wanted(), attributes=_SHOWN, sortBy="displayName")
        shown = {name: asked(name) for name in ("q", "role", "status", "source", "group")}
        offered = choices(console().centre)
        own = console().acting.principal.user_id
        return render_template(
            "console/people/list.html", found=found, choices=offered, own=own, others=_of_associate(), **shown
        )

    @blueprint.get("/people.csv")
    def spreadsheet() -> ResponseReturnValue:
        rows = console().acting.all("/Users", **_wanted(), attributes=_SHOWN)
        disposition = {"Content-Disposition": f'attachment; filename="people-{console().number}.csv"'}
        content = stream_with_context(_spreadsheet(rows))
        return Response(content, headers=disposition, content_type="text/csv; charset=utf-8")

    @blueprint.get("/<user_id>")
    def page(user_id: str) -> ResponseReturnValue:
        acting = console().acting
        user = acting.get(f"/Users/{user_id}")
        shown = {
            "user": user,
            "name": name_of(user),
            "access": acting.get(f"/Users/{user_id}/access"),
            "grants": grants_of(acting, user_id),
            "choices": choices(console().centre),
            "history": sentences_about(acting, user_id),
            "is_own": user_id == acting.principal.user_id,
            "details": user.get(USER, {}),
            "suspension": suspension_of(acting, user_id),
        }
        return render_template("console/people/person.html", **shown)

    return blueprint


def grants_of(acting: Acting, user_id: str) -> list[Json]:
    """Return the roles that were given to a person by hand."""
    found = acting.list("/RoleGrants", filter=f"user.value eq {quoted(user_id)}", count="100")
    return list(found["Resources"])


def suspension_of(acting: Acting, user_id: str) -> Json | None:
    """Return what suspends a person at the centre of the console, if they are suspended there."""
    here = f"user.value eq {quoted(user_id)} and centre eq {quoted(console().number)}"
    found = acting.list("/Suspensions", filter=here, count="1")["Resources"]
    return found[0] if found else None


def _of_associate() -> list[Json]:
    """Return the people whom the Associate of a centre provisions, and who have a role at the centre (rule 8)."""
    centre = console().centre
    if not centre.get("associate") or any(asked(name) for name in ("q", "role", "status", "source", "group", "page")):
        return []
    people = console().acting.get(f"/Centres/{centre['id']}/people")["people"]
    return [person for person in people if person["organisation"] != console().number]


def _wanted() -> dict[str, str]:
    """Return the query for the people that the address of the page asks for."""
    q = quoted(asked("q"))
    named = " or ".join(f"{name} co {q}" for name in _NAMES) if asked("q") else ""
    group = f"groups.value eq {quoted(asked('group'))}" if asked("group") else ""
    return all_of([named, group, _status(asked("status")), _role(asked("role"), asked("source"))])


def _status(status: str) -> str:
    return {
        "active": "active eq true",
        "deactivated": "active eq false",
        "waiting": f"{USER}:effectiveRoles[pending eq true]",
        "none": f"active eq true and not ({USER}:effectiveRoles pr)",
    }.get(status, "")


def _role(role: str, source: str) -> str:
    conditions = [f"value eq {quoted(role)}"] if role else []
    if source in ("mapping", "grant", "designation"):
        conditions.append(f"source eq {quoted(source)}")
    return f"{USER}:effectiveRoles[{' and '.join(conditions)}]" if conditions else ""


def _spreadsheet(users: Iterator[Json]) -> Iterator[str]:
    yield _line("name", "user name", "active", "role", "centre", "source", "through", "since", "waits for approval")
    for user in users:
        active = "no" if user.get("active") is False else "yes"
        person = (name_of(user), str(user["userName"]), active)
        roles = user.get(USER, {}).get("effectiveRoles") or [{}]
        for role in roles:
            via, waits = role.get("via", {}).get("display", ""), "yes" if role.get("pending") else ""
            what = (role.get("display", ""), role.get("centre", ""), role.get("source", ""))
            yield _line(*person, *what, via, role.get("since", ""), waits)


def _line(*cells: str) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([harmless(cell) for cell in cells])
    return line.getvalue()
