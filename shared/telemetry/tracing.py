"""Trace context across HTTP and Kafka, as W3C `traceparent` (OpenTelemetry).

Spans are kept only when an exporter is set up by OpenTelemetry's own setting OTEL_EXPORTER_OTLP_ENDPOINT; the
trace context travels with every message in any case.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from uuid import UUID

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()
_TRACER = "sightline"


class TracingMisconfigured(Exception):
    """An exporter was asked for and its package is not installed."""


def configure(service: str, *, environment: Mapping[str, str] | None = None) -> None:
    """Start giving trace ids in this process; with OTEL_EXPORTER_OTLP_ENDPOINT set, also send the spans there."""
    given = os.environ if environment is None else environment
    provider = TracerProvider(resource=Resource.create({"service.name": f"sightline-{service}"}))
    if given.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        try:
            exporter = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
        except ImportError as error:
            raise TracingMisconfigured(
                "OTEL_EXPORTER_OTLP_ENDPOINT is set, and the package opentelemetry-exporter-otlp-proto-http is not "
                "installed. Install it beside Sightline, or unset the variable."
            ) from error
        provider.add_span_processor(BatchSpanProcessor(exporter.OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def inject() -> str | None:
    """Give the current trace context as a `traceparent`, or None outside any trace."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


def extract(traceparent: str | None) -> otel_context.Context:
    """Give the context a `traceparent` names; an empty or malformed one gives an empty context."""
    return _PROPAGATOR.extract({"traceparent": traceparent} if traceparent else {}, context=otel_context.Context())


@contextmanager
def span(name: str, *, traceparent: str | None = None, **codes: str | int | UUID) -> Iterator[None]:
    """Do work inside a span, child of the one `traceparent` names or else of the current one.

    The name and the attributes are codes and ids only; exceptions are recorded by class, never by message.
    """
    parent = extract(traceparent) if traceparent else None
    attributes = {key: str(value) if isinstance(value, UUID) else value for key, value in codes.items()}
    tracer = trace.get_tracer(_TRACER)
    with tracer.start_as_current_span(
        name, context=parent, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield
        except BaseException as error:
            current.set_status(trace.StatusCode.ERROR, type(error).__name__)
            raise
