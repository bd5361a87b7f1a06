"""What is wrong with what somebody asks of an account, in words for that person."""


class AccountError(Exception):
    """Something cannot be done; the text says what to do instead. ``field`` names the input it is about, if any.

    The text in English is ``str(error)``; pages translate it from ``message`` and ``values``.
    """

    def __init__(self, message: str, field: str | None = None, **values: object) -> None:
        """Say what to do instead, with values in the places of a message such as ``%(number)s``."""
        super().__init__(message % values if values else message)
        self.message = message
        self.values = values
        self.field = field


class TooManyAttempts(AccountError):  # noqa: N818 - an answer to a person
    """Somebody tried too often; the text says when to try again."""
