"""The cookie that browsers bring; directories bring none, and their requests should not pay for it."""

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin


class BrowserSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, which costs a request nothing that neither brings nor asks for one."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return what the cookie of a request holds."""
        return super().open_session(app, request) if "HTTP_COOKIE" in request.environ else self.session_class()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Give the browser its cookie, when there is anything to say about it."""
        if session or session.accessed or session.modified:
            super().save_session(app, session, response)
