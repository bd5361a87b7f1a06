"""Which of the roles that a directory asks for still wait for an answer, as plain functions of plain values."""

from collections.abc import Collection, Mapping
from typing import Any


def asked_roles(document: Mapping[str, Any]) -> list[str]:
    """Return the roles that the core attribute ``roles`` of a person asks for, each once, as they were sent."""
    return list(dict.fromkeys(str(role["value"]) for role in document.get("roles") or () if role.get("value")))


def unanswered(asked: list[str], granted: Collection[str], ignored: Collection[str]) -> list[str]:
    """Return what somebody asked for that nobody granted and nobody ignored (rule 5).

    :param granted: Roles in lower case.
    :param ignored: Roles in any case.
    """
    answered = {*granted, *(role.lower() for role in ignored)}
    return [role for role in asked if role.lower() not in answered]
