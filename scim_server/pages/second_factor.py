"""The pages on which people give a second factor, or learn that they need one."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from scim_server.accounts.errors import AccountError
from scim_server.accounts.events import note
from scim_server.accounts.passkeys import RelyingParty
from scim_server.accounts.register import Account
from scim_server.accounts.second_factors import Seal, check_code
from scim_server.accounts.sessions import prove_again
from scim_server.accounts.throttle import ensure_not_throttled, forget_failures, keys_of, note_failure
from scim_server.db import Transaction
from scim_server.pages.forms import reading, sent, writing
from scim_server.pages.language import _
from scim_server.pages.sign_in import begin_half, browser, finish, half_signed_in
from scim_server.pages.site import Site, safe_path

_CHALLENGE = "challenge"


def second_factor_blueprint(site: Site) -> Blueprint:
    """Return the blueprint of ``/sign-in/second-factor`` and of signing in with a passkey alone."""
    blueprint = Blueprint("second_factor", __name__)
    seal, party = Seal(site.settings.signing_secret), RelyingParty(site.settings.base_url)

    @blueprint.get("/sign-in/second-factor")
    def form() -> ResponseReturnValue:
        account = half_signed_in(site)
        return _ask(account, party) if account else redirect(url_for("sign_in.form"), 303)

    @blueprint.post("/sign-in/second-factor")
    def submit() -> ResponseReturnValue:
        account = half_signed_in(site)
        if account is None:
            return redirect(url_for("sign_in.form"), 303)
        try:
            _check(site, seal, account, sent("code", 40))
        except AccountError as error:
            return _ask(account, party, str(error)), 401
        finish(site, account, second_factor=True)
        return redirect(safe_path(request.args.get("next") or site.landing()), 303)

    _add_passkeys(site, blueprint, party)
    return site.open(blueprint)


def _add_passkeys(site: Site, blueprint: Blueprint, party: RelyingParty) -> None:
    @blueprint.post("/sign-in/passkey/options")
    def passkey_options() -> ResponseReturnValue:
        return begin_ceremony(party.begin_signing_in())

    @blueprint.post("/sign-in/passkey")
    def passkey() -> ResponseReturnValue:
        challenge = cookie.pop(_CHALLENGE, "")

        def used(transaction: Transaction) -> Account:
            account = party.signed_in(transaction, challenge, request.get_json(silent=True))
            note(transaction, account, "sign-in", g.request_id)
            return account

        def signed_in(account: Account) -> str:
            if g.signed_in is not None and g.signed_in.account.id == account.id:
                again = g.signed_in.session
                writing(site, lambda transaction: prove_again(transaction, again, second_factor=True))
            else:
                finish(site, account, second_factor=True)
            return safe_path(request.args.get("next") or site.landing())

        return answer_ceremony(lambda: signed_in(writing(site, used)))


def required_blueprint(site: Site) -> Blueprint:
    """Return the blueprint of the page that says why a second factor is needed, and how to set one up."""
    blueprint = Blueprint("required", __name__)

    @blueprint.get("/account/security/required")
    def page() -> ResponseReturnValue:
        person = site.person()
        if person.account.has_second_factor and person.needs_second_factor:
            begin_half(person.account)
            return redirect(url_for("second_factor.form", next=request.args.get("next")), 303)
        return render_template(
            "second_factor/required.html", passkeys=RelyingParty(site.settings.base_url).offers_passkeys
        )

    return site.protect(blueprint, before_second_factor=True)


def begin_ceremony(ceremony: Any) -> ResponseReturnValue:
    """Answer what a browser is to do with a passkey, and remember the challenge."""
    cookie[_CHALLENGE] = ceremony.challenge
    return ceremony.options, 200, {"Content-Type": "application/json"}


def answer_ceremony(work: Callable[[], str]) -> ResponseReturnValue:
    """Answer where to go once a browser's answer was right, or why it was not."""
    try:
        return jsonify(location=work())
    except AccountError as error:
        return jsonify(detail=str(error)), 400


def challenge_given() -> str:
    """Return the challenge that a browser was given, which is good for one answer."""
    return str(cookie.pop(_CHALLENGE, ""))


def _ask(account: Account, party: RelyingParty, error: str | None = None) -> str:
    passkeys = account.has_passkey and party.offers_passkeys
    return render_template("second_factor/form.html", account=account, passkeys=passkeys, error=error)


def _check(site: Site, seal: Seal, account: Account, code: str) -> None:
    """Accept a code, or count the failure.

    :raises AccountError: When it is not right, or there were too many.
    """
    keys = keys_of("code", account.id, browser().address)
    reading(site, lambda transaction: ensure_not_throttled(transaction, keys))

    def checked(transaction: Transaction) -> bool:
        recovered = check_code(transaction, seal, account, code)
        forget_failures(transaction, keys)
        note(transaction, account, "recovery-code-used" if recovered else "sign-in", g.request_id)
        return recovered

    try:
        recovered = writing(site, checked)
    except AccountError:
        writing(site, lambda transaction: note_failure(transaction, keys))
        raise
    if recovered:
        flash(_("That recovery code cannot be used again. Check your security settings."), "notice")
