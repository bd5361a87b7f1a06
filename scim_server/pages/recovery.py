"""The pages by which people make an account by themselves, or choose a new password."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scim_server.accounts.errors import AccountError
from scim_server.accounts.recovery import ask_for_account, ask_for_reset, register, reset_password
from scim_server.accounts.register import read_account
from scim_server.accounts.secret_links import read_link
from scim_server.pages.forms import errors_of, reading, sent
from scim_server.pages.language import _
from scim_server.pages.sign_in import finish
from scim_server.pages.site import Site


def recovery_blueprint(site: Site) -> Blueprint:
    """Return the blueprint of ``/forgotten-password``, ``/reset-password``, and ``/create-account``."""
    blueprint = Blueprint("recovery", __name__)
    _add_forgotten(site, blueprint)
    _add_reset(site, blueprint)
    _add_creation(site, blueprint)
    _add_registration(site, blueprint)
    return site.open(blueprint)


def _add_forgotten(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/forgotten-password")
    def forgotten() -> ResponseReturnValue:
        return render_template("recovery/ask.html", what="reset", email="", errors={})

    @blueprint.post("/forgotten-password")
    def ask_reset() -> ResponseReturnValue:
        email = sent("email")
        try:
            ask_for_reset(site.database, email, request.remote_addr or "", site.settings.base_url)
        except AccountError as error:
            return render_template(
                "recovery/ask.html", what="reset", email=email, errors=errors_of(error, "email")
            ), 400
        return render_template("recovery/sent.html", email=email)


def _add_reset(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/reset-password/<secret>")
    def reset(secret: str) -> ResponseReturnValue:
        proof = reading(site, lambda transaction: read_link(transaction, secret, "reset"))
        return render_template("recovery/reset.html", email=proof.email, errors={})

    @blueprint.post("/reset-password/<secret>")
    def choose(secret: str) -> ResponseReturnValue:
        proof = reading(site, lambda transaction: read_link(transaction, secret, "reset"))
        try:
            reset_password(site.database, secret, sent("password"), g.request_id)
        except AccountError as error:
            errors = errors_of(error, "password")
            return render_template("recovery/reset.html", email=proof.email, errors=errors), 400
        flash(_("Your password was changed. Sign in with the new one."), "success")
        return redirect(url_for("sign_in.form"), 303)


def _add_creation(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/create-account")
    def create() -> ResponseReturnValue:
        return render_template("recovery/ask.html", what="account", email="", errors={})

    @blueprint.post("/create-account")
    def ask_account() -> ResponseReturnValue:
        email = sent("email")
        try:
            ask_for_account(site.database, email, request.remote_addr or "", site.settings.base_url)
        except AccountError as error:
            errors = errors_of(error, "email")
            return render_template("recovery/ask.html", what="account", email=email, errors=errors), 400
        return render_template("recovery/sent.html", email=email)


def _add_registration(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/create-account/<secret>")
    def registration(secret: str) -> ResponseReturnValue:
        proof = reading(site, lambda transaction: read_link(transaction, secret, "registration"))
        return render_template("recovery/register.html", email=proof.email, name="", organisation=None, errors={})

    @blueprint.post("/create-account/<secret>")
    def make(secret: str) -> ResponseReturnValue:
        proof = reading(site, lambda transaction: read_link(transaction, secret, "registration"))
        name = sent("name")
        try:
            account_id = register(site.database, secret, name=name, password=sent("password"))
        except AccountError as error:
            shown = {"email": proof.email, "name": name, "organisation": None, "errors": errors_of(error, "name")}
            return render_template("recovery/register.html", **shown), 400
        account = reading(site, lambda transaction: read_account(transaction, account_id))
        assert account is not None
        finish(site, account, second_factor=False)
        return redirect(site.landing(), 303)
