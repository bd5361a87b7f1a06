"""Every page to which links lead keeps the rules of accessibility, at the width of a phone and of a desk.

Pages are found as people find them. What is left over must be known here, with the reason why no link leads to it.
"""

from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, RequestRedirect

from scim_server.app import create_app
from scim_server.cli.installation import Installation
from tests.support.browser import Visit, Visiting, account, board_account, manager, set_up_app
from tests.support.centres import LISTENING, MANAGEMENT, SFA_OFFICER, SUBMIT, TEACHER, Board, School
from tests.support.people import created, user
from tests.support.server import Server

#: More pages of one kind would only show other people.
_OF_A_KIND = 2
#: What a letter, a passkey or a half-finished sign-in leads to: journeys of their own open those pages.
_ELSEWHERE = {
    "joining.page", "mailbox.page", "personal.address", "recovery.registration", "recovery.reset", "required.page",
    "second_factor.form", "security.passkey", "set_up.passkey",
}  # fmt: skip
#: What shows no page, or leads back to one.
_NO_PAGE = {
    "board.back", "console_connect.progress", "console_grants.back", "console_several.back", "design.static",
    "first.page", "metrics.metrics",
}  # fmt: skip


@dataclass
class Crawl:
    """What somebody finds who follows every link."""

    addresses: Map
    kinds: set[str] = field(default_factory=set)
    paths: list[str] = field(default_factory=list)

    def through(self, visitor: Visit, *starts: str) -> None:
        """Open each kind of page that can be reached, and assert that it is sound."""
        waiting, known, opened = list(starts), set(starts), Counter[str]()
        while waiting:
            path = waiting.pop(0)
            kind = self.kind(path)
            if kind is None or opened[kind] == _OF_A_KIND:
                continue
            opened[kind] += 1
            for there in self._linked(visitor, path):
                if there not in known:
                    known.add(there)
                    waiting.append(there)

    def _linked(self, visitor: Visit, path: str) -> list[str]:
        """Open a page, and return where it leads."""
        answer = visitor.page.goto(f"{visitor.url}{path}")
        assert answer is not None
        assert answer.status == 200, f"{path} is linked to, and answers {answer.status}"
        assert visitor.page.locator("h1").count() == 1, path
        visitor.assert_accessible()
        self.paths.append(path)
        self.kinds.add(self.kind(visitor.page.url) or "")
        found = visitor.page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
        parts = [urlsplit(address) for address in found if address.startswith(f"{visitor.url}/")]
        return [f"{part.path}?{part.query}" if part.query else part.path for part in parts]

    def kind(self, address: str) -> str | None:
        """Return what shows the page at an address, unless it is no page."""
        path = urlsplit(address).path
        try:
            kind = str(self.addresses.bind("").match(path)[0])
        except RequestRedirect as redirect:
            return self.kind(redirect.new_url)
        except HTTPException:
            return None
        return None if path.endswith((".csv", ".json")) else kind

    def never_seen(self) -> set[str]:
        """Return the kinds of pages that were not shown."""
        rules = [rule for rule in self.addresses.iter_rules() if "GET" in (rule.methods or ())]
        shown = [rule for rule in rules if not rule.rule.startswith(("/scim/", "/tenants/", "/.well-known/"))]
        kinds = {rule.endpoint for rule in shown if not rule.rule.endswith((".csv", ".json"))}
        return {kind for kind in kinds if not kind.startswith("health.")} - self.kinds - _ELSEWHERE - _NO_PAGE


@pytest.fixture
def crawl(server: Server, monkeypatch: pytest.MonkeyPatch) -> Crawl:
    """A crawl of the server's application, which itself says what pages it has."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    own = Installation()
    return Crawl(create_app(own.settings, own.database, own.extensions).url_map)


def lively(board: Board) -> School:
    """Return a school in which something of everything has happened."""
    school = board.school(SUBMIT, LISTENING)
    asha, ben = school.person(displayName="Asha Patel"), school.person(displayName="Ben Cole")
    school.maps(school.group("English Dept", asha))
    school.maps(school.group("Exams Team", asha, ben), MANAGEMENT)
    old = school.group("Old Dept", ben, externalId="dept-7")
    school.maps(old)
    school.directory.delete(f"/Groups/{old['id']}")
    school.group("New Dept", ben, externalId="dept-7")
    school.grants(ben)
    school.person(roles=[{"value": TEACHER}])
    refused = school.directory.post("/Users", user(asha["userName"]))
    assert refused.status == 409
    many = [school.person() for _ in range(14)]
    for each in many:
        school.directory.patch(f"/Users/{each['id']}", {"op": "replace", "path": "active", "value": False})
    return school


@pytest.mark.parametrize("phone", [True, False])
def test_every_page_is_accessible_and_fits_its_window(
    server: Server, board: Board, visit: Visiting, crawl: Crawl, *, phone: bool
) -> None:
    school, associate = lively(board), board.associate()
    board.school(SUBMIT, associate={"value": associate.id})
    by_hand, console = created(school.board, user(displayName="Cleo Diaz")), f"/centres/{school.number}"
    asha = school.person(displayName="Asha Patel")
    school.grants(asha)
    teacher = visit(account(server, school, asha), phone=phone)
    officer = visit(manager(server, school), phone=phone)
    people = [f"{console}/people/{each['id']}" for each in (by_hand, asha)]
    crawl.through(officer, *people, console, "/home", "/organisations", "/sign-in/again")
    (token, *_) = [path for path in crawl.paths if path.startswith(f"{console}/connect/tokens/")]
    (group, *_) = [path for path in crawl.paths if crawl.kind(path) == "console_groups.page"]
    crawl.through(officer, f"{token.partition('/roles')[0]}/roles/check?role={TEACHER}")
    crawl.through(officer, f"{group}/map/check?role={SFA_OFFICER}")
    teachers = associate.group("Teachers")
    crawl.through(
        visit(manager(server, associate), phone=phone), f"/centres/{associate.number}/groups/{teachers['id']}"
    )
    crawl.through(visit(board_account(server, board), phone=phone), "/board")
    teacher.open("/account/security/app")
    set_up_app(teacher)
    crawl.through(teacher, "/home", "/account")
    crawl.through(visit(phone=phone), "/sign-in", "/create-account")
    assert crawl.never_seen() == set()
