"""The pages about how a person signs in, and where they are signed in."""

from collections.abc import Callable
from functools import partial

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from scim_server.accounts import passkeys, second_factors, sessions
from scim_server.accounts.errors import AccountError
from scim_server.accounts.events import note
from scim_server.accounts.passkeys import RelyingParty
from scim_server.accounts.passwords import check_password, hash_password
from scim_server.accounts.recovery import change_password
from scim_server.accounts.register import Account, hold_account, read_account
from scim_server.accounts.second_factors import Seal
from scim_server.accounts.signing_in import PasswordSignIn
from scim_server.db import Transaction
from scim_server.pages.forms import errors_of, reading, sent, writing
from scim_server.pages.language import _, words
from scim_server.pages.sign_in import browser
from scim_server.pages.signed_in import SECRET, must_have_second_factor
from scim_server.pages.site import Site, safe_path


def security_blueprint(site: Site) -> Blueprint:
    """Return the blueprint of the pages about signing in that need a second factor when one is required."""
    blueprint = Blueprint("security", __name__, url_prefix="/account/security")

    @blueprint.get("")
    def overview() -> ResponseReturnValue:
        return render_template("security/overview.html", **_shown(site))

    _add_removals(site, blueprint)
    _add_recovery_codes(site, blueprint)
    _add_password(site, blueprint)
    _add_sessions(site, blueprint)
    site.protect(blueprint)
    blueprint.before_request(site.require_fresh)
    return blueprint


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


def _add_removals(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/app/remove")
    def app() -> ResponseReturnValue:
        _account_with_app(site)
        return render_template("security/remove.html", passkey=None)

    @blueprint.post("/app/remove")
    def remove_app() -> ResponseReturnValue:
        return _removed(site, partial(second_factors.remove_app, account=_account_with_app(site)))

    @blueprint.get("/passkey/remove")
    def passkey() -> ResponseReturnValue:
        return render_template("security/remove.html", passkey=_passkey(site))

    @blueprint.post("/passkey/remove")
    def remove_passkey() -> ResponseReturnValue:
        account, passkey_id = site.person().account, _passkey(site).id
        return _removed(site, partial(passkeys.remove_passkey, account=account, passkey_id=passkey_id))


def _account_with_app(site: Site) -> Account:
    account = site.person().account
    return account if account.has_totp else abort(404)


def _passkey(site: Site) -> passkeys.Passkey:
    """Return the passkey that the address of the page names, when it is the person's."""
    known = reading(site, lambda t: passkeys.list_passkeys(t, site.person().account))
    return next((each for each in known if each.id == request.args.get("passkey")), None) or abort(404)


def _removed(site: Site, remove: Callable[[Transaction], None]) -> ResponseReturnValue:
    person = site.person()

    def removed(transaction: Transaction) -> None:
        hold_account(transaction, person.account.id)
        remove(transaction)
        left = read_account(transaction, person.account.id)
        assert left is not None, "The account is held."
        if not left.has_second_factor:
            if must_have_second_factor(transaction, left, person.links, site.extensions):
                raise AccountError(
                    _("What you have access to needs a second factor. Set up another before you remove this one.")
                )
            second_factors.forget_second_factors(transaction, left)
        note(transaction, person.account, "second-factor-removed", g.request_id)

    writing(site, removed)
    flash(_("It was removed."), "success")
    return redirect(url_for("security.overview"), 303)


def _add_recovery_codes(site: Site, blueprint: Blueprint) -> None:
    seal = Seal(site.settings.signing_secret)

    @blueprint.get("/recovery-codes")
    def recovery_codes() -> ResponseReturnValue:
        left = reading(site, lambda t: second_factors.count_recovery_codes(t, site.person().account))
        return render_template("security/new_codes.html", left=left, next=_next())

    @blueprint.post("/recovery-codes")
    def make() -> ResponseReturnValue:
        account = site.person().account
        if not account.has_second_factor:
            raise AccountError(_("Recovery codes stand in for a second factor. Set one up first."))

        def made(transaction: Transaction) -> list[str]:
            note(transaction, account, "recovery-codes-made", g.request_id)
            return second_factors.make_recovery_codes(transaction, seal, account)

        return render_template("security/codes.html", codes=writing(site, made), next=_next())


def _next() -> str:
    return safe_path(request.args.get("next") or url_for("security.overview"))


def _add_password(site: Site, blueprint: Blueprint) -> None:
    passwords = PasswordSignIn(site.database)

    @blueprint.get("/password")
    def password() -> ResponseReturnValue:
        return _password_page(site)

    @blueprint.post("/password")
    def change() -> ResponseReturnValue:
        person, new = site.person(), sent("password")
        account, here = person.account, person.session.id_hash
        try:
            passwords.account(account.emails[0], sent("current"), browser())
        except AccountError as error:
            return _password_page(site, {"current": words(error)}), 400
        try:
            check_password(new, about=(account.name, *account.emails))
        except AccountError as error:
            return _password_page(site, errors_of(error, "password")), 400
        hashed = hash_password(new)

        def changed(transaction: Transaction) -> str:
            change_password(transaction, account, hashed, g.request_id, but=here)
            return sessions.prove_again(transaction, person.session)

        cookie[SECRET] = writing(site, changed)
        flash(_("Your password was changed, and you were signed out everywhere else."), "success")
        return redirect(url_for("security.overview"), 303)


def _password_page(site: Site, errors: dict[str, str] | None = None) -> str:
    return render_template("security/password.html", account=site.person().account, errors=errors or {})


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
