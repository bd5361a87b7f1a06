"""What the names of groups suggest to people; nothing follows from it by itself."""

import pytest
from mycambridge.mappings.suggestions import suggestion

from tests.support.centres import NOMINATED, SFA_OFFICER, TEACHER


@pytest.mark.parametrize(
    "name", ["Exams Team", "exam office", "Examinations Officers", "SG-Exams-Admins", "Exams staff"]
)
def test_groups_that_look_like_exams_staff(name: str) -> None:
    found = suggestion(name)
    assert found is not None
    assert (found.kind, found.role) == ("exams staff", SFA_OFFICER)


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("English Dept", "English"),
        ("Teachers of French and Spanish", "French and Spanish"),
        ("Modern  Languages   Department", "Modern Languages"),
        ("Department of History", "History"),
        ("Maths", "Maths"),
        ("Physics-Teachers", "Physics"),
        ("All Teachers", None),
        ("Teaching staff", None),
        ("Head of faculty", None),
    ],
)
def test_groups_that_look_like_teachers(name: str, subject: str | None) -> None:
    found = suggestion(name)
    assert found is not None
    assert (found.kind, found.role, found.subject) == ("teachers", TEACHER, subject)


@pytest.mark.parametrize("name", ["SENCO", "Access Arrangements", "SEN office"])
def test_groups_that_look_like_access_arrangements_staff(name: str) -> None:
    found = suggestion(name)
    assert found is not None
    assert (found.kind, found.role) == ("access arrangements staff", NOMINATED)


@pytest.mark.parametrize(
    "name",
    [
        "Kitchen",
        "All Staff",
        "Year 11 exam candidates office",
        "English Dept students",
        "Parents of teachers",
        "Contexts",
        "",
    ],
)
def test_groups_whose_names_suggest_nothing(name: str) -> None:
    assert suggestion(name) is None


def test_power_is_never_suggested() -> None:
    names = ["User management", "Administrators", "Global Listening", "Exams Officers and Teachers", "Head teacher"]
    assert {found.role for name in names if (found := suggestion(name))} <= {SFA_OFFICER, TEACHER}
