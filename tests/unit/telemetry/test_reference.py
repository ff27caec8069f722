from __future__ import annotations

from shared.telemetry import metrics, reference
from shared.telemetry.events import LOG_EVENTS
from shared.web.settings import WebSettings


def test_every_log_event_has_its_row() -> None:
    table = reference.log_events_table()
    assert all(f"| `{name}` |" in table for name in LOG_EVENTS)
    assert "`route`" in table


def test_every_metric_has_its_row() -> None:
    table = reference.metrics_table()
    assert all(f"| `{one.name}` | {one.kind} |" in table for one in metrics.listing())


def test_every_setting_has_its_row_once_with_its_default() -> None:
    table = reference.settings_table([WebSettings, WebSettings])
    assert table.count("`SIGHTLINE_BODY_LIMIT_BYTES`") == 1
    assert "| `SIGHTLINE_LOCAL` | `false` | Local use" in table
    assert "| `SIGHTLINE_TOKENS_JWKS` | none | File or URL" in table


def test_each_row_has_the_columns_of_its_heading() -> None:
    for table in (reference.metrics_table(), reference.settings_table([WebSettings])):
        widths = {line.replace("\\|", "").count("|") for line in table.splitlines()}
        assert len(widths) == 1
