"""What every page shares: who is signed in, protection, design, and the way to the SCIM service."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flask import Blueprint, Flask, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect

from scim_server.accounts.register import Link
from scim_server.connections.tenants import tenant_exists
from scim_server.db import Database
from scim_server.extension import Principal, ServerExtension
from scim_server.pages.acting import Acting
from scim_server.pages.cookies import BrowserSessions
from scim_server.pages.headers import page_headers
from scim_server.pages.signed_in import SignedIn, find_signed_in, principal_of
from scim_server.protocol.server import ScimServer
from scim_server.settings import Settings


@dataclass(frozen=True)
class Site:
    """Everything that pages are built from."""

    settings: Settings
    database: Database
    server: ScimServer
    extensions: Sequence[ServerExtension]
    csrf: CSRFProtect = field(default_factory=CSRFProtect)

    def person(self) -> SignedIn:
        """Return who is signed in; only pages that :meth:`protect` guards may ask."""
        signed_in = g.signed_in
        assert isinstance(signed_in, SignedIn)
        return signed_in

    def landing(self) -> str:
        """Return the path of the page that people see first."""
        found = (extension.landing() for extension in self.extensions)
        return next((path for path in found if path is not None), "/account")

    def acting(self, tenant: str) -> Acting:
        """Return the way to the SCIM service for a tenant, as whoever of the person's selves reaches it.

        A tenant that none reaches is answered as one that does not exist: 404.
        """
        reaching = self._self_for(tenant)
        if reaching is None or not self._exists(tenant):
            abort(404)
        return Acting(self.server, reaching, tenant, g.get("request_id"))

    def _self_for(self, tenant: str) -> Principal | None:
        """Return as whom the person does most in a tenant: a colleague there may manage it from another one."""
        known = self.person().principals()
        own = [each for each in known if each.tenant == tenant or each.kind == "administrator"]
        if own and (own[0].kind == "administrator" or len(known) == 1):
            return own[0]
        candidates = sorted(known, key=lambda each: each not in own)
        return next((each for each in candidates if self.server.reaches(each, tenant)), next(iter(own), None))

    def acting_as(self, link: Link) -> Acting:
        """Return the way to the SCIM service for the tenant of one of the person's Users, as that User."""
        return Acting(self.server, principal_of(link), link.tenant, g.get("request_id"))

    def _exists(self, tenant: str) -> bool:
        return "\0" not in tenant and self.database.run(lambda reading: tenant_exists(reading, tenant), writing=False)

    def open(self, blueprint: Blueprint) -> Blueprint:
        """Guard the pages of a blueprint that anybody may see: their forms, and what browsers let them do."""

        @blueprint.before_request
        def protect() -> None:
            self.csrf.protect()
            g.signed_in = find_signed_in(self.database, self.extensions)

        blueprint.after_request(page_headers(self.settings))
        return blueprint

    def protect(self, blueprint: Blueprint, *, before_second_factor: bool = False) -> Blueprint:
        """Guard the pages of a blueprint that only people who are signed in may see.

        :param before_second_factor: Whether they may be seen before a second factor that is needed was given.
        """
        self.open(blueprint)

        @blueprint.before_request
        def require_person() -> ResponseReturnValue | None:
            if g.signed_in is None:
                return redirect(url_for("sign_in.form", next=here()), 303)
            if g.signed_in.needs_second_factor and not before_second_factor:
                return redirect(url_for("required.page", next=here()), 303)
            return None

        return blueprint

    def require_fresh(self) -> ResponseReturnValue | None:
        """Return the way to prove oneself again, unless the person did so a short time ago (step-up)."""
        if self.person().session.is_fresh:
            return None
        begun = None if request.method == "GET" else "yes"
        return redirect(url_for("again.form", next=here(), begun=begun), 303)


def here() -> str:
    """Return the page to come back to: the one shown, or for a form the page that it stood on."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    referrer = urlsplit(request.referrer or "")
    return safe_path(referrer.path + (f"?{referrer.query}" if referrer.query else ""))


def safe_path(path: str | None) -> str:
    """Return a path of this site to go to, or ``/``: a link may not lead people elsewhere (no open redirects)."""
    path = path or "/"
    parts = urlsplit(path)
    unsafe = parts.scheme or parts.netloc or not path.startswith("/") or path.startswith("//") or "\\" in path
    return "/" if unsafe or not path.isprintable() else path


def configure(app: Flask, site: Site) -> None:
    """Set how browsers keep the cookie, and how forms are protected."""
    secure = site.settings.base_url.startswith("https:")
    app.config.update(
        SECRET_KEY=site.settings.signing_secret,
        SESSION_COOKIE_NAME="__Host-session" if secure else "session",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_SSL_STRICT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.session_interface = BrowserSessions()
    site.csrf.init_app(app)
