"""The envelope, held to the cloudevents package: two independent readers of the same record agree."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import orjson
import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event, to_binary_event
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.envelope import Envelope, EnvelopeInvalid, decode, encode, event_id, schema_of

moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive by hypothesis's rule
words = st.from_regex(r"[a-z][a-z0-9.-]{0,40}", fullmatch=True)
envelopes = st.builds(
    Envelope,
    id=st.uuids(),
    type=words,
    source=words.map(lambda word: "/" + word),
    subject=st.uuids(),
    time=moments,
    recorded_at=moments,
    authority=words,
    sequence=st.integers(1, 2**31),
    correlation_id=st.uuids(),
    causation_id=st.none() | st.uuids(),
    data_schema=words.map(schema_of),
    traceparent=st.none() | st.just("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    data=st.dictionaries(words, st.integers(-(2**53), 2**53), max_size=5).map(orjson.dumps),
)


@given(envelopes)
def test_what_is_written_is_read_back(envelope: Envelope) -> None:
    message = encode(envelope)
    assert decode(message.headers, message.value) == envelope
    assert message.key == str(envelope.subject).encode()


@given(envelopes)
def test_the_cloudevents_package_reads_what_we_write(envelope: Envelope) -> None:
    message = encode(envelope)
    read = from_binary_event(KafkaMessage(dict(message.headers), message.key, message.value))
    assert read.get_id() == str(envelope.id)
    assert read.get_type() == envelope.type
    assert read.get_source() == envelope.source
    assert read.get_subject() == str(envelope.subject)
    assert read.get_time() == envelope.time
    assert read.get_dataschema() == envelope.data_schema
    assert read.get_datacontenttype() == "application/json"
    assert read.get_extension("authority") == envelope.authority
    assert read.get_extension("sequence") == str(envelope.sequence)
    assert read.get_extension("correlationid") == str(envelope.correlation_id)
    assert read.get_data() == orjson.loads(envelope.data)


@given(envelopes)
def test_we_read_what_the_cloudevents_package_writes(envelope: Envelope) -> None:
    message = encode(envelope)
    theirs = to_binary_event(from_binary_event(KafkaMessage(dict(message.headers), message.key, message.value)))
    headers = [(name, value) for name, value in theirs.headers.items()]
    if envelope.traceparent is not None:  # W3C trace context is a plain Kafka header beside the CloudEvents ones
        headers.append(("traceparent", envelope.traceparent.encode()))
    read = decode(headers, envelope.data)
    assert read == envelope


@pytest.fixture
def envelope() -> Envelope:
    moment = datetime(2026, 3, 27, 15, 4, 5, tzinfo=UTC)
    subject = UUID("6b1f0a2e-94a6-4c2b-8a44-0d7f7f9d0a11")
    return Envelope(
        id=event_id("/audit", subject, 1),
        type="audit-completed.v1",
        source="/audit",
        subject=subject,
        time=moment,
        recorded_at=moment,
        authority="northmoor",
        sequence=1,
        correlation_id=uuid4(),
        causation_id=None,
        data_schema=schema_of("audit-completed.v1"),
        traceparent=None,
        data=b"{}",
    )


@pytest.mark.parametrize(
    "name",
    [
        "ce_specversion",
        "ce_id",
        "ce_type",
        "ce_source",
        "ce_subject",
        "ce_time",
        "ce_recordedtime",
        "ce_authority",
        "ce_sequence",
        "ce_correlationid",
        "ce_dataschema",
    ],
)
@pytest.mark.parametrize("value", [b"\xff\xfe", b"", None, "gone"])
def test_a_broken_header_is_named_and_its_value_is_not(
    envelope: Envelope, name: str, value: bytes | str | None
) -> None:
    headers: dict[str, bytes | None] = dict(encode(envelope).headers)
    if isinstance(value, str):
        del headers[name]
    else:
        headers[name] = value
    with pytest.raises(EnvelopeInvalid, match=name):
        decode(list(headers.items()), b"{}")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_id", b"Jamie Doe"),
        ("ce_subject", b"Jamie Doe"),
        ("ce_time", b"Jamie Doe"),
        ("ce_time", b"2026-03-27T15:04:05"),
        ("ce_sequence", b"Jamie Doe"),
        ("ce_sequence", b"0"),
        ("ce_causationid", b"Jamie Doe"),
        ("traceparent", b"\xff"),
    ],
)
def test_an_unreadable_header_never_repeats_what_it_says(envelope: Envelope, name: str, value: bytes) -> None:
    headers: dict[str, bytes | None] = dict(encode(envelope).headers)
    headers[name] = value
    with pytest.raises(EnvelopeInvalid, match=name) as refused:
        decode(list(headers.items()), b"{}")
    assert "Jamie" not in str(refused.value)


def test_a_record_without_value_is_no_event(envelope: Envelope) -> None:
    with pytest.raises(EnvelopeInvalid, match="no value"):
        decode(encode(envelope).headers, None)


def test_an_events_id_depends_on_source_stream_and_number_alone() -> None:
    stream = uuid4()
    assert event_id("/audit", stream, 1) == event_id("/audit", stream, 1)
    assert len({event_id("/audit", stream, 1), event_id("/audit", stream, 2), event_id("/escalation", stream, 1)}) == 3


def test_times_are_written_in_one_zone(envelope: Envelope) -> None:
    summer = envelope.time.astimezone(timezone(timedelta(hours=1)))
    message = encode(
        Envelope(**{field: getattr(envelope, field) for field in Envelope.__slots__ if field != "time"}, time=summer)
    )
    assert dict(message.headers)["ce_time"] == b"2026-03-27T15:04:05+00:00"
