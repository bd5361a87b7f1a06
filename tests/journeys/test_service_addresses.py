"""Where the board says where its services are, tiles lead there."""

import os
import subprocess
from collections.abc import Iterator

import pytest

from tests.support.browser import Visiting, account, both_ways
from tests.support.centres import School
from tests.support.databases import fresh_url
from tests.support.server import SCIM_SERVER, Server, running_server

ADDRESS = "https://submit.board.example/start"
SETTING = "MYCAMBRIDGE_SERVICE_ADDRESSES"


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a server that knows where one service is."""
    folder = tmp_path_factory.mktemp("addressed")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(SETTING, f"submit-for-assessment={ADDRESS}")
        with fresh_url("sqlite", request, folder) as url, running_server(url, folder) as started:
            yield started


@both_ways
def test_an_open_tile_leads_to_its_service(server: Server, school: School, visit: Visiting) -> None:
    asha = school.person()
    school.maps(school.group("English Dept", asha))
    visitor = visit(account(server, school, asha))
    visitor.open("/home")
    tile = visitor.page.get_by_role("link", name="Submit for Assessment", exact=True)
    assert tile.get_attribute("href") == ADDRESS
    assert "has not entered the address" not in visitor.main()
    visitor.assert_accessible()


@pytest.mark.parametrize(
    ("addresses", "says"),
    [
        ("homework=https://homework.example", "the catalogue has no service 'homework'."),
        ("global-listening=listening.example", "write services as in global-listening=https://"),
        ("global-listening", "write services as in global-listening=https://"),
    ],
)
def test_an_address_that_leads_nowhere_stops_the_command(addresses: str, says: str) -> None:
    done = subprocess.run(
        [SCIM_SERVER, "settings"], env=os.environ | {SETTING: addresses}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert f"Error: {SETTING}: {says}" in done.stderr
