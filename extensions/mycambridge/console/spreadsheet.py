"""Cells for spreadsheets."""

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: whoever names people could otherwise run one."""
    return f"'{cell}" if cell.startswith(_FORMULAS) else cell
