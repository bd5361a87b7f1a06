"""The extensions that are installed beside the server."""

from importlib.metadata import entry_points

from scim_server.extension import MisconfiguredExtension, ServerExtension


def load_extensions(chosen: str = "all") -> tuple[ServerExtension, ...]:
    """Return the installed extensions that are chosen, in the order of their names.

    :raises MisconfiguredExtension: When one of them is not installed: its rules must not be missing unnoticed.
    """
    names = {name.strip() for name in chosen.split(",") if name.strip()}
    found = sorted(entry_points(group="scim_server.extensions"), key=lambda point: point.name)
    if unknown := names - {"all", "none", *[point.name for point in found]}:
        raise MisconfiguredExtension(f"The extension {min(unknown)} is not installed; see SCIM_SERVER_EXTENSIONS.")
    return tuple(point.load()() for point in found if chosen == "all" or point.name in names)
