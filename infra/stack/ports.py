"""Ports on loopback: the one that was set, else the one of the last start, else the usual one, else any free one."""

import json
import os
import socket
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

import psutil

from infra.errors import SightlineError

LOOPBACK: Final = "127.0.0.1"
USUAL: Final[Mapping[str, int]] = {"audit": 8101, "escalation": 8102, "reporting": 8103}
"""What a service listens on when nobody says otherwise; the others take any free port."""


def variable(name: str) -> str:
    """Give the setting that fixes a port: `SIGHTLINE_KAFKA_CONTROLLER_PORT` for `kafka-controller`."""
    return f"SIGHTLINE_{name.upper().replace('-', '_')}_PORT"


def is_free(port: int) -> bool:
    """Say whether a server could listen on the port now, as the servers here do it (with address reuse)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
        return True


def holder(port: int) -> str:
    """Say who listens on the port, as far as the system tells."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid:
                return f"{psutil.Process(connection.pid).name()}, process {connection.pid}"
    except psutil.Error:
        pass
    return "another program"


def listens(process: int, wanted: Collection[int]) -> bool:
    """Say whether a process, or one it started, listens on every one of these ports; so too where nobody can tell.

    A server that answers at a port need not be ours: two installations that start at once may choose the same one.
    """
    try:
        root = psutil.Process(process)
        found = {
            connection.laddr[1]
            for one in (root, *root.children(recursive=True))
            for connection in one.net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN
        }
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True
    return found.issuperset(wanted)


def choose(name: str, last: int | None, taken: set[int]) -> int:
    """Choose the port of one listener and add it to `taken`; raises `SightlineError` when the set one is not free."""
    port = _chosen(name, last, taken)
    taken.add(port)
    return port


def fixed(name: str) -> int | None:
    """Give the port that the environment fixes for a listener, or None."""
    text = os.environ.get(variable(name))
    if not text:
        return None
    if not text.isdecimal() or not 0 < int(text) < 65536:  # noqa: PLR2004 - the last port there is
        raise SightlineError(f"{variable(name)} is {text!r}, which is no port: give a number from 1 to 65535.")
    return int(text)


def _chosen(name: str, last: int | None, taken: set[int]) -> int:
    wanted = fixed(name)
    if wanted is not None:
        if wanted in taken or not is_free(wanted):
            raise SightlineError(
                f"Port {wanted}, set for {name} by {variable(name)}, is taken by {holder(wanted)}: "
                "stop that program, or set another port."
            )
        return wanted
    for port in (last, USUAL.get(name)):
        if port is not None and port not in taken and is_free(port):
            return port
    while True:
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            port = int(probe.getsockname()[1])
        if port not in taken:
            return port


def remembered(path: Path) -> dict[str, int]:
    """Read the ports of the last start; none where there was none."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): int(port) for name, port in raw.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def remember(path: Path, ports: Mapping[str, int]) -> None:
    """Write the ports down for the next start."""
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(dict(ports)), encoding="utf-8")
    partial.replace(path)
