"""Answers about several people at once: what a form has ticked, done one by one."""

from collections.abc import Callable

from flask import flash, request

from mycambridge.console.entrance import console
from mycambridge.console.roles import people_named
from scim_server.pages.acting import Refused
from scim_server.pages.language import _, ngettext

_AT_ONCE = 200
_SAID = 10
"""How many refusals are said: they travel in a cookie, which holds little."""


def answer_each(field: str, answer: Callable[[str, str], None]) -> int:
    """Do something about each person that a form has ticked, and return how often it was done; say what was refused.

    :param field: The name of the boxes, whose values are the id of a person, a space, and what it is about.
    :param answer: Does it, for the id and what it is about.
    """
    ticked = [value.partition(" ") for value in request.form.getlist(field)[:_AT_ONCE]]
    refused: list[tuple[str, str]] = []
    for user_id, _gap, about in ticked:
        try:
            answer(user_id, about)
        except Refused as refusal:
            refused.append((user_id, refusal.detail))
    if not ticked:
        flash(_("Choose at least one person."), "notice")
    if refused:
        names = people_named(console().acting, [user_id for user_id, _detail in refused])
        said = list(dict.fromkeys(f"{names.get(user_id, user_id)}: {detail}" for user_id, detail in refused))
        more = len(said) - _SAID
        rest = [ngettext("And %(num)s more.", "And %(num)s more.", more) % {"num": more}] if more > 0 else []
        flash(" ".join([_("Not done."), *said[:_SAID], *rest]), "notice")
    return len(ticked) - len(refused)
