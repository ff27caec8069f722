"""What stands under every chart: where its numbers come from, in words."""

from __future__ import annotations

from services.reporting.facts.live import Freshness
from services.reporting.pages.view import source_line


def freshness(positions: dict[tuple[str, int], int]) -> Freshness:
    return Freshness(moment=None, recorded_to=None, positions=positions, lag=None)


def test_the_source_is_a_sentence_whatever_topics_are_called_here() -> None:
    read = {("live.audit.events", 0): 9_000, ("live.audit.events", 1): 1_118, ("live.escalation.events", 0): 512}
    assert source_line(freshness(read)) == (
        "Source: Sightline event log, read up to number 10,118 of the audit events "
        "and number 512 of the audit escalation events."
    )
    assert source_line(freshness({})) == "Source: Sightline event log, which holds no event yet."
