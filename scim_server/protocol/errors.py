"""Refusals in SCIM's words: one sentence that a school's IT admin can act on, never a library's own."""

import re
from collections.abc import Sequence

from pydantic import ValidationError
from scim2_models import Error, SCIMException

_PLAIN = {
    "string_type": "must be a text",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "list_type": "must be a list of values",
    "model_type": "must be an object",
    "dict_type": "must be an object",
    "datetime_type": "must be a date and time such as 2026-09-01T08:00:00Z",
    "datetime_parsing": "must be a date and time such as 2026-09-01T08:00:00Z",
    "datetime_from_date_parsing": "must be a date and time such as 2026-09-01T08:00:00Z",
    "extra_forbidden": "is not an attribute of any schema served here; see /Schemas",
}
#: What the library says of single values and operations, and what we say.
_SAID = (
    (
        re.compile(r"Value error, Invalid URI: (.*)", re.DOTALL),
        r"must be an address such as https://example.org/a, not '\1'",
    ),
    (re.compile(r"Value error, Expected string, got \w+"), _PLAIN["string_type"]),
    (re.compile(r"(?:Value error|Assertion failed), "), ""),
    (re.compile(r"^required attribute cannot be removed$"), "This attribute is required: replace its value instead."),
    (
        re.compile(r"^the value of a remove must be .*"),
        'The value of a remove names entries of a list, as in [{"value": "…"}], and its path has no filter then.',
    ),
    (
        re.compile(r"the value written to '' must be an object"),
        "An operation without a path needs an object of attributes as its value.",
    ),
    (re.compile(r"^Field not found: (.*)"), r"there is no attribute '\1' here; see /Schemas."),
    (re.compile(r"Remove operation requires a path"), "a remove needs a path, which says what to remove"),
)
_UNDERSCORE = re.compile(r"_([a-z])")
_REQUIRED = re.compile(r"Field '(?P<name>[^']+)' is required but value is missing, null or empty")


class TooManyRequests(SCIMException):
    """The connection sent more requests than its rate limit allows (RFC 6585 §4)."""

    status = 429

    def __init__(self, *, detail: str, retry_after: int) -> None:
        """Say after how many seconds to try again."""
        super().__init__(detail=detail)
        self.retry_after = retry_after


def refusal(error: ValidationError) -> SCIMException:
    """Return the SCIM exception for a payload that a model does not accept, about its first fault."""
    library = Error.from_validation_errors(error)[0]
    first = error.errors(include_url=False, include_input=False)[0]
    where = _path(first["loc"])
    detail = _PLAIN.get(first["type"]) or _worded(first["msg"])
    if found := _REQUIRED.search(detail):
        name = found["name"]
        detail = f"{where + '.' if where else ''}{name} is required, and must not be empty."
    elif where:
        detail = f"{where} {detail}." if detail.startswith(("must ", "is not ")) else f"{where}: {detail}"
    elif first["type"] in _PLAIN:
        detail = f"The request body {detail}."
    return SCIMException.from_error(Error(status=library.status, scim_type=library.scim_type, detail=_cleaned(detail)))


def plain(error: SCIMException) -> SCIMException:
    """Return an exception of the library without class names and addresses of its documentation."""
    if isinstance(error.__cause__, ValidationError):
        return refusal(error.__cause__)
    if error._detail is not None:
        error._detail = _cleaned(_worded(error._detail))
        error.args = (error._detail,)
    return error


def _path(location: Sequence[str | int]) -> str:
    """Write the place of a fault as in RFC 7644 §3.10, with the position of a value in brackets."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        elif "[" in part or part.startswith("function-"):
            continue
        else:
            # A PATCH is checked by the names that the models' fields have in Python.
            name = part.strip("`") if ":" in part else _UNDERSCORE.sub(lambda found: found[1].upper(), part.strip("`"))
            text += ("." if text and not text.lower().startswith("urn:") else ":" if text else "") + name
    return text


def _worded(detail: str) -> str:
    for said, ours in _SAID:
        detail = said.sub(ours, detail)
    return detail


def _cleaned(detail: str) -> str:
    lines = [line.strip() for line in detail.splitlines() if "errors.pydantic.dev" not in line]
    text = " ".join(
        line for line in lines if line and not line.endswith(tuple(f"for {name}" for name in ("User", "Group")))
    )
    return re.sub(r"\s*\[type=[^\]]*\]|\b(\w+)\[\w+(?:, \w+)*\](?=$|\s)", lambda found: found[1] or "", text)[:500]
