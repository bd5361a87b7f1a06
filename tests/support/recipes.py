"""Runs the recipes of a Markdown file: every ``sh`` block, in order and in one shell, and what it prints."""

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_END = "== end of recipe =="
#: What differs from one run to the next.
_CHANGING = (
    (re.compile(r"mcp_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}"), "TOKEN"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "ID"),
    (re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z)?"), "TIME"),
    (re.compile(r"(?<=-)[0-9a-f]{8}(?=\\?\")"), "DIGEST"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "REQUEST"),
    (re.compile(r"^[0-9A-Za-z]{12}(?= )", re.MULTILINE), "KEY"),
    (re.compile(r"\r"), ""),
)


@dataclass(frozen=True)
class Recipe:
    """Commands, and what the document says they print."""

    commands: str
    printed: str | None
    """None when the document does not say."""


def recipes(document: Path) -> list[Recipe]:
    """Return the recipes of a document: each ``sh`` block, with the ``json`` or ``text`` block that follows it."""
    blocks = _BLOCK.findall(document.read_text())
    following = [*blocks[1:], ("", "")]
    return [
        Recipe(text, printed if kind in ("json", "text") else None)
        for (language, text), (kind, printed) in zip(blocks, following, strict=True)
        if language == "sh"
    ]


def run(commands: list[str], environment: Mapping[str, str], folder: Path) -> list[str]:
    """Run commands one after another in one shell, and return what each printed.

    :raises RuntimeError: When one of them fails.
    """
    script = f"\necho; echo '{_END}'\n".join([*commands, ""])
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], env=environment, cwd=folder, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"A recipe failed after printing {done.stdout}\n{done.stderr}")
    return done.stdout.split(f"\n{_END}\n")[:-1]


def same(documented: str, printed: str) -> bool:
    """Tell whether an output is what the document shows, but for ids and times, and for the layout of JSON."""
    return _comparable(documented) == _comparable(printed)


def _comparable(text: str) -> Any:
    for changing, name in _CHANGING:
        text = changing.sub(name, text)
    try:
        return json.loads(text)
    except ValueError:
        return text.strip()
