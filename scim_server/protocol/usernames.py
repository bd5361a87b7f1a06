"""Which names can be stored: those that people can tell apart.

The rules follow the PRECIS profile UsernameCaseMapped (RFC 8265 §3.3) in what they refuse, and never change a value:
it is stored as it was sent, and compared in NFC and lower case as ``scim2-models`` does. Letters of every script,
marks, digits, punctuation and single spaces inside a name pass, so that no person's real name is refused.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import orjson
from scim2_models import InvalidValueException

MAX_USER_NAME = 255
MAX_DISPLAY_NAME = 1024
_REFUSED_ANYWHERE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
#: Default_Ignorable_Code_Point, as far as general categories do not tell: joiners, fillers, variation selectors.
_IGNORABLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def check_document(resource_type: str, document: Mapping[str, Any]) -> None:
    """Check the texts of a resource before it is stored.

    :raises InvalidValueException: When a name is blank or could be mistaken for another, or a text holds characters
        that nobody can see or that turn the direction of what follows.
    """
    if resource_type == "User" and "userName" in document:
        check_user_name(document["userName"])
    name = document.get("displayName")
    if isinstance(name, str):
        _check_display_name(name)
    if not _is_plain(document):
        for attribute, value in document.items():
            _check_texts(value, attribute)


def _is_plain(document: Mapping[str, Any]) -> bool:
    """Return whether all texts are of characters that need no closer look: JSON writes any other in its own way."""
    try:
        written = orjson.dumps(document)
    except TypeError:
        return False
    return written.isascii() and b"\\u" not in written and b"\x7f" not in written


def check_user_name(name: str) -> None:
    """Check a userName.

    :raises InvalidValueException: When it is blank, too long, or holds what looks like something else.
    """
    if not name.strip():
        raise InvalidValueException(detail="userName must not be blank.")
    if len(name) > MAX_USER_NAME:
        raise InvalidValueException(detail=f"userName may have {MAX_USER_NAME} characters at most.")
    if name != name.strip():
        raise InvalidValueException(detail="userName must not begin or end with white space.")
    if name.isascii() and name.isprintable():
        return
    for character in name:
        if _is_invisible(character) or (character.isspace() and character != " "):
            raise InvalidValueException(
                detail=f"userName holds the character U+{ord(character):04X}, which cannot be seen; remove it."
            )
        if unicodedata.decomposition(character).startswith(("<wide>", "<narrow>")):
            raise InvalidValueException(
                detail=f"userName holds {character!r}, a full- or half-width form; write the ordinary letter."
            )
        ordinary = unicodedata.normalize("NFKC", character)
        if ordinary != unicodedata.normalize("NFC", character):
            raise InvalidValueException(
                detail=f"userName holds {character!r}, which looks like {ordinary!r}; write that."
            )


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in _INVISIBLE or _IGNORABLE.match(character) is not None


def _check_display_name(name: str) -> None:
    if not any(unicodedata.category(each)[0] not in "CZ" and not _IGNORABLE.match(each) for each in name):
        raise InvalidValueException(detail="displayName must not be blank.")
    if len(name) > MAX_DISPLAY_NAME:
        raise InvalidValueException(detail=f"displayName may have {MAX_DISPLAY_NAME} characters at most.")


def _check_texts(value: Any, attribute: str) -> None:
    if isinstance(value, str):
        if not (value.isascii() and value.isprintable()) and (found := _REFUSED_ANYWHERE.search(value)):
            raise InvalidValueException(
                detail=f"{attribute} holds the control character U+{ord(found[0]):04X}; remove it."
            )
    elif isinstance(value, dict):
        for name, item in value.items():
            _check_texts(item, f"{attribute}.{name}")
    elif isinstance(value, list):
        for item in value:
            _check_texts(item, attribute)
