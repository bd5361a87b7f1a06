"""What the name of a group suggests. A suggestion is shown to people, and never acts by itself (rule 5)."""

import re

_SUGGESTIONS = (
    (r"\b(exams?|examinations?)\b.*\b(officers?|office|team|staff|admin\w*)\b", "submit-for-assessment.exams-officer"),
    (r"\b(access arrangements?|senco|send|sen)\b", "access-arrangements.nominated-user"),
    (
        r"\b(teachers?|teaching|faculty|dept|department)\b|\b(english|french|spanish|german|maths?|science|history)\b",
        "submit-for-assessment.teacher",
    ),
)


def suggested_role(group_name: str) -> str | None:
    """Return the role that members of a group of that name often have, or None."""
    name = group_name.casefold()
    return next((role for pattern, role in _SUGGESTIONS if re.search(pattern, name)), None)
