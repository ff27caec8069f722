"""Which authorities this installation serves, as commands see it."""

import difflib
import os
from pathlib import Path
from typing import Final

from infra.errors import SightlineError
from infra.stack.home import Home, default_home
from shared.authority.settings import Authorities, SettingsInvalid, load_authorities

_SAMPLE: Final = Path(__file__).parents[1] / "sample" / "authorities"


def authorities() -> Authorities:
    """Give the authorities of SIGHTLINE_AUTHORITIES, else of the home folder, else of the sample.

    Raises `SightlineError` where a settings document cannot be used.
    """
    own = Home(default_home()).authorities
    named = os.environ.get("SIGHTLINE_AUTHORITIES")
    folder = Path(named) if named else own if any(own.glob("*.yaml")) else _SAMPLE
    try:
        return load_authorities(folder)
    except SettingsInvalid as unusable:
        raise SightlineError(str(unusable)) from unusable


def refuse_unknown_scope(authority: str, scope: str) -> None:
    """Raise `SightlineError` where an authority has no such part, as its newest settings name them."""
    known = authorities()
    units = known.get(authority).units if authority in known else {}
    parts = {"/".join(path[:depth]) for path in units for depth in range(1, len(path) + 1)}
    if parts and scope not in parts:
        near = difflib.get_close_matches(scope, parts, n=3)
        meant = f" Did you mean {' or '.join(near)}?" if near else ""
        raise SightlineError(
            f"{authority} has no part {scope!r}: it is an area, area/district or area/district/team.{meant}"
        )


def refuse_unknown(authority: str) -> None:
    """Raise `SightlineError` with the known ones where no settings document names the authority."""
    known = authorities()
    if authority not in known:
        raise SightlineError(f"No authority here is called {authority!r}: known are {', '.join(known.keys)}.")
