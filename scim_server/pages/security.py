"""The pages about how a person signs in, and where they are signed in."""

import io
from collections.abc import Callable
from functools import partial

import segno
from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scim_server.accounts import passkeys, second_factors, sessions
from scim_server.accounts.errors import AccountError
from scim_server.accounts.events import note
from scim_server.accounts.passkeys import RelyingParty
from scim_server.accounts.passwords import check_password, hash_password
from scim_server.accounts.register import Account, set_password
from scim_server.accounts.second_factors import Seal
from scim_server.accounts.signing_in import PasswordSignIn
from scim_server.db import Transaction
from scim_server.pages.forms import errors_of, reading, sent, writing
from scim_server.pages.language import _
from scim_server.pages.second_factor import answer_ceremony, begin_ceremony, challenge_given
from scim_server.pages.sign_in import browser
from scim_server.pages.signed_in import must_have_second_factor
from scim_server.pages.site import Site, safe_path


def security_blueprint(site: Site) -> Blueprint:
    """Return the blueprint of the pages about signing in that need a second factor when one is required."""
    blueprint = Blueprint("security", __name__, url_prefix="/account/security")

    @blueprint.get("")
    def overview() -> ResponseReturnValue:
        return site.require_fresh() or render_template("security/overview.html", **_shown(site))

    _add_removals(site, blueprint)
    _add_password(site, blueprint)
    _add_sessions(site, blueprint)
    return site.protect(blueprint)


def set_up_blueprint(site: Site) -> Blueprint:
    """Return the blueprint of the pages that set up a second factor, which people see who have none yet."""
    blueprint = Blueprint("set_up", __name__, url_prefix="/account/security")
    _add_app(site, blueprint)
    _add_passkeys(site, blueprint)
    return site.protect(blueprint, before_second_factor=True)


def _shown(site: Site) -> dict[str, object]:
    person = site.person()

    def read(transaction: Transaction) -> dict[str, object]:
        return {
            "person": person,
            "passkeys": passkeys.list_passkeys(transaction, person.account),
            "codes": second_factors.count_recovery_codes(transaction, person.account),
            "sessions": sessions.list_sessions(transaction, person.account.id),
            "offers_passkeys": RelyingParty(site.settings.base_url).offers_passkeys,
        }

    return reading(site, read)


# -- Setting up ---------------------------------------------------------------


def _guard(site: Site) -> ResponseReturnValue | None:
    """Return the way to what a person must give first: the password again, or the second factor they have."""
    person = site.person()
    if person.needs_second_factor and person.account.has_second_factor:
        return redirect(url_for("required.page"), 303)
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
            codes = writing(site, lambda t: _added_app(site, t, seal, secret, sent("code", 40)))
        except AccountError as error:
            return _app_page(site, seal, secret, str(error)), 400
        return render_template("security/codes.html", codes=codes, next=safe_path(request.args.get("next")))


def _added_app(site: Site, transaction: Transaction, seal: Seal, secret: str, code: str) -> list[str]:
    person = site.person()
    second_factors.add_app(transaction, seal, person.account, secret, code)
    sessions.prove_again(transaction, person.session, second_factor=True)
    sessions.end_sessions(transaction, person.account.id, but=person.session.id_hash)
    note(transaction, person.account, "second-factor-added", g.request_id)
    return second_factors.make_recovery_codes(transaction, person.account)


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
        person, challenge, name = site.person(), challenge_given(), request.args.get("name", "")

        def added(transaction: Transaction) -> str:
            party.add(transaction, person.account, challenge, request.get_json(silent=True), name)
            sessions.prove_again(transaction, person.session, second_factor=True)
            note(transaction, person.account, "second-factor-added", g.request_id)
            return safe_path(request.args.get("next") or url_for("security.overview"))

        return answer_ceremony(lambda: writing(site, added))


# -- Changing -----------------------------------------------------------------


def _add_removals(site: Site, blueprint: Blueprint) -> None:
    @blueprint.post("/app/remove")
    def remove_app() -> ResponseReturnValue:
        account = site.person().account
        return _removed(site, lambda t: second_factors.remove_app(t, account), has_another=account.has_passkey)

    @blueprint.post("/passkey/remove")
    def remove_passkey() -> ResponseReturnValue:
        account = site.person().account
        others = len(reading(site, lambda t: passkeys.list_passkeys(t, account))) > 1
        remove = partial(passkeys.remove_passkey, account=account, passkey_id=sent("passkey"))
        return _removed(site, remove, has_another=others or account.has_totp)

    @blueprint.post("/recovery-codes")
    def codes() -> ResponseReturnValue:
        if (again := site.require_fresh()) is not None:
            return again
        made = writing(site, lambda t: second_factors.make_recovery_codes(t, site.person().account))
        return render_template("security/codes.html", codes=made, next=url_for("security.overview"))


def _removed(site: Site, remove: Callable[[Transaction], None], *, has_another: bool) -> ResponseReturnValue:
    person = site.person()
    if (again := site.require_fresh()) is not None:
        return again
    links, extensions = person.links, site.extensions
    needed = reading(site, lambda t: must_have_second_factor(t, person.account, links, extensions))
    if needed and not has_another:
        raise AccountError(
            _("What you have access to needs a second factor. Set up another before you remove this one.")
        )

    def removed(transaction: Transaction) -> None:
        remove(transaction)
        note(transaction, person.account, "second-factor-removed", g.request_id)

    writing(site, removed)
    flash(_("It was removed."), "success")
    return redirect(url_for("security.overview"), 303)


def _add_password(site: Site, blueprint: Blueprint) -> None:
    passwords = PasswordSignIn(site.database)

    @blueprint.get("/password")
    def password() -> ResponseReturnValue:
        return render_template("security/password.html", account=site.person().account, errors={})

    @blueprint.post("/password")
    def change() -> ResponseReturnValue:
        person = site.person()
        account, new = person.account, sent("password")
        try:
            passwords.account(account.emails[0], sent("current"), browser())
        except AccountError as error:
            errors = {"current": str(error)}
            return render_template("security/password.html", account=account, errors=errors), 400
        try:
            check_password(new, about=(account.name, *account.emails))
        except AccountError as error:
            errors = errors_of(error, "password")
            return render_template("security/password.html", account=account, errors=errors), 400
        hashed = hash_password(new)
        writing(site, lambda t: _changed_password(t, account, hashed, person.session.id_hash))
        flash(_("Your password was changed, and you were signed out everywhere else."), "success")
        return redirect(url_for("security.overview"), 303)


def _changed_password(transaction: Transaction, account: Account, hashed: str, here: str) -> None:
    set_password(transaction, account.id, hashed)
    sessions.end_sessions(transaction, account.id, but=here)
    note(transaction, account, "password-changed", g.request_id)


def _add_sessions(site: Site, blueprint: Blueprint) -> None:
    @blueprint.post("/sessions/end")
    def end() -> ResponseReturnValue:
        writing(site, lambda t: sessions.end_session(t, site.person().account.id, sent("session")))
        flash(_("Signed out there."), "success")
        return redirect(url_for("security.overview"), 303)

    @blueprint.post("/sessions/end-others")
    def end_others() -> ResponseReturnValue:
        person = site.person()
        writing(site, lambda t: sessions.end_sessions(t, person.account.id, but=person.session.id_hash))
        flash(_("You are signed out everywhere else."), "success")
        return redirect(url_for("security.overview"), 303)
