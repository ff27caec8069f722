"""The clock a test may set for real processes: it follows its file, and is refused where time must be real."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.process.clock import ClockSettings
from shared.process.parts import utc_now
from shared.process.service import main


def test_without_a_file_the_clock_is_the_machines() -> None:
    for local in (False, True):
        assert ClockSettings().clock(local=local) is utc_now


def test_an_empty_setting_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGHTLINE_CLOCK_FILE", "")
    assert ClockSettings().clock(local=False) is utc_now


def test_it_is_the_moment_in_the_file_in_utc_until_another_is_written(tmp_path: Path) -> None:
    file = tmp_path / "now"
    file.write_text("2026-04-02T16:00:00+01:00\n")
    clock = ClockSettings(clock_file=file).clock(local=True)
    assert clock() == clock() == datetime(2026, 4, 2, 15, tzinfo=UTC)
    assert clock().utcoffset() == timedelta()
    file.write_text("2026-04-08T09:00:00Z")
    assert clock() == datetime(2026, 4, 8, 9, tzinfo=UTC)


def test_outside_local_use_a_process_does_not_start_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "now"
    file.write_text("2026-04-02T15:00:00Z")
    monkeypatch.setenv("SIGHTLINE_CLOCK_FILE", str(file))
    monkeypatch.setenv("SIGHTLINE_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    monkeypatch.setenv("SIGHTLINE_TOKENS_JWKS", "https://issuer.example/jwks")
    monkeypatch.setenv("SIGHTLINE_TOKENS_ISSUER", "https://issuer.example")
    monkeypatch.delenv("SIGHTLINE_LOCAL", raising=False)
    with pytest.raises(SystemExit) as ended:
        main(lambda: None)  # type: ignore[arg-type, return-value]  # refused before any part is looked at
    assert ended.value.code == 2
    assert "SIGHTLINE_CLOCK_FILE is for tests" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, "", "tomorrow", "2026-04-02T15:00:00", "2026-04-02T15:00:00Z and more", "é"])
def test_a_file_without_a_moment_is_told_with_the_way_out(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "now"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ValueError, match=r"SIGHTLINE_CLOCK_FILE.*Write a moment such as"):
        ClockSettings(clock_file=file).clock(local=True)
