"""Named places where a test may stop a process: the guarantees hold wherever it dies.

`SIGHTLINE_FAILPOINT` names them, for example `relay.after-send=kill`, `relay.after-send=kill:3` (at the third pass)
or several, separated by commas. Actions: `kill` (SIGKILL to itself), `stop` (SIGSTOP), `fail` (raises `FailPoint`).
Nothing happens unless `SIGHTLINE_LOCAL` is `true`, so that no environment can do this to a real installation.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping


class FailPoint(RuntimeError):
    """Raised at a fail point whose action is `fail`."""


class FailPoints:
    """The fail points of one process, as its environment names them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._actions: dict[str, str] = {}
        self._passes_left: dict[str, int] = {}
        if environment.get("SIGHTLINE_LOCAL", "").lower() not in {"1", "true", "yes"}:
            return
        for entry in environment.get("SIGHTLINE_FAILPOINT", "").split(","):
            if not entry:
                continue
            name, _, action = entry.partition("=")
            action, _, passes = action.partition(":")
            if action not in {"kill", "stop", "fail"}:
                raise ValueError(f"SIGHTLINE_FAILPOINT: {entry} has no action; write {name}=kill, =stop or =fail")
            self._actions[name] = action
            self._passes_left[name] = int(passes or 1)

    def hit(self, name: str) -> None:
        """Pass a named place; does nothing unless the environment names it."""
        action = self._actions.get(name)
        if action is None:
            return
        self._passes_left[name] -= 1
        if self._passes_left[name] != 0:
            return
        if action == "fail":
            raise FailPoint(name)
        os.kill(os.getpid(), signal.SIGKILL if action == "kill" else signal.SIGSTOP)


_OF_THIS_PROCESS = FailPoints(os.environ)

hit = _OF_THIS_PROCESS.hit
"""Pass a named place of this process."""
