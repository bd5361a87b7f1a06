"""A board, centres and people as the tests of the exam board's domain need them."""

import base64
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from scim_server.connections.administrators import create_administrator
from scim_server.connections.tokens import issue_token
from tests.support.people import created, group, user
from tests.support.server import Answer, Client, Server

CENTRE = "urn:ietf:params:scim:schemas:mycambridge:2.0:Centre"
MAPPING = "urn:ietf:params:scim:schemas:mycambridge:2.0:RoleMapping"
GRANT = "urn:ietf:params:scim:schemas:mycambridge:2.0:RoleGrant"
APPROVAL = "urn:ietf:params:scim:schemas:mycambridge:2.0:RoleApproval"
SUSPENSION = "urn:ietf:params:scim:schemas:mycambridge:2.0:Suspension"
CENTRE_USER = "urn:ietf:params:scim:schemas:extension:mycambridge:2.0:User"
CENTRE_GROUP = "urn:ietf:params:scim:schemas:extension:mycambridge:2.0:Group"
TEACHER, SFA_OFFICER = "submit-for-assessment.teacher", "submit-for-assessment.exams-officer"
MANAGEMENT, OFFICER, NOMINATED = "user-management", "exams-officer", "access-arrangements.nominated-user"
SUBMIT, LISTENING = "0500", "0520"
_PASSWORD = "a password that only this test knows"


def centre_number() -> str:
    """Return a number that no other centre has."""
    return uuid4().hex[:5].upper()


def mapping(group_id: str, role: str = TEACHER, **attributes: Any) -> dict[str, Any]:
    """Return a role mapping to create."""
    return {"schemas": [MAPPING], "group": {"value": group_id}, "role": role, **attributes}


def grant(user_id: str, role: str = TEACHER, **attributes: Any) -> dict[str, Any]:
    """Return a role grant to create."""
    return {"schemas": [GRANT], "user": {"value": user_id}, "role": role, **attributes}


def approval(mapping_id: str, user_id: str, decision: str = "approved") -> dict[str, Any]:
    """Return a decision to create."""
    return {
        "schemas": [APPROVAL], "mapping": {"value": mapping_id}, "user": {"value": user_id}, "decision": decision,
    }  # fmt: skip


def made(answer: Answer) -> dict[str, Any]:
    """Return what a request created."""
    assert answer.status == 201, answer.body
    body: dict[str, Any] = answer.json
    return body


@dataclass
class School:
    """A centre: its directory's client, and the board's on the centre's tenant."""

    server: Server
    number: str
    id: str
    directory: Client
    board: Client

    def person(self, name: str | None = None, /, **attributes: Any) -> dict[str, Any]:
        """Let the directory provision somebody."""
        return created(self.directory, user(name, **attributes))

    def group(self, name: str, *members: dict[str, Any], **attributes: Any) -> dict[str, Any]:
        """Let the directory provision a group."""
        return created(self.directory, group(name, *[member["id"] for member in members], **attributes))

    def maps(self, group_: dict[str, Any], role: str = TEACHER, **attributes: Any) -> dict[str, Any]:
        """Let the board map a group to a role."""
        return made(self.board.post("/RoleMappings", mapping(group_["id"], role, **attributes)))

    def grants(self, person: dict[str, Any], role: str = TEACHER, **attributes: Any) -> dict[str, Any]:
        """Let the board grant a role."""
        return made(self.board.post("/RoleGrants", grant(person["id"], role, **attributes)))

    def acting_as(self, person: dict[str, Any], tenant: str | None = None) -> Client:
        """Return a client with a personal access token."""
        with self.server.database.write() as transaction:
            token = issue_token(transaction, self.number, name=f"curl of {uuid4().hex}", person=person["id"])
        base = "/scim/v2" if tenant is None else f"/tenants/{tenant}/scim/v2"
        return Client(f"{self.server.url}{base}", f"Bearer {token.text}")

    def manager(self) -> tuple[dict[str, Any], Client]:
        """Return somebody with user management for the centre, and their client."""
        person = self.person()
        self.grants(person, MANAGEMENT)
        return person, self.acting_as(person)

    def roles(self, person: dict[str, Any]) -> set[tuple[str, str]]:
        """Return the roles somebody has, and where, but for those that wait for approval."""
        return {(each["value"], each["centre"]) for each in self.shown_roles(person) if not each["pending"]}

    def shown_roles(self, person: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the effective roles that the directory reads of somebody."""
        shown = self.directory.get(f"/Users/{person['id']}").json.get(CENTRE_USER, {})
        return list(shown.get("effectiveRoles", []))

    def found(self, text: str) -> list[str]:
        """Return the ids of the users that a filter finds."""
        answer = self.directory.get(f"/Users?filter={quote(text)}&attributes=id")
        assert answer.status == 200, answer.body
        return sorted(each["id"] for each in answer.json["Resources"])

    def entered(self, *syllabuses: str) -> None:
        """Let the board record entries."""
        entries = [{"series": "2026-06", "syllabus": syllabus} for syllabus in syllabuses]
        answer = self.register.patch(f"/Centres/{self.id}", {"op": "add", "path": "entries", "value": entries})
        assert answer.status == 200, answer.body

    def designates(self, person: dict[str, Any]) -> Answer:
        """Let the board designate an exams officer."""
        officers = [{"value": person["id"]}]
        return self.register.patch(f"/Centres/{self.id}", {"op": "add", "path": "examsOfficers", "value": officers})

    @property
    def register(self) -> Client:
        """The board's client on the register of centres."""
        return Client(f"{self.server.url}/scim/v2", self.board.authorization)


@dataclass
class Board:
    """The exam board on a running server."""

    server: Server
    name: str = field(default_factory=lambda: f"board-{uuid4().hex[:8]}")

    def __post_init__(self) -> None:
        """Become an administrator."""
        with self.server.database.write() as transaction:
            create_administrator(transaction, self.name, _PASSWORD)

    @property
    def authorization(self) -> str:
        """The credentials of the board."""
        return "Basic " + base64.b64encode(f"{self.name}:{_PASSWORD}".encode()).decode()

    @property
    def register(self) -> Client:
        """The board's client on the register of centres."""
        return Client(f"{self.server.url}/scim/v2", self.authorization)

    def school(self, *syllabuses: str, number: str | None = None, **attributes: Any) -> School:
        """Register a centre with entries, and open the connection of its directory."""
        chosen = number or centre_number()
        document = {"schemas": [CENTRE], "centreNumber": chosen, "displayName": f"School {chosen}", "country": "GB"}
        entries = [{"series": "2026-06", "syllabus": syllabus} for syllabus in syllabuses]
        centre = made(self.register.post("/Centres", {**document, "entries": entries, **attributes}))
        with self.server.database.write() as transaction:
            token = issue_token(transaction, chosen, name="Directory")
        directory = Client(f"{self.server.url}/scim/v2", f"Bearer {token.text}")
        board = Client(f"{self.server.url}/tenants/{chosen}/scim/v2", self.authorization)
        return School(self.server, chosen, centre["id"], directory, board)

    def associate(self) -> School:
        """Register an Associate."""
        return self.school(kind="associate")


@pytest.fixture(scope="module")
def board(server: Server) -> Board:
    """Return the board of the server."""
    return Board(server)


@pytest.fixture
def school(board: Board) -> School:
    """Return a new school with entries for a syllabus that uses Submit for Assessment."""
    return board.school(SUBMIT)
