"""A centre at a glance."""

import json
from datetime import timedelta

from joserfc.jwk import ECKey, KeySet

from scim_server.connections.oauth_clients import register_client
from scim_server.connections.tokens import issue_token, revoke_token
from tests.support.centres import School
from tests.support.pages import PASSWORD, Pages, person_with_account
from tests.support.people import created, user
from tests.support.server import Server


def test_the_last_refusal_is_of_a_directory_and_no_code_that_somebody_mistyped(server: Server, school: School) -> None:
    person = school.person()
    email = person_with_account(server, school.number, person)
    pages = Pages(server.url)
    pages.sign_in(email)
    pages.set_up_app()
    pages.sign_in(email, PASSWORD)
    assert pages.send("/sign-in/second-factor", code="000000000").status == 401
    path = f"/Centres/{school.id}/summary"
    assert school.board.get("/Changes?filter=outcome%20eq%20%22refused%22").json["totalResults"] == 1
    assert school.register.get(path).json["lastRefusal"] is None
    assert school.directory.post("/Users", user(person["userName"])).status == 409
    refusal = school.register.get(path).json["lastRefusal"]
    assert refusal["connection"] == "Directory"
    assert "userName" in refusal["detail"]


def test_it_counts_the_people_whom_a_directory_looks_after(school: School) -> None:
    school.person()
    created(school.board, user())
    summary = school.register.get(f"/Centres/{school.id}/summary").json
    assert summary["people"] == {"active": 2, "deactivated": 0, "provisioned": 1}


def test_a_connection_that_somebody_ended_or_that_a_client_opens_has_no_token_that_ended(school: School) -> None:
    server, path = school.server, f"/Centres/{school.id}/summary"
    with server.database.write() as transaction:
        for name in ("Revoked", "Open ID"):
            issued = issue_token(transaction, school.number, name=name, lifetime=timedelta(seconds=-1))
            if name == "Revoked":
                revoke_token(transaction, issued.id)
        issue_token(transaction, school.number, name="Missed", lifetime=timedelta(seconds=-1))
        keys = KeySet([ECKey.generate_key("P-256", {"kid": "2026"})]).as_dict(private=False)
        register_client(transaction, school.number, name="Open ID", jwks=json.dumps(keys))
    connections = {each["display"]: each["expired"] for each in school.register.get(path).json["connections"]}
    assert connections == {"Directory": False, "Missed": True}
