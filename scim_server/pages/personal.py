"""The pages about one's own name and e-mail addresses, what is kept, and the end of an account."""

from typing import Literal

import orjson
from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from scim_server.accounts import addresses
from scim_server.accounts.errors import AccountError
from scim_server.accounts.events import note
from scim_server.accounts.register import delete_account, rename_account
from scim_server.accounts.secret_links import Purpose
from scim_server.accounts.takeout import everything_about
from scim_server.db import Transaction
from scim_server.pages.forms import errors_of, reading, sent, writing
from scim_server.pages.language import _
from scim_server.pages.sign_in import end_here
from scim_server.pages.site import Site


def personal_blueprint(site: Site) -> Blueprint:
    """Return the blueprint of the pages below ``/account`` that change personal info."""
    blueprint = Blueprint("personal", __name__, url_prefix="/account")
    _add_name(site, blueprint)
    _add_addresses(site, blueprint)
    _add_changes_of_address(site, blueprint)
    _add_takeout(site, blueprint)
    _add_removal(site, blueprint)
    return site.protect(blueprint)


def _add_name(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/name")
    def name() -> ResponseReturnValue:
        return render_template("account/name.html", name=site.person().account.name, errors={})

    @blueprint.post("/name")
    def rename() -> ResponseReturnValue:
        try:
            writing(site, lambda transaction: rename_account(transaction, site.person().account.id, sent("name")))
        except AccountError as error:
            return render_template("account/name.html", name=sent("name"), errors=errors_of(error, "name")), 400
        flash(_("Your name was changed."), "success")
        return redirect(url_for("account.overview"), 303)


def _add_addresses(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/e-mail")
    def emails() -> ResponseReturnValue:
        return site.require_fresh() or _emails(site)

    @blueprint.post("/e-mail")
    def ask() -> ResponseReturnValue:
        if (again := site.require_fresh()) is not None:
            return again
        account, email = site.person().account, sent("email")
        sender, base_url = request.remote_addr or "", site.settings.base_url
        try:
            writing(site, lambda transaction: addresses.ask_to_add(transaction, account, email, sender, base_url))
        except AccountError as error:
            return _emails(site, email, errors_of(error, "email")), 400
        flash(
            _("We have written to %(email)s. Open the link there to go on.") % {"email": account.emails[0]}, "success"
        )
        return redirect(url_for("personal.emails"), 303)

    @blueprint.post("/e-mail/primary")
    def primary() -> ResponseReturnValue:
        account = site.person().account
        if (again := site.require_fresh()) is not None:
            return again
        writing(site, lambda transaction: addresses.make_primary(transaction, account, sent("email"), g.request_id))
        flash(_("Mail about your account goes to that address from now on."), "success")
        return redirect(url_for("personal.emails"), 303)

    @blueprint.post("/e-mail/remove")
    def remove() -> ResponseReturnValue:
        account = site.person().account
        if (again := site.require_fresh()) is not None:
            return again
        writing(site, lambda transaction: addresses.remove(transaction, account, sent("email"), g.request_id))
        flash(_("The address was removed."), "success")
        return redirect(url_for("personal.emails"), 303)


def _emails(site: Site, email: str = "", errors: dict[str, str] | None = None) -> str:
    return render_template("account/emails.html", account=site.person().account, email=email, errors=errors or {})


def _add_changes_of_address(site: Site, blueprint: Blueprint) -> None:
    # Opening a link changes nothing by itself: programs that check mail for dangers open links too.
    @blueprint.get("/e-mail/agree/<secret>", defaults={"step": "agree"})
    @blueprint.get("/e-mail/confirm/<secret>", defaults={"step": "confirm"})
    def address(step: Literal["agree", "confirm"], secret: str) -> ResponseReturnValue:
        account = site.person().account
        purpose: Purpose = "agree" if step == "agree" else "email"
        email = reading(site, lambda transaction: addresses.concerned(transaction, account, secret, purpose))
        return render_template("account/address.html", step=step, email=email)

    @blueprint.post("/e-mail/agree/<secret>")
    def agree(secret: str) -> ResponseReturnValue:
        account, base_url = site.person().account, site.settings.base_url
        new = writing(site, lambda transaction: addresses.agree(transaction, account, secret, base_url))
        flash(_("We have written to %(email)s. Open the link there to add it.") % {"email": new}, "success")
        return redirect(url_for("account.overview"), 303)

    @blueprint.post("/e-mail/confirm/<secret>")
    def confirm(secret: str) -> ResponseReturnValue:
        account = site.person().account
        new = writing(site, lambda transaction: addresses.confirm(transaction, account, secret, g.request_id))
        flash(_("%(email)s was added to your account.") % {"email": new}, "success")
        return redirect(url_for("account.overview"), 303)


def _add_takeout(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/my-data.json")
    def takeout() -> ResponseReturnValue:
        person = site.person()
        kept = reading(site, lambda transaction: everything_about(transaction, person.account.id, site.extensions))
        document = orjson.dumps(kept, option=orjson.OPT_INDENT_2)
        disposition = {"Content-Disposition": 'attachment; filename="my-cambridge-data.json"'}
        return Response(document, headers=disposition, content_type="application/json")


def _add_removal(site: Site, blueprint: Blueprint) -> None:
    @blueprint.get("/remove")
    def removal() -> ResponseReturnValue:
        return site.require_fresh() or render_template("account/remove.html", person=site.person(), errors={})

    @blueprint.post("/remove")
    def remove_account() -> ResponseReturnValue:
        person = site.person()
        if (again := site.require_fresh()) is not None:
            return again
        if sent("confirm") != "yes":
            errors = {"confirm": _("Tick the box to confirm.")}
            return render_template("account/remove.html", person=person, errors=errors), 400

        def removed(transaction: Transaction) -> None:
            note(transaction, person.account, "account-removed", g.request_id)
            delete_account(transaction, person.account.id)

        writing(site, removed)
        end_here(site)
        flash(_("Your account was removed."), "success")
        return redirect(url_for("sign_in.form"), 303)
