"""Log lines carry ids and codes, whatever is thrown at them (guarantee G7: not in logs)."""

from __future__ import annotations

import io
import json
import logging
import string
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.telemetry import context, fields, logs, metrics

log = logs.get_logger()
NAME = "Jane Example"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the process writes while a test runs, with everything put back afterwards."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    names = ("uvicorn", "uvicorn.error", "uvicorn.access", "faststream", "aiokafka", "httpx", "httpcore")
    kept = {
        name: (logging.getLogger(name).handlers[:], logging.getLogger(name).level, logging.getLogger(name).disabled)
        for name in names
    }
    stream = io.StringIO()
    logs.configure("audit", stream=stream)
    yield stream
    root.handlers, root.level = before[0], before[1]
    logging.captureWarnings(capture=False)
    for name, (handlers, level, disabled) in kept.items():
        logger = logging.getLogger(name)
        logger.handlers, logger.level, logger.disabled = handlers, level, disabled
    logs._output.service, logs._output.stream = "-", None


def written(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_names_what_it_belongs_to(lines: io.StringIO) -> None:
    ids = {"correlation_id": uuid4(), "causation_id": uuid4(), "stream_id": uuid4(), "event_id": uuid4()}
    with context.bind(**ids):
        log.info("outbox_sent", sent=12)
    [line] = written(lines)
    assert {name: line[name] for name in ids} == {name: str(value) for name, value in ids.items()}
    assert (line["level"], line["event"], line["service"], line["sent"]) == ("info", "outbox_sent", "audit", 12)
    assert datetime.fromisoformat(line["timestamp"]).tzinfo is not None


def test_ids_are_carried_only_within_their_block(lines: io.StringIO) -> None:
    outer, inner = uuid4(), uuid4()
    with context.bind(correlation_id=outer):
        with context.bind(correlation_id=inner, stream_id=None):
            log.info("outbox_sent")
        log.info("outbox_sent")
    log.info("outbox_sent")
    assert [line.get("correlation_id") for line in written(lines)] == [str(inner), str(outer), None]
    with pytest.raises(TypeError, match="cannot be bound"), context.bind(child_name=uuid4()):
        pass


def test_unknown_fields_are_dropped_and_counted(lines: io.StringIO) -> None:
    before = metrics.LOG_FIELDS_DROPPED._value.get()
    log.info("outbox_sent", child_name=NAME, sent=1, notes="a note")
    [line] = written(lines)
    assert "child_name" not in line
    assert "notes" not in line
    assert line["dropped_fields"] == 2
    assert metrics.LOG_FIELDS_DROPPED._value.get() - before == 2


@pytest.mark.parametrize("value", [NAME, {"name": NAME}, b"Jane", object(), ["x", NAME], "café", "a" * 300, ""])
def test_text_is_withheld_under_an_allowed_name_too(lines: io.StringIO, value: Any) -> None:
    log.info("outbox_sent", status=value)
    assert "Jane" not in lines.getvalue()
    assert "[withheld]" in lines.getvalue()


def test_codes_ids_times_and_numbers_are_written(lines: io.StringIO) -> None:
    one = UUID(int=1)
    log.info(
        "outbox_sent", topic="audit.events", stream_id=one, wake_at=datetime(2026, 1, 1, tzinfo=UTC), partitions=[0, 1]
    )
    [line] = written(lines)
    assert line["topic"] == "audit.events"
    assert line["stream_id"] == str(one)
    assert line["wake_at"] == "2026-01-01T00:00:00+00:00"
    assert line["partitions"] == [0, 1]


def test_a_name_made_of_values_is_not_written(lines: io.StringIO) -> None:
    log.info(f"audit of {NAME} completed")  # noqa: G004 - the mistake under test
    log.info("%s", NAME)
    assert [line["event"] for line in written(lines)] == ["unnamed", "unnamed"]
    assert "Jane" not in lines.getvalue()


def test_exceptions_are_written_as_class_and_place(lines: io.StringIO) -> None:
    def refuse() -> None:
        raise ValueError(f"the row ({NAME}) is refused")

    try:
        refuse()
    except ValueError as error:
        log.error("request_failed", error=error)  # noqa: TRY400 - the field is under test
        log.exception("request_failed")
    for line in written(lines):
        assert line["error"] == "ValueError"
        assert line["where"].startswith("tests/unit/telemetry/test_logs.py:")
        assert line["level"] == "error"
    assert "Jane" not in lines.getvalue()


def test_libraries_speak_without_their_values(lines: io.StringIO) -> None:
    logging.getLogger("aiokafka.consumer").warning("Heartbeat failed for %s", NAME)
    logging.getLogger("asyncpg").error("insert (%s) refused", NAME)
    logging.getLogger("some.library").warning(f"value {NAME}")  # noqa: G004 - as libraries do
    logging.getLogger("aiokafka.client").warning(f"value {NAME}")  # noqa: G004 - as even this one may
    try:
        _ = dict[str, str]()[NAME]
    except KeyError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    heartbeat, database, formatted, known, server = written(lines)
    assert heartbeat["template"] == "Heartbeat failed for %s"
    assert heartbeat["logger"] == "aiokafka.consumer"
    assert "template" not in database
    assert "template" not in formatted
    assert "template" not in known
    assert server["error"] == "KeyError"
    assert {line["event"] for line in (heartbeat, database, formatted, server)} == {"library_logged"}
    assert "Jane" not in lines.getvalue()


def test_addresses_with_their_values_are_not_logged(lines: io.StringIO) -> None:
    logging.getLogger("uvicorn.access").info('%s - "%s %s HTTP/%s" %d', "h", "GET", "/cases/NM-1001", "1.1", 200)
    logging.getLogger("httpx").info("HTTP Request: GET /cases/NM-1001")
    assert lines.getvalue() == ""


def test_a_flood_is_cut_to_five_lines(lines: io.StringIO) -> None:
    for _ in range(200):
        logging.getLogger("aiokafka.client").error("Unable connect to node with id %s", 0)
    assert len(written(lines)) == 5


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.text(string.ascii_lowercase + "_", min_size=1).filter(
            lambda name: name not in fields.ALLOWED and name not in {"event", "exc_info", "stack_info", "self"}
        ),
        st.recursive(
            st.text(min_size=4).map(lambda text: f"<{text}>secret"),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
            max_leaves=5,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_free_text_in_unknown_fields_never_appears(lines: io.StringIO, given_fields: dict[str, Any]) -> None:
    lines.seek(0)
    lines.truncate()
    log.info("outbox_sent", **given_fields)
    assert "secret" not in lines.getvalue()
    assert written(lines)[0]["dropped_fields"] == len(given_fields)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(fields.ALLOWED)), st.text(), st.sampled_from(" ,'\"\n;!?&"), st.text())
def test_no_sentence_passes_under_any_allowed_name(name: str, before: str, sign: str, after: str) -> None:
    text = before + sign + after
    kept, refused = fields.clean({name: text})
    assert kept == {name: fields.WITHHELD}
    assert refused == 1
