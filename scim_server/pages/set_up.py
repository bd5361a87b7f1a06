"""The pages on which people set up an authenticator app or a passkey."""

import io

import segno
from flask import Blueprint, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from scim_server.accounts import second_factors, sessions
from scim_server.accounts.errors import AccountError
from scim_server.accounts.events import note
from scim_server.accounts.passkeys import RelyingParty
from scim_server.accounts.second_factors import Seal
from scim_server.db import Transaction
from scim_server.pages.ceremonies import answer_ceremony, begin_ceremony, challenge_given
from scim_server.pages.forms import reading, sent, writing
from scim_server.pages.language import words
from scim_server.pages.signed_in import SECRET
from scim_server.pages.site import Site, safe_path


def set_up_blueprint(site: Site) -> Blueprint:
    """Return the blueprint of the pages that set up a second factor, which people see who have none yet."""
    blueprint = Blueprint("set_up", __name__, url_prefix="/account/security")
    _add_app(site, blueprint)
    _add_passkeys(site, blueprint)
    return site.protect(blueprint, before_second_factor=True)


def _guard(site: Site) -> ResponseReturnValue | None:
    """Return the way to what a person must give first: the password again, or the second factor they have."""
    person = site.person()
    if person.needs_second_factor and person.account.has_second_factor:
        return redirect(url_for("required.page", next=request.args.get("next")), 303)
    return site.require_fresh()


def _add_app(site: Site, blueprint: Blueprint) -> None:
    seal = Seal(site.settings.signing_secret)

    @blueprint.get("/app")
    def app() -> ResponseReturnValue:
        return _guard(site) or _app_page(site, seal, second_factors.new_secret())

    @blueprint.post("/app")
    def add_app() -> ResponseReturnValue:
        if (first := _guard(site)) is not None:
            return first
        account = site.person().account
        secret = seal.open(sent("sealed"), account.id) or second_factors.new_secret()
        try:
            cookie[SECRET], codes = writing(site, lambda t: _added_app(site, t, seal, secret, sent("code", 40)))
        except AccountError as error:
            return _app_page(site, seal, secret, words(error)), 400
        return render_template("security/codes.html", codes=codes, next=safe_path(request.args.get("next")))


def _added_app(site: Site, transaction: Transaction, seal: Seal, secret: str, code: str) -> tuple[str, list[str]]:
    """Return the new secret of the session, and the recovery codes."""
    person = site.person()
    second_factors.add_app(transaction, seal, person.account, secret, code)
    sessions.end_sessions(transaction, person.account.id, but=person.session.id_hash)
    note(transaction, person.account, "second-factor-added", g.request_id)
    codes = second_factors.make_recovery_codes(transaction, seal, person.account)
    return sessions.prove_again(transaction, person.session, second_factor=True), codes


def _app_page(site: Site, seal: Seal, secret: str, error: str | None = None) -> str:
    account = site.person().account
    picture = io.BytesIO()
    segno.make(second_factors.address_of(secret, account.emails[0])).save(picture, kind="svg", scale=4, border=4)
    groups = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
    return render_template(
        "security/app.html",
        picture=picture.getvalue(),
        secret=groups,
        sealed=seal.close(secret, account.id),
        replaces=account.has_totp,
        error=error,
    )


def _add_passkeys(site: Site, blueprint: Blueprint) -> None:
    party = RelyingParty(site.settings.base_url)

    @blueprint.get("/passkey")
    def passkey() -> ResponseReturnValue:
        return _guard(site) or render_template("security/passkey.html", offers_passkeys=party.offers_passkeys)

    @blueprint.post("/passkey/options")
    def options() -> ResponseReturnValue:
        if (first := _guard(site)) is not None:
            return first
        return begin_ceremony(reading(site, lambda t: party.begin_adding(t, site.person().account)))

    @blueprint.post("/passkey")
    def add_passkey() -> ResponseReturnValue:
        if (first := _guard(site)) is not None:
            return first
        challenge, credential = challenge_given(), request.get_json(silent=True)
        name = request.args.get("name", "")

        def added(transaction: Transaction) -> tuple[str, int]:
            person = site.person()
            party.add(transaction, person.account, challenge, credential, name)
            note(transaction, person.account, "second-factor-added", g.request_id)
            codes = second_factors.count_recovery_codes(transaction, person.account)
            return sessions.prove_again(transaction, person.session, second_factor=True), codes

        def made() -> str:
            cookie[SECRET], codes = writing(site, added)
            next_page = safe_path(request.args.get("next") or url_for("security.overview"))
            return next_page if codes else url_for("security.recovery_codes", next=next_page)

        return answer_ceremony(made)
