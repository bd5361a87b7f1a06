"""One person of a centre: who they are, which roles they have and why."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from mycambridge.console.entrance import console
from mycambridge.console.history import sentences_about
from mycambridge.console.lists import quoted
from mycambridge.console.roles import USER, choices, name_of
from mycambridge.people.rules import is_by_hand
from scim_server.accounts.register import account_of_user
from scim_server.pages.acting import Acting, Json
from scim_server.pages.forms import reading
from scim_server.pages.site import Site


def add_person_page(site: Site, blueprint: Blueprint) -> None:
    """Add ``/centres/<number>/people/<id>`` to the pages about people."""

    @blueprint.get("/<user_id>")
    def page(user_id: str) -> ResponseReturnValue:
        acting = console().acting
        user, access = acting.get(f"/Users/{user_id}"), acting.get(f"/Users/{user_id}/access")
        details, number = user.get(USER, {}), console().number
        shown = {
            "user": user,
            "details": details,
            "is_by_hand": is_by_hand(details.get("provisionedBy")),
            "is_designated": any(each["source"] == "designation" for each in _said(access)),
            "has_account": reading(site, lambda transaction: account_of_user(transaction, number, user_id)) is not None,
            "is_own": user_id in console().own,
            "access": access,
            "elsewhere": [each for each in access["effectiveRoles"] if each["source"] != "grant"],
            "choices": choices(console().centre),
            "grants": {each["role"]: each for each in grants_here(acting, user_id)},
            "suspension": suspension_of(acting, user_id),
            "history": sentences_about(acting, user_id),
        }
        return render_template("console/people/person.html", name=name_of(user), **shown)


def _said(access: Json) -> list[Json]:
    return [*access["effectiveRoles"], *access["notEffective"]]


def grants_here(acting: Acting, user_id: str) -> list[Json]:
    """Return the roles at the centre of the console that were given to a person by hand."""
    found = acting.list("/RoleGrants", filter=f"user.value eq {quoted(user_id)}", count="100")
    return [each for each in found["Resources"] if each["centre"] == console().number]


def suspension_of(acting: Acting, user_id: str) -> Json | None:
    """Return what suspends a person at the centre of the console, if they are suspended there."""
    return suspensions_of(acting, [user_id]).get(user_id)


def suspensions_of(acting: Acting, user_ids: list[str]) -> dict[str, Json]:
    """Return what suspends some people at the centre of the console, by their ids."""
    whose = " or ".join(f"user.value eq {quoted(each)}" for each in user_ids)
    if not whose:
        return {}
    here = f"centre eq {quoted(console().number)} and ({whose})"
    found = acting.list("/Suspensions", filter=here, count=str(len(user_ids)))["Resources"]
    return {each["user"]["value"]: each for each in found}
