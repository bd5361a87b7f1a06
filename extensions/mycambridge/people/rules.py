"""Who looks after the record of a person, as plain functions of plain values."""

from collections.abc import Mapping
from typing import Any


def is_by_hand(provisioned_by: Mapping[str, Any] | None) -> bool:
    """Tell whether people look after somebody; where it is not known who added them, a directory may."""
    return provisioned_by is not None and provisioned_by.get("type") != "connection"
