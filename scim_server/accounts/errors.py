"""What is wrong with what somebody asks of an account, in words for that person."""


class AccountError(Exception):
    """Something cannot be done; the text says what to do instead. ``field`` names the input it is about, if any."""

    def __init__(self, message: str, field: str | None = None) -> None:
        """Say what to do instead."""
        super().__init__(message)
        self.field = field


class TooManyAttempts(AccountError):  # noqa: N818 - an answer to a person
    """Somebody tried too often; the text says when to try again."""
