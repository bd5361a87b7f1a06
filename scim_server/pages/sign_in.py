"""The pages by which people sign in and out."""

import time
from hashlib import sha256
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from scim_server.accounts import sessions
from scim_server.accounts.errors import AccountError
from scim_server.accounts.passkeys import RelyingParty
from scim_server.accounts.register import Account, read_account
from scim_server.accounts.signing_in import Browser, PasswordSignIn, signed_in
from scim_server.pages.language import words
from scim_server.pages.signed_in import SECRET
from scim_server.pages.site import Site, safe_path

_HALF = "half"
_HALF_SECONDS = 600


def sign_in_blueprint(site: Site) -> Blueprint:
    """Return the blueprint of ``/sign-in`` and ``/sign-out``."""
    blueprint = Blueprint("sign_in", __name__)
    passwords, party = PasswordSignIn(site.database), RelyingParty(site.settings.base_url)

    @blueprint.get("/sign-in")
    def form() -> ResponseReturnValue:
        return _form(party)

    @blueprint.post("/sign-in")
    def submit() -> ResponseReturnValue:
        email, password = request.form.get("email", ""), request.form.get("password", "")
        try:
            account = passwords.account(email, password, browser())
        except AccountError as error:
            return _form(party, email=email, error=words(error)), 401
        if account.has_second_factor:
            begin_half(site, account)
            return redirect(url_for("second_factor.form", next=request.args.get("next")), 303)
        finish(site, account, second_factor=False)
        return redirect(safe_path(request.args.get("next") or site.landing()), 303)

    @blueprint.post("/sign-out")
    def sign_out() -> ResponseReturnValue:
        end_here(site)
        return redirect(url_for("sign_in.form", signed_out="yes"), 303)

    return site.open(blueprint)


def browser() -> Browser:
    """Return from where a request comes."""
    return Browser(request.headers.get("User-Agent", ""), request.remote_addr or "")


def begin_half(site: Site, account: Account) -> None:
    """Remember for ten minutes that a person gave the right password, and owes a second factor."""
    end_here(site)
    cookie[_HALF] = {"account": account.id, "at": int(time.time()), "password": _mark(account)}


def half_signed_in(site: Site) -> Account | None:
    """Return who gave the right password and owes a second factor, or None; another password ends it."""
    half: Any = cookie.get(_HALF)
    if not isinstance(half, dict) or time.time() - half["at"] > _HALF_SECONDS:
        return None
    account = site.database.run(lambda reading: read_account(reading, half["account"]), writing=False)
    return account if account is not None and half["password"] == _mark(account) else None


def _mark(account: Account) -> str:
    """Return what changes with a password, and tells nothing of it."""
    return sha256(str(account.password_hash).encode()).hexdigest()[:16]


def finish(site: Site, account: Account, *, second_factor: bool) -> None:
    """Sign a person in: whatever the browser held before is forgotten, its anti-forgery token included."""
    end_here(site)
    cookie[SECRET] = signed_in(
        site.database, account, browser(), second_factor=second_factor, request_id=g.get("request_id")
    )


def end_here(site: Site) -> None:
    """End the session of this browser, if there is one."""
    secret = cookie.pop(SECRET, None)
    cookie.clear()
    if isinstance(secret, str):
        site.database.run(lambda transaction: sessions.end_secret(transaction, secret), writing=True)


def _form(party: RelyingParty, *, email: str = "", error: str | None = None) -> str:
    signed_out = request.args.get("signed_out") == "yes"
    return render_template(
        "sign_in/form.html", email=email, error=error, signed_out=signed_out, passkeys=party.offers_passkeys
    )
