"""What mails to people say. Each names what it is for, and what to do when somebody else asked for it."""

from datetime import date

from scim_server.outbox.mail import Mail

_ASKED = "If you did not ask for this, do nothing: nobody can use the link without this mailbox."
_NOT_YOU = "If this was not you, change your password at once and tell your exams officer or the exam board."


def invitation(email: str, name: str, organisation: str, link: str, *, has_account: bool) -> Mail:
    """Return the mail to somebody whom a school has added."""
    if has_account:
        said = f"{organisation} has added you to My Cambridge. Open this link to add {organisation} to your account:"
        subject = f"You have been added to {organisation} on My Cambridge"
    else:
        said = f"{organisation} has added you to My Cambridge. Open this link to make your account:"
        subject = f"{organisation} invites you to My Cambridge"
    end = "The link can be used once, within 14 days. If you do not know this school, do nothing."
    return Mail(email, subject, _letter(name, said, link, end), "invitation")


def administrator_invitation(email: str, name: str, link: str) -> Mail:
    """Return the mail to somebody who is to act for the exam board."""
    said = f"You may act as administrator {name} of My Cambridge. Open this link to make your account:"
    end = "The link can be used once, within 14 days."
    return Mail(email, "Your My Cambridge administrator's account", _letter("", said, link, end), "invitation")


def registration(email: str, link: str) -> Mail:
    """Return the mail to somebody who wants an account."""
    said = "Open this link to make your My Cambridge account:"
    end = f"The link can be used once, within a day. {_ASKED}"
    return Mail(email, "Make your My Cambridge account", _letter("", said, link, end), "registration")


def already_registered(email: str, name: str, link: str) -> Mail:
    """Return the mail to somebody who wants an account and has one."""
    said = "You asked to make an account, and this address has one. Sign in, or choose a new password, here:"
    return Mail(email, "You already have a My Cambridge account", _letter(name, said, link, _ASKED), "registration")


def reset(email: str, name: str, link: str) -> Mail:
    """Return the mail by which a person chooses a new password."""
    said = "Open this link to choose a new password:"
    end = f"The link can be used once, within an hour. {_ASKED}"
    return Mail(email, "Choose a new My Cambridge password", _letter(name, said, link, end), "reset")


def offered_reset(email: str, name: str, organisation: str, link: str) -> Mail:
    """Return the mail by which a person chooses a new password because somebody who looks after them asked for it."""
    said = f"{organisation} asked us to help you sign in again. Open this link to choose a new password:"
    end = "The link can be used once, within an hour. If you need no new password, do nothing."
    return Mail(email, "Choose a new My Cambridge password", _letter(name, said, link, end), "reset")


def no_account(email: str, link: str) -> Mail:
    """Return the mail to somebody who forgot the password of an account that does not exist."""
    said = (
        "Somebody asked for a new password, but no account has this address. You may have used another address. If you "
        "have no account yet, you can make one here:"
    )
    return Mail(email, "No My Cambridge account has this address", _letter("", said, link, _ASKED), "reset")


def confirm_change(email: str, name: str, new: str, link: str) -> Mail:
    """Return the mail to the present address, which must agree before another is added."""
    said = f"You asked to add the address {new} to your account. Open this link to agree, and we write there too:"
    return Mail(email, "Agree to a new e-mail address", _letter(name, said, link, _NOT_YOU), "email")


def confirm_address(email: str, name: str, link: str) -> Mail:
    """Return the mail to a new address, which must prove that the person reads it."""
    said = "Open this link to add this address to your My Cambridge account:"
    return Mail(email, "Confirm your e-mail address", _letter(name, said, link, _ASKED), "email")


def notice(email: str, name: str, what: str) -> Mail:
    """Return the mail that tells a person what changed about their account."""
    return Mail(email, "Your My Cambridge account was changed", _letter(name, what, None, _NOT_YOU), "notice")


def disconnected(email: str, name: str, organisation: str) -> Mail:
    """Return the mail to somebody whose account is part of an organisation no longer."""
    said = (
        f"Your connection with {organisation} was ended: your My Cambridge account opens nothing of {organisation} any "
        "more. The account itself stays, with everything else that it opens."
    )
    end = f"If you still belong to {organisation}, ask its exams officer to invite you again."
    return Mail(email, f"Your connection with {organisation} was ended", _letter(name, said, None, end), "notice")


def unused(email: str, name: str, removed_on: date, link: str) -> Mail:
    """Return the mail to somebody whose account will be removed, unless they sign in before a day."""
    day = f"{removed_on.day} {removed_on:%B %Y}"
    said = f"Nobody has signed in to your My Cambridge account for a long time. Sign in before {day} to keep it:"
    end = "If you no longer need the account, do nothing: it is removed on that day. Your school may invite you again."
    subject = f"Sign in before {day} to keep your My Cambridge account"
    return Mail(email, subject, _letter(name, said, link, end), "unused")


def unused_by_administrator(email: str, name: str, link: str) -> Mail:
    """Return the mail to somebody who acts for the exam board, and whose account stays though nobody uses it."""
    said = "Nobody has signed in for a long time to your My Cambridge account, which acts for the exam board. Sign in:"
    end = (
        "It stays as long as you are an administrator. If you no longer act for the exam board, ask a colleague to "
        "remove you: the account is then removed like any other that nobody uses."
    )
    subject = "Nobody uses your My Cambridge administrator's account"
    return Mail(email, subject, _letter(name, said, link, end), "unused")


def removed_unused(email: str, name: str) -> Mail:
    """Return the mail to somebody whose account was removed because nobody used it."""
    said = (
        "Your My Cambridge account was removed, because nobody had signed in for a long time. If you need it again, "
        "ask your school to invite you."
    )
    end = "What your school keeps about you in its own directory did not change."
    return Mail(email, "Your My Cambridge account was removed", _letter(name, said, None, end), "notice")


def _letter(name: str, said: str, link: str | None, end: str) -> str:
    greeting = f"Dear {name}," if name else "Hello,"
    return "\n\n".join([greeting, said, *([link] if link else []), end, "My Cambridge", ""])
