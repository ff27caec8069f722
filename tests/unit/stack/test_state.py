"""The state file, and telling one's own process from a stranger."""

import os
from pathlib import Path

import pytest

from infra.stack.state import PartState, ProcessId, State, this_process


def test_a_written_state_reads_back_the_same(tmp_path: Path) -> None:
    state = State("ready", this_process(), "2026-01-05T09:00:00+00:00", "", {"kafka": "4.3.0"})
    state.parts["kafka"] = PartState("restarting", ProcessId(12, 34.5, "/java"), "127.0.0.1:9092", 2, "killed")
    state.parts["audit"] = PartState()
    state.write(tmp_path / "state.json")
    assert State.read(tmp_path / "state.json") == state
    assert (tmp_path / "state.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"parts": {"kafka": {"process": {"pid": 1}}}}'])
def test_a_state_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "state.json"
    assert State.read(file) is None
    file.write_text(text, encoding="utf-8")
    assert State.read(file) is None


def test_a_process_is_itself_by_number_start_and_program_together() -> None:
    me = this_process()
    assert me.pid == os.getpid()
    assert me.alive
    assert not ProcessId(me.pid, me.started + 1, me.program).alive
    assert not ProcessId(me.pid, me.started, "/bin/another").alive
    assert not ProcessId(2**22 + 1, me.started, me.program).alive
