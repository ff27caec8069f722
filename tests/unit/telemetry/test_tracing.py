from __future__ import annotations

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan

from shared.telemetry import tracing

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(scope="module", autouse=True)
def _provider() -> None:
    tracing.configure("test", environment={})


def test_outside_a_trace_there_is_nothing_to_carry() -> None:
    assert tracing.inject() is None


def test_a_trace_goes_on_across_a_message() -> None:
    with tracing.span("append"):
        carried = tracing.inject()
    assert carried is not None
    with tracing.span("handle", traceparent=carried):
        onward = tracing.inject()
    assert onward is not None
    assert onward.split("-")[1] == carried.split("-")[1]
    assert onward.split("-")[2] != carried.split("-")[2]


def test_a_caller_s_trace_is_joined() -> None:
    with tracing.span("http_request", traceparent=PARENT):
        joined = tracing.inject()
    assert joined is not None
    assert joined.split("-")[1] == "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize("malformed", ["", "Jane Example", "00-xyz-b7ad6b7169203331-01", "00-0-0-0"])
def test_a_malformed_traceparent_starts_a_new_trace(malformed: str) -> None:
    with tracing.span("handle", traceparent=malformed):
        assert trace.get_current_span().get_span_context().is_valid


def test_a_fault_marks_the_span_by_class_alone() -> None:
    seen: list[trace.Span] = []

    def work() -> None:
        with tracing.span("handle"):
            seen.append(trace.get_current_span())
            raise ValueError("Jane Example")

    with pytest.raises(ValueError, match="Jane"):
        work()
    [span] = seen
    assert isinstance(span, ReadableSpan)
    assert span.status.description == "ValueError"
    assert not span.events


def test_an_exporter_that_is_not_installed_is_said() -> None:
    with pytest.raises(tracing.TracingMisconfigured, match="opentelemetry-exporter-otlp-proto-http"):
        tracing.configure("test", environment={"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"})
