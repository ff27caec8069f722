"""What `sightline status` says of messages that never came."""

from __future__ import annotations

from infra.cli.show import LongLines
from infra.cli.status import missing_in_words, services_table


def said(missing: int) -> dict[str, object]:
    return {"version": "1", "ready": True, "lag": {}, "outbox": {}, "parked": 7, "missing": missing, "overdue": 0}


def test_they_are_counted_beside_the_parked_ones() -> None:
    console = LongLines(width=200)
    with console.capture() as captured:
        console.print(services_table({"audit": said(0), "escalation": said(1234), "reporting": {"error": "away"}}))
    head, audit, escalation, reporting = captured.get().splitlines()
    assert head.split()[-4:] == ["parked", "missing", "overdue", "notices"]
    assert audit.split()[-4:] == ["7", "0", "0", "-"]
    assert escalation.split()[-4:] == ["7", "1,234", "0", "-"]
    assert reporting.split() == ["reporting", "away"]


def test_the_way_out_is_said_of_the_service_that_misses_some_alone() -> None:
    [line] = missing_in_words({"audit": said(0), "escalation": said(3), "reporting": {"error": "does not answer"}})
    assert line.startswith("escalation: 3 messages never came")
    assert "sightline parked holes" in line
    assert "sightline republish" in line
