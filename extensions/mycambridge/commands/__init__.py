"""The board's commands: each does what the same request over HTTP does, through the same door."""

from mycambridge.commands.allowance import allowance
from mycambridge.commands.approval import approval
from mycambridge.commands.brake import brake
from mycambridge.commands.centre import centre
from mycambridge.commands.entries import entries
from mycambridge.commands.exams_officer import exams_officer
from mycambridge.commands.mapping import mapping
from mycambridge.commands.role import role
from mycambridge.commands.suspension import suspension

COMMANDS = (centre, entries, exams_officer, role, mapping, approval, allowance, suspension, brake)
"""What is added to the ``scim-server`` command."""
