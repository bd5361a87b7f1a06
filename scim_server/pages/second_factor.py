"""The pages on which people give a second factor, or learn that they need one."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from scim_server.accounts.errors import AccountError
from scim_server.accounts.passkeys import RelyingParty
from scim_server.accounts.proving import SecondFactors
from scim_server.accounts.register import Account
from scim_server.accounts.second_factors import Seal
from scim_server.accounts.sessions import prove_again
from scim_server.pages.ceremonies import answer_ceremony, begin_ceremony, challenge_given
from scim_server.pages.forms import sent, writing
from scim_server.pages.language import _, words
from scim_server.pages.sign_in import begin_half, browser, finish, half_signed_in
from scim_server.pages.signed_in import SECRET
from scim_server.pages.site import Site, safe_path


def second_factor_blueprint(site: Site) -> Blueprint:
    """Return the blueprint of ``/sign-in/second-factor`` and of signing in with a passkey alone."""
    blueprint = Blueprint("second_factor", __name__)
    party = RelyingParty(site.settings.base_url)
    factors = SecondFactors(site.database, Seal(site.settings.signing_secret), party)

    @blueprint.get("/sign-in/second-factor")
    def form() -> ResponseReturnValue:
        account = half_signed_in(site)
        return _ask(account, party) if account else redirect(_beginning(), 303)

    @blueprint.post("/sign-in/second-factor")
    def submit() -> ResponseReturnValue:
        account = half_signed_in(site)
        if account is None:
            return redirect(_beginning(), 303)
        try:
            recovered = factors.give_code(account, sent("code", 40), browser().address, g.request_id)
        except AccountError as error:
            return _ask(account, party, words(error)), 401
        finish(site, account, second_factor=True)
        if recovered:
            flash(_("That recovery code cannot be used again. Check your security settings."), "notice")
        return redirect(safe_path(request.args.get("next") or site.landing()), 303)

    _add_passkeys(site, blueprint, party, factors)
    return site.open(blueprint)


def _beginning() -> str:
    return url_for("sign_in.form", next=request.args.get("next"))


def _add_passkeys(site: Site, blueprint: Blueprint, party: RelyingParty, factors: SecondFactors) -> None:
    @blueprint.post("/sign-in/passkey/options")
    def passkey_options() -> ResponseReturnValue:
        return begin_ceremony(party.begin_signing_in())

    @blueprint.post("/sign-in/passkey")
    def passkey() -> ResponseReturnValue:
        challenge, credential = challenge_given(), request.get_json(silent=True)

        def signed_in() -> str:
            account = factors.use_passkey(challenge, credential, browser().address, g.request_id)
            if g.signed_in is not None and g.signed_in.account.id == account.id:
                again = g.signed_in.session
                cookie[SECRET] = writing(site, lambda t: prove_again(t, again, second_factor=True))
            else:
                finish(site, account, second_factor=True)
            return safe_path(request.args.get("next") or site.landing())

        return answer_ceremony(signed_in)


def required_blueprint(site: Site) -> Blueprint:
    """Return the blueprint of the page that says why a second factor is needed, and how to set one up."""
    blueprint = Blueprint("required", __name__)

    @blueprint.get("/account/security/required")
    def page() -> ResponseReturnValue:
        person = site.person()
        if person.account.has_second_factor and person.needs_second_factor:
            begin_half(site, person.account)
            return redirect(url_for("second_factor.form", next=request.args.get("next")), 303)
        return render_template(
            "second_factor/required.html", passkeys=RelyingParty(site.settings.base_url).offers_passkeys
        )

    return site.protect(blueprint, before_second_factor=True)


def _ask(account: Account, party: RelyingParty, error: str | None = None) -> str:
    passkeys = account.has_passkey and party.offers_passkeys
    return render_template("second_factor/form.html", account=account, passkeys=passkeys, error=error)
