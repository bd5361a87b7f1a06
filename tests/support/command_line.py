"""``scim-server`` as it is called, in the process of a test."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from click.testing import CliRunner, Result

from scim_server.cli import scim_server
from scim_server.cli.installation import Installation

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"


@dataclass(frozen=True)
class CommandLine:
    """The command on one database, with a folder for its files."""

    installation: Installation
    folder: Path

    def __call__(self, *arguments: str, typed: str | bytes = "") -> Result:
        """Run the command."""
        return CliRunner().invoke(scim_server, arguments, obj=self.installation, input=typed)

    def done(self, *arguments: str) -> str:
        """Run a command that succeeds, and return what it prints."""
        result = self(*arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    def file(self, name: str, *lines: str | bytes | dict[str, Any]) -> str:
        """Return the path of a file that holds lines."""
        path = self.folder / name
        path.write_bytes(b"".join(_line(line) for line in lines))
        return str(path)

    def import_(self, name: str, *lines: str | bytes | dict[str, Any]) -> str:
        """Import a file into the tenant GB001, and return what the command prints."""
        return self.done("import", "--tenant", "GB001", self.file(name, *lines))

    def exported(self, tenant: str = "GB001") -> list[dict[str, Any]]:
        """Return all that a tenant holds."""
        return [orjson.loads(line) for line in self.done("export", "--tenant", tenant).splitlines()]

    def people(self) -> dict[str, dict[str, Any]]:
        """Return the users of the tenant GB001 by their userNames."""
        return {each["userName"]: each for each in self.exported() if "userName" in each}

    def groups(self, tenant: str = "GB001") -> dict[str, list[str]]:
        """Return who belongs to the groups of a tenant, by name."""
        return {
            each["displayName"]: sorted(member.get("userName") or member["displayName"] for member in each["members"])
            for each in self.exported(tenant)
            if "members" in each
        }

    def journal(self, tenant: str = "GB001", *options: str) -> list[dict[str, Any]]:
        """Return the journal of a tenant."""
        printed = self.done("journal", "--tenant", tenant, "--json", *options)
        return [orjson.loads(line) for line in printed.splitlines()]


def user(user_name: str, /, **attributes: Any) -> dict[str, Any]:
    """Return a user as a line of a file."""
    return {"schemas": [USER], "userName": user_name, **attributes}


def group(display_name: str, /, *members: dict[str, str], **attributes: Any) -> dict[str, Any]:
    """Return a group with members as a line of a file."""
    return {"schemas": [GROUP], "displayName": display_name, "members": list(members), **attributes}


def _line(line: str | bytes | dict[str, Any]) -> bytes:
    if isinstance(line, bytes):
        return line
    return (line.encode() if isinstance(line, str) else orjson.dumps(line)) + b"\n"
