"""The contracts as files for whoever reads them without our code: JSON Schema a type, and one AsyncAPI 3 document.

`python -m shared.contracts.schemas` writes docs/contracts anew; a test keeps the files true. A published schema
file is changed only in ways that `compatibility.py` allows.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from shared.contracts.base import AUDIT_EVENTS, ESCALATION_EVENTS, REPORTING_EVENTS, PublicEvent
from shared.contracts.envelope import schema_of
from shared.contracts.registry import EVENTS

FOLDER = Path(__file__).parents[2] / "docs" / "contracts"

_TOPICS = {
    AUDIT_EVENTS: "Audits, moderation, recommendations, tools and erasures; published by the audit service.",
    ESCALATION_EVENTS: "Audit escalations and their clocks; published by the escalation service.",
    REPORTING_EVENTS: "Decisions people took in reporting; published by the reporting service.",
}
_SENDERS = {AUDIT_EVENTS: "audit", ESCALATION_EVENTS: "escalation", REPORTING_EVENTS: "reporting"}


def json_schema(event: type[PublicEvent]) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of an event's data."""
    schema = event.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": schema_of(event.TYPE), **schema}


def envelope_schema() -> dict[str, Any]:
    """Return the JSON Schema of the Kafka headers of every event (CloudEvents 1.0, binary mode)."""
    text = {"type": "string"}
    uuid = {"type": "string", "format": "uuid"}
    moment = {"type": "string", "format": "date-time"}
    return {
        "type": "object",
        "required": [
            "ce_specversion",
            "ce_id",
            "ce_type",
            "ce_source",
            "ce_subject",
            "ce_time",
            "ce_dataschema",
            "ce_authority",
            "ce_sequence",
            "ce_correlationid",
            "ce_recordedtime",
            "content-type",
        ],
        "properties": {
            "ce_specversion": {"const": "1.0"},
            "ce_id": {**uuid, "description": "the same however often the event is published"},
            "ce_type": {**text, "description": "the event's type with its version"},
            "ce_source": {**text, "description": "the service that published it"},
            "ce_subject": {**uuid, "description": "the stream's id, and the record's key"},
            "ce_time": {**moment, "description": "when it happened in the business"},
            "ce_dataschema": text,
            "ce_authority": {**text, "description": "the local authority it belongs to"},
            "ce_sequence": {**text, "description": "number among the stream's public events, from 1, without holes"},
            "ce_correlationid": {**uuid, "description": "copied along a whole chain of causes"},
            "ce_causationid": {**uuid, "description": "the id of the event that caused this one, where one did"},
            "ce_recordedtime": {**moment, "description": "when the service wrote it down"},
            "traceparent": {**text, "description": "W3C trace context, where there is one"},
            "content-type": {"const": "application/json"},
        },
    }


def asyncapi() -> dict[str, Any]:
    """Return the AsyncAPI 3.0 document of all topics and events."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for topic, description in _TOPICS.items():
        name = topic.replace(".", "-")
        here = [event for event in EVENTS if topic == event.TOPIC]
        channels[name] = {
            "address": topic,
            "description": description,
            "messages": {event.TYPE: {"$ref": f"#/components/messages/{event.TYPE}"} for event in here},
            "bindings": {"kafka": {"topic": topic, "partitions": 12, "bindingVersion": "0.5.0"}},
        }
        operations[f"{_SENDERS[topic]}-publishes"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{name}"},
            "summary": description,
        }
        for event in here:
            messages[event.TYPE] = {
                "name": event.TYPE,
                "title": event.__name__,
                "summary": (event.__doc__ or "").strip(),
                "contentType": "application/json",
                "headers": {"$ref": "#/components/schemas/envelope"},
                "payload": {
                    "schemaFormat": "application/schema+json;version=draft-2020-12",
                    "schema": {"$ref": f"./schemas/{event.TYPE}.json"},
                },
                "bindings": {"kafka": {"key": {"type": "string", "format": "uuid"}, "bindingVersion": "0.5.0"}},
            }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Sightline's public events",
            "version": "1.0.0",
            "description": "CloudEvents 1.0 over Kafka in binary mode. docs/events.md says how to read them.",
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": {"envelope": envelope_schema()}},
    }


def files() -> dict[str, str]:
    """Return every generated file's text by its path under docs/contracts."""
    generated = {
        f"schemas/{event.TYPE}.json": json.dumps(json_schema(event), indent=2, ensure_ascii=False) + "\n"
        for event in EVENTS
    }
    generated["asyncapi.yaml"] = yaml.safe_dump(asyncapi(), sort_keys=False, allow_unicode=True, width=110)
    return generated


def write(folder: Path = FOLDER) -> None:
    """Write the files."""
    for path, text in files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


if __name__ == "__main__":
    write()
