"""The page that an invitation leads to: it links what a school provisions to the person's account."""

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from scim_server.accounts.errors import AccountError
from scim_server.accounts.invitations import Invited, accept, invited
from scim_server.accounts.passwords import check_password, hash_password
from scim_server.accounts.register import Account, check_name, create_account, find_account, read_account
from scim_server.accounts.secret_links import Proof, read_link, use_link
from scim_server.db import Transaction
from scim_server.pages.forms import errors_of, reading, sent, writing
from scim_server.pages.language import _
from scim_server.pages.sign_in import finish
from scim_server.pages.site import Site


def joining_blueprint(site: Site) -> Blueprint:
    """Return the blueprint of ``/invitation/<secret>``."""
    blueprint = Blueprint("joining", __name__)

    @blueprint.get("/invitation/<secret>")
    def page(secret: str) -> ResponseReturnValue:
        proof, to = _read(site, secret)
        known = reading(site, lambda transaction: find_account(transaction, proof.email))
        if g.signed_in is not None:
            other = known is not None and known.id != g.signed_in.account.id
            return render_template("joining/join.html", email=proof.email, organisation=to.organisation, other=other)
        if known is not None:
            return redirect(url_for("sign_in.form", next=url_for("joining.page", secret=secret)), 303)
        shown = {"email": proof.email, "name": to.name, "organisation": to.organisation}
        return render_template("recovery/register.html", **shown, errors={})

    @blueprint.post("/invitation/<secret>")
    def answer(secret: str) -> ResponseReturnValue:
        if g.signed_in is None:
            return _join_anew(site, secret)
        account: Account = g.signed_in.account
        writing(site, lambda transaction: accept(transaction, use_link(transaction, secret, "invitation"), account))
        flash(_("You have been added."), "success")
        return redirect(site.landing(), 303)

    return site.open(blueprint)


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
        accept(transaction, used, account)
        return account

    return writing(site, made)


def _read(site: Site, secret: str) -> tuple[Proof, Invited]:
    def read(transaction: Transaction) -> tuple[Proof, Invited]:
        proof = read_link(transaction, secret, "invitation")
        return proof, invited(transaction, proof)

    return reading(site, read)
