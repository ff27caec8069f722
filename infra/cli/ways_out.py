"""What the audit service refuses, with the way out as commands have it: it speaks of addresses, people here type."""

import os
import re
from typing import Final

from infra.cli.authorities import authorities, refuse_unknown
from infra.errors import SightlineError

_AT_THE_KEYBOARD: Final = {
    "child-unknown": (
        "No child of {authority} has this reference: check it, or take it from an audit of theirs "
        "(`sightline audit show AUDIT_ID --authority {authority} --json`, case_reference)."
    ),
    "tool-not-found": (
        "There is no such published tool or version: `sightline tool list --authority {authority}` lists the tools "
        "there are, and how many versions each has."
    ),
    "tool-not-drafted": (
        "The tool has no draft: save one first (`sightline tool draft FILE --authority {authority}`, or "
        "`sightline tool import WORKBOOK`); `sightline tool list --authority {authority}` says which tools have one."
    ),
}
_OF_THE_AUTHORITY: Final = frozenset({"child-unknown", "audit-not-found"})
"""Not found, for an authority that may be mistyped: the service does not tell a stranger which ones it knows."""

_ADDRESS: Final = re.compile(r"`?GET /v1/tools(?:/\{tool\}(?:/versions)?)?`?")


def at_the_keyboard(kind: str, detail: str, authority: str) -> str:
    """Return why something was refused, with the way out that commands have."""
    if kind == "authority-unknown":
        return f"The audit service has no settings for an authority called {authority!r}{_known()}."
    if kind in _OF_THE_AUTHORITY:
        refuse_unknown_here(authority)
    said = _AT_THE_KEYBOARD.get(kind)
    return in_commands(detail, authority) if said is None else said.format(authority=authority)


def in_commands(text: str, authority: str) -> str:
    """Return a text that names the list of tools by its command in place of its address."""
    return _ADDRESS.sub(f"`sightline tool list --authority {authority}`", text)


def refuse_unknown_here(authority: str) -> None:
    """Raise `SightlineError` for an authority that this computer does not know, where the service is this one's."""
    if not os.environ.get("SIGHTLINE_AUDIT_URL"):
        refuse_unknown(authority)


def _known() -> str:
    """Name the authorities of this computer, unless the service is one elsewhere, whose settings are not here."""
    if os.environ.get("SIGHTLINE_AUDIT_URL"):
        return ": check its key"
    try:
        return f": known are {', '.join(authorities().keys)}"
    except SightlineError:
        return ": check its key"
