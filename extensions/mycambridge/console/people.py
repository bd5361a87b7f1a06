"""The people of a centre: found by name, role, group and status, and taken along as a spreadsheet."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, render_template, stream_with_context
from flask.typing import ResponseReturnValue

from mycambridge.console.entrance import centre_pages, console
from mycambridge.console.lists import all_of, asked, page_of, quoted
from mycambridge.console.person import add_person_page, suspensions_of
from mycambridge.console.roles import USER, choices, name_of
from mycambridge.console.spreadsheet import harmless
from scim_server.pages.acting import Json
from scim_server.pages.site import Site

_SHOWN = f"displayName,userName,active,{USER}:effectiveRoles"
_FILTERS = ("q", "role", "status", "source", "group")
_GROUPS_AT_ONCE = 20
_MOST_WORDS = 6
_NOBODY = 'id eq "-"'
_NAMES = ("displayName", "userName", "emails.value", "name.familyName", "name.givenName")


def people_pages(site: Site) -> Blueprint:
    """Return the blueprint of ``/centres/<number>/people``."""
    blueprint = centre_pages(site, "console_people", "/people")

    @blueprint.get("")
    def listing() -> ResponseReturnValue:
        acting, groups = console().acting, _groups()
        found = page_of(acting, "/Users", **_wanted(groups), attributes=_SHOWN, sortBy="displayName")
        shown = {
            "filters": filters(),
            "groups": groups,
            "choices": choices(console().centre),
            "own": console().own,
            "others": _of_associate(),
            "suspended": suspensions_of(acting, [user["id"] for user in found.resources]),
        }
        return render_template("console/people/list.html", found=found, **shown)

    @blueprint.get("/people.csv")
    def spreadsheet() -> ResponseReturnValue:
        rows = console().acting.all("/Users", **_wanted(_groups()), attributes=_SHOWN)
        disposition = {"Content-Disposition": f'attachment; filename="people-{console().number}.csv"'}
        content = stream_with_context(_spreadsheet(rows))
        return Response(content, headers=disposition, content_type="text/csv; charset=utf-8")

    add_person_page(site, blueprint)
    return blueprint


def filters() -> dict[str, Any]:
    """Return what narrows the list, to be handed on in addresses: nothing else that somebody puts into one."""
    return {name: value for name in _FILTERS if (value := asked(name))}


def _groups() -> list[Json]:
    """Return the first groups whose name holds what was asked for."""
    if not asked("group"):
        return []
    named = f"displayName co {quoted(asked('group'))}"
    found = console().acting.list("/Groups", filter=named, attributes="displayName", count=str(_GROUPS_AT_ONCE))
    return list(found["Resources"])


def _of_associate() -> list[Json]:
    """Return the people whom the Associate of a centre provisions, and who have a role at the centre (rule 8)."""
    centre = console().centre
    if not centre.get("associate") or filters() or asked("page"):
        return []
    people = console().acting.get(f"/Centres/{centre['id']}/people")["people"]
    return [person for person in people if person["organisation"] != console().number]


def _wanted(groups: list[Json]) -> dict[str, str]:
    """Return the query for the people that the address of the page asks for."""
    sought = asked("q").split()[:_MOST_WORDS]
    named = " and ".join("(" + " or ".join(f"{name} co {quoted(word)}" for name in _NAMES) + ")" for word in sought)
    in_group = " or ".join(f"groups.value eq {quoted(each['id'])}" for each in groups)
    if asked("group") and not groups:
        in_group = _NOBODY
    return all_of([named, in_group, _status(asked("status")), _role(asked("role"), asked("source"))])


def _status(status: str) -> str:
    return {
        "active": "active eq true",
        "deactivated": "active eq false",
        "waiting": f"{USER}:effectiveRoles[pending eq true]",
        "none": f"active eq true and not ({USER}:effectiveRoles pr)",
        "conflict": f"{USER}:conflicts pr",
    }.get(status, "")


def _role(role: str, source: str) -> str:
    conditions = [f"value eq {quoted(role)}"] if role else []
    if role and asked("status") != "waiting":
        # Who waits for a role does not have it yet.
        conditions.append("pending eq false")
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
