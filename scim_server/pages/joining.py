"""The page that an invitation leads to: it links what a school provisions to the person's account."""

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from scim_server.accounts.accepting import Invited, accept, invited, obstacle
from scim_server.accounts.errors import AccountError
from scim_server.accounts.passwords import check_password, hash_password
from scim_server.accounts.register import Account, check_name, create_account, find_account, read_account
from scim_server.accounts.secret_links import Proof, read_link, use_link
from scim_server.db import Transaction
from scim_server.pages.forms import errors_of, reading, sent, writing
from scim_server.pages.language import _, words
from scim_server.pages.sign_in import finish
from scim_server.pages.site import Site


def joining_blueprint(site: Site) -> Blueprint:
    """Return the blueprint of ``/invitation/<secret>``."""
    blueprint = Blueprint("joining", __name__)

    @blueprint.get("/invitation/<secret>")
    def page(secret: str) -> ResponseReturnValue:
        proof, to = _read(site, secret)
        if g.signed_in is not None:
            return _offer(site, proof, to, g.signed_in.account)
        if reading(site, lambda transaction: find_account(transaction, proof.email)) is not None:
            return redirect(url_for("sign_in.form", next=url_for("joining.page", secret=secret)), 303)
        shown = {"email": proof.email, "name": to.name, "organisation": to.organisation}
        return render_template("recovery/register.html", **shown, errors={})

    @blueprint.post("/invitation/<secret>")
    def answer(secret: str) -> ResponseReturnValue:
        if g.signed_in is None:
            return _join_anew(site, secret)
        account, (proof, _to) = g.signed_in.account, _read(site, secret)
        if not account.owns(proof.email) and (again := site.require_fresh()) is not None:
            return again
        writing(site, lambda t: accept(t, use_link(t, secret, "invitation"), account, g.request_id))
        flash(_("You have been added."), "success")
        return redirect(site.landing(), 303)

    return site.open(blueprint)


def _offer(site: Site, proof: Proof, to: Invited, account: Account) -> str:
    """Ask somebody who is signed in whether the invitation is theirs, or say why their account cannot accept it."""

    def read(transaction: Transaction) -> tuple[Account | None, AccountError | None]:
        return find_account(transaction, proof.email), obstacle(transaction, proof, account)

    known, why_not = reading(site, read)
    shown = {"email": proof.email, "organisation": to.organisation, "is_own": account.owns(proof.email)}
    is_others = known is not None and known.id != account.id
    return render_template("joining/join.html", **shown, is_others=is_others, why_not=why_not and words(why_not))


def _join_anew(site: Site, secret: str) -> ResponseReturnValue:
    proof, to = _read(site, secret)
    name, password = sent("name"), sent("password")
    try:
        account = _made(site, secret, proof, name, password)
    except AccountError as error:
        shown = {"email": proof.email, "name": name, "organisation": to.organisation}
        return render_template("recovery/register.html", **shown, errors=errors_of(error, "name")), 400
    finish(site, account, second_factor=False)
    return redirect(site.landing(), 303)


def _made(site: Site, secret: str, proof: Proof, name: str, password: str) -> Account:
    """Return a new account that accepted an invitation."""
    name = check_name(name)
    check_password(password, about=(name, proof.email))
    hashed = hash_password(password)

    def made(transaction: Transaction) -> Account:
        used = use_link(transaction, secret, "invitation")
        account_id = create_account(transaction, name=name, email=used.email, password_hash=hashed)
        account = read_account(transaction, account_id)
        assert account is not None
        accept(transaction, used, account, g.request_id)
        return account

    return writing(site, made)


def _read(site: Site, secret: str) -> tuple[Proof, Invited]:
    def read(transaction: Transaction) -> tuple[Proof, Invited]:
        proof = read_link(transaction, secret, "invitation")
        return proof, invited(transaction, proof)

    return reading(site, read)
