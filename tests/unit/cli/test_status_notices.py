"""What `sightline status` says of messages to people."""

from __future__ import annotations

from infra.cli.show import LongLines
from infra.cli.status import notices_in_words, services_table


def said(waiting: int, failing: int, given_up: int, reason: str | None = None) -> dict[str, object]:
    notices = {
        "waiting": waiting,
        "failing": failing,
        "given_up": given_up,
        "oldest_age_seconds": 9.0,
        "reason": reason,
    }
    return {"version": "1", "ready": True, "lag": {}, "outbox": {}, "parked": 0, "overdue": 0, "notices": notices}


def shown(**services: dict[str, object]) -> str:
    console = LongLines(width=200)
    with console.capture() as captured:
        console.print(services_table(services))
    return captured.get()


def test_they_have_a_column_and_services_that_tell_nobody_a_dash() -> None:
    quiet = said(0, 0, 0) | {"notices": None}
    lines = shown(audit=quiet, escalation=said(12, 3, 4)).splitlines()
    assert lines[0].split()[-1] == "notices"
    assert lines[1].split()[-1] == "-"
    assert lines[2].split()[-2:] == ["12", "+4"]


def test_trouble_is_said_with_its_reason_and_where_to_look() -> None:
    [line] = notices_in_words({"audit": {"error": "does not answer"}, "escalation": said(12, 3, 4, "mail-server-away")})
    assert "3 messages to people fail (mail-server-away)" in line
    assert "4 were given up" in line
    assert "sightline notices list" in line


def test_what_only_waits_is_no_trouble() -> None:
    assert notices_in_words({"escalation": said(12, 0, 0)}) == []
