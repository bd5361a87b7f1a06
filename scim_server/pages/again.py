"""The page on which people who are signed in prove again that it is they, before what is protected (step-up)."""

from flask import Blueprint, g, redirect, render_template, request
from flask import session as cookie
from flask.typing import ResponseReturnValue

from scim_server.accounts.errors import AccountError
from scim_server.accounts.passkeys import RelyingParty
from scim_server.accounts.proving import SecondFactors
from scim_server.accounts.second_factors import Seal
from scim_server.accounts.sessions import prove_again
from scim_server.accounts.signing_in import PasswordSignIn
from scim_server.pages.forms import sent, writing
from scim_server.pages.language import words
from scim_server.pages.sign_in import browser
from scim_server.pages.signed_in import SECRET, SignedIn
from scim_server.pages.site import Site, safe_path


def again_blueprint(site: Site) -> Blueprint:
    """Return the blueprint of ``/sign-in/again``: the password, and a code of the app where there is one."""
    blueprint = Blueprint("again", __name__)
    party = RelyingParty(site.settings.base_url)
    factors = SecondFactors(site.database, Seal(site.settings.signing_secret), party)
    passwords = PasswordSignIn(site.database)

    @blueprint.get("/sign-in/again")
    def form() -> ResponseReturnValue:
        return _page(site.person(), party)

    @blueprint.post("/sign-in/again")
    def submit() -> ResponseReturnValue:
        person, field = site.person(), "password"
        account = person.account
        try:
            passwords.account(account.emails[0], sent("password"), browser())
            if account.has_totp:
                field = "code"
                factors.give_code(account, sent("code", 40), browser().address, g.request_id)
        except AccountError as error:
            return _page(person, party, {field: words(error)}), 401
        cookie[SECRET] = writing(site, lambda t: prove_again(t, person.session, second_factor=account.has_totp))
        return redirect(safe_path(request.args.get("next") or site.landing()), 303)

    # Who sets up a first second factor proves the password again here, and has no other factor to give.
    return site.protect(blueprint, before_second_factor=True)


def _page(person: SignedIn, party: RelyingParty, errors: dict[str, str] | None = None) -> str:
    passkeys = person.account.has_passkey and party.offers_passkeys
    return render_template("sign_in/again.html", account=person.account, passkeys=passkeys, errors=errors or {})
