"""The answers to those who are not known, or may not do this, with the challenge that says what to send instead."""

from scim2_models import ForbiddenException, UnauthorizedException

_BEARER, _BASIC = 'Bearer realm="scim"', 'Basic realm="scim", charset="UTF-8"'


class NotAuthenticated(UnauthorizedException):
    """Nobody known is asking: 401."""

    def __init__(self, detail: str, *, challenge: str) -> None:
        """Answer with a challenge (RFC 6750 §3, RFC 7617 §2)."""
        super().__init__(detail=detail)
        self.headers = {"WWW-Authenticate": challenge}


class MissingScope(ForbiddenException):
    """The connection is known, but may not do this: 403."""

    def __init__(self, detail: str, *, scope: str) -> None:
        """Name the scope that is missing (RFC 6750 §3.1)."""
        super().__init__(detail=detail)
        self.headers = {"WWW-Authenticate": f'{_BEARER}, error="insufficient_scope", scope="{scope}"'}


def anonymous() -> NotAuthenticated:
    """Return the answer to a request without credentials, which names no error (RFC 6750 §3.1)."""
    return NotAuthenticated("Send a token in the header Authorization: Bearer <token>.", challenge=_BEARER)


def invalid_token(detail: str) -> NotAuthenticated:
    """Return the answer to a token that is of no use, and why (RFC 6750 §3.1)."""
    challenge = f'{_BEARER}, error="invalid_token", error_description="{detail}"'
    return NotAuthenticated(detail, challenge=challenge)


def wrong_password(detail: str) -> NotAuthenticated:
    """Return the answer to an administrator's name and password that do not belong together."""
    return NotAuthenticated(detail, challenge=_BASIC)
