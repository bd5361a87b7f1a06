"""What the name of a group suggests. A suggestion is shown to people, and never acts by itself (rule 5)."""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["exams staff", "access arrangements staff", "teachers"]

_OTHERS = re.compile(
    r"\b(students?|pupils?|candidates?|parents?|carers?|alumni|governors?|leavers|former|ex)\b", re.IGNORECASE
)
_EXAMS = re.compile(r"\b(exams?|examinations?)\b.*\b(officers?|office|team|staff|admin\w*)\b", re.IGNORECASE)
_ARRANGEMENTS = re.compile(r"\b(access arrangements?|senco|send|sen)\b", re.IGNORECASE)
_TEACHING = re.compile(r"\b(teachers?|teaching|faculty|dept|department)\b", re.IGNORECASE)
_OF_SUBJECT = (
    re.compile(r"\b(?:teachers?|faculty|dept\.?|department)\s+of\s+(?P<subject>.+)$", re.IGNORECASE),
    re.compile(r"^(?P<subject>.+?)[\s_-]+(?:teachers?|teaching|faculty|dept|department)\b", re.IGNORECASE),
    re.compile(r"^(?P<subject>english|french|spanish|german|maths?|mathematics|science|history)$", re.IGNORECASE),
)
_NO_SUBJECTS = frozenset(
    {"all", "all the", "class", "form", "head", "head of", "heads of", "new", "our", "school", "supply", "the"}
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Whom a group seems to be made of, and the role that such people often need."""

    kind: Kind
    role: str
    subject: str | None = None
    """What teachers seem to teach, as the name of the group writes it."""


def suggestion(group_name: str) -> Suggestion | None:
    """Return what the name of a group suggests, or None: most groups need no role."""
    name = " ".join(group_name.split())
    if _OTHERS.search(name):
        return None
    if _EXAMS.search(name):
        return Suggestion("exams staff", "submit-for-assessment.exams-officer")
    if _ARRANGEMENTS.search(name):
        return Suggestion("access arrangements staff", "access-arrangements.nominated-user")
    subject = _subject(name)
    if subject is None and not _TEACHING.search(name):
        return None
    return Suggestion("teachers", "submit-for-assessment.teacher", subject)


def _subject(name: str) -> str | None:
    for pattern in _OF_SUBJECT:
        if (found := pattern.search(name)) is not None and found["subject"].casefold() not in _NO_SUBJECTS:
            return str(found["subject"])
    return None
