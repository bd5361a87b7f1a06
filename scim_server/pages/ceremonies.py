"""What pages share about passkeys: what a browser is to sign, and that it answers soon."""

import time
from collections.abc import Callable
from typing import Any

from flask import jsonify
from flask import session as cookie
from flask.typing import ResponseReturnValue

from scim_server.accounts.errors import AccountError
from scim_server.accounts.passkeys import Ceremony
from scim_server.pages.language import words

_CHALLENGE = "challenge"
_SECONDS = 300


def begin_ceremony(ceremony: Ceremony) -> ResponseReturnValue:
    """Answer what a browser is to do with a passkey, and remember the challenge for five minutes."""
    cookie[_CHALLENGE] = {"challenge": ceremony.challenge, "at": int(time.time())}
    return ceremony.options, 200, {"Content-Type": "application/json"}


def challenge_given() -> str:
    """Return the challenge that a browser was given lately, which is good for one answer, or nothing."""
    given: Any = cookie.pop(_CHALLENGE, None)
    if not isinstance(given, dict) or time.time() - given["at"] > _SECONDS:
        return ""
    return str(given["challenge"])


def answer_ceremony(work: Callable[[], str]) -> ResponseReturnValue:
    """Answer where to go once a browser's answer was right, or why it was not."""
    try:
        return jsonify(location=work())
    except AccountError as error:
        return jsonify(detail=words(error)), 400
