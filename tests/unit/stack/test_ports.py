"""Which port a listener gets."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.errors import SightlineError
from infra.stack import ports


@pytest.fixture
def busy() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_port_of_the_last_start_is_kept_while_it_is_free() -> None:
    last = free_port()
    assert ports.choose("kafka", last, set()) == last


def test_a_port_of_the_last_start_that_is_busy_is_changed(busy: int) -> None:
    assert ports.choose("kafka", busy, set()) != busy


def test_two_listeners_never_get_the_same_port() -> None:
    last, taken = free_port(), set[int]()
    assert len({ports.choose(name, last, taken) for name in ("kafka", "kafka-controller", "postgres")}) == 3


def test_a_set_port_goes_before_the_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = free_port()
    monkeypatch.setenv("SIGHTLINE_KAFKA_CONTROLLER_PORT", str(wanted))
    assert ports.choose("kafka-controller", free_port(), set()) == wanted


def test_a_set_port_that_is_busy_is_an_error_that_names_who_has_it(busy: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGHTLINE_AUDIT_PORT", str(busy))
    with pytest.raises(SightlineError, match=rf"^Port {busy}, set for audit by SIGHTLINE_AUDIT_PORT, is taken by .+:"):
        ports.choose("audit", None, set())


def test_remembered_ports_survive_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    assert ports.remembered(file) == {}
    file.write_text("{", encoding="utf-8")
    assert ports.remembered(file) == {}
    ports.remember(file, {"kafka": 9092})
    assert ports.remembered(file) == {"kafka": 9092}
    assert json.loads(file.read_text(encoding="utf-8")) == {"kafka": 9092}


def test_a_process_is_told_from_another_that_listens(busy: int) -> None:
    assert ports.listens(os.getpid(), [busy])
    assert not ports.listens(os.getpid(), [busy, free_port()])
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        assert not ports.listens(other.pid, [busy])
        other.communicate(b"\n")
    assert not ports.listens(other.pid, [busy]), "it has ended"
