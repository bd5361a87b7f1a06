"""The entrance for WSGI servers: ``scim_server.wsgi:create()``."""

from flask import Flask

from scim_server.app import create_app
from scim_server.cli.installation import Installation


def create() -> Flask:
    """Build the application from the settings of the environment."""
    installation = Installation()
    return create_app(installation.settings, installation.database, installation.extensions)
