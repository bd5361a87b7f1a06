"""The pages by which people sign in and out."""

import time
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from scim_server.accounts import sessions
from scim_server.accounts.errors import AccountError
from scim_server.accounts.events import note
from scim_server.accounts.register import Account, read_account
from scim_server.accounts.signing_in import Browser, PasswordSignIn, signed_in
from scim_server.pages.signed_in import SECRET
from scim_server.pages.site import Site, safe_path

_HALF = "half"
_HALF_SECONDS = 600


def sign_in_blueprint(site: Site) -> Blueprint:
    """Return the blueprint of ``/sign-in``, ``/sign-in/again`` and ``/sign-out``."""
    blueprint = Blueprint("sign_in", __name__)
    passwords = PasswordSignIn(site.database)

    @blueprint.get("/sign-in")
    def form() -> ResponseReturnValue:
        return _form()

    @blueprint.post("/sign-in")
    def submit() -> ResponseReturnValue:
        email, password = request.form.get("email", ""), request.form.get("password", "")
        try:
            account = passwords.account(email, password, browser())
        except AccountError as error:
            return _form(email=email, error=str(error)), 401
        if account.has_second_factor:
            begin_half(account)
            return redirect(url_for("second_factor.form", next=request.args.get("next")), 303)
        finish(site, account, second_factor=False)
        site.database.run(lambda transaction: note(transaction, account, "sign-in", g.request_id), writing=True)
        return redirect(safe_path(request.args.get("next") or site.landing()), 303)

    @blueprint.post("/sign-out")
    def sign_out() -> ResponseReturnValue:
        end_here(site)
        return redirect(url_for("sign_in.form", signed_out="yes"), 303)

    return site.open(blueprint)


def again_blueprint(site: Site) -> Blueprint:
    """Return the blueprint of the page on which people who are signed in give their password again (step-up)."""
    blueprint = Blueprint("again", __name__)
    passwords = PasswordSignIn(site.database)

    @blueprint.get("/sign-in/again")
    def form() -> ResponseReturnValue:
        return render_template("sign_in/again.html", account=site.person().account)

    @blueprint.post("/sign-in/again")
    def submit() -> ResponseReturnValue:
        person = site.person()
        try:
            passwords.account(person.account.emails[0], request.form.get("password", ""), browser())
        except AccountError as error:
            return render_template("sign_in/again.html", account=person.account, error=str(error)), 401
        site.database.run(lambda transaction: sessions.prove_again(transaction, person.session), writing=True)
        return redirect(safe_path(request.args.get("next") or site.landing()), 303)

    return site.protect(blueprint)


def browser() -> Browser:
    """Return from where a request comes."""
    return Browser(request.headers.get("User-Agent", ""), request.remote_addr or "")


def begin_half(account: Account) -> None:
    """Remember for ten minutes that a person gave the right password, and owes a second factor."""
    cookie.clear()
    cookie[_HALF] = {"account": account.id, "at": int(time.time())}


def half_signed_in(site: Site) -> Account | None:
    """Return who gave the right password and owes a second factor, or None."""
    half: Any = cookie.get(_HALF)
    if not isinstance(half, dict) or time.time() - half["at"] > _HALF_SECONDS:
        return None
    return site.database.run(lambda reading: read_account(reading, half["account"]), writing=False)


def finish(site: Site, account: Account, *, second_factor: bool) -> None:
    """Sign a person in: whatever the browser held before is forgotten, its anti-forgery token included."""
    end_here(site)
    cookie[SECRET] = signed_in(site.database, account, browser(), second_factor=second_factor)


def end_here(site: Site) -> None:
    """End the session of this browser, if there is one."""
    secret = cookie.pop(SECRET, None)
    cookie.clear()
    if isinstance(secret, str):
        site.database.run(lambda transaction: sessions.end_secret(transaction, secret), writing=True)


def _form(*, email: str = "", error: str | None = None) -> str:
    return render_template(
        "sign_in/form.html", email=email, error=error, signed_out=request.args.get("signed_out") == "yes"
    )
