"""What was ever published stays readable and keeps its promises."""

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from shared.contracts import envelope as envelopes
from shared.contracts import schemas
from shared.contracts.compatibility import broken_promises
from shared.contracts.registry import EVENTS, parse

HERE = Path(__file__).parent
GOLDEN = sorted((HERE / "golden").glob("*.json"))
PUBLISHED = sorted((HERE / "published").glob("*.json"))


def _record(path: Path) -> tuple[list[tuple[str, bytes]], bytes, dict[str, Any]]:
    golden = json.loads(path.read_text())
    headers = [(name, value.encode()) for name, value in golden["headers"]]
    return headers, json.dumps(golden["value"]).encode(), golden


def test_every_event_has_a_golden_file_and_a_published_schema() -> None:
    names = {f"{event.TYPE}.json" for event in EVENTS}
    assert names <= {path.name for path in GOLDEN}
    assert names <= {path.name for path in PUBLISHED}


def test_no_published_file_was_edited() -> None:
    """The list of checksums grows; a line of it never changes."""
    for line in (HERE / "sealed.sha256").read_text().splitlines():
        checksum, name = line.split("  ")
        assert hashlib.sha256((HERE / name).read_bytes()).hexdigest() == checksum, f"{name} was edited"


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_event_is_read_and_written_back_as_it_was(path: Path) -> None:
    headers, value, golden = _record(path)
    envelope = envelopes.decode(headers, value)
    event = parse(envelope)
    assert event is not None
    assert json.loads(event.to_json()) == golden["value"]
    written = envelopes.encode(envelope)
    assert dict(written.headers) == dict(headers)
    assert written.key == golden["key"].encode()


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_golden_event_satisfies_its_published_schema(path: Path) -> None:
    """An independent validator reads the schema file, as another team would."""
    schema = json.loads((HERE / "published" / path.name).read_text())
    golden = json.loads(path.read_text())
    jsonschema.Draft202012Validator(schema).validate(golden["value"])
    jsonschema.Draft202012Validator(schemas.envelope_schema()).validate(dict(golden["headers"]))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.TYPE)
def test_todays_events_keep_what_was_published(event: Any) -> None:
    published = json.loads((HERE / "published" / f"{event.TYPE}.json").read_text())
    assert broken_promises(published, schemas.json_schema(event)) == []


def test_the_files_in_docs_are_what_the_code_says() -> None:
    for path, text in schemas.files().items():
        assert (schemas.FOLDER / path).read_text() == text, f"docs/contracts/{path}: python -m shared.contracts.schemas"


def _audit_completed() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((HERE / "published" / "audit-completed.v1.json").read_text())
    return schema


def _field_gone(schema: dict[str, Any]) -> None:
    del schema["properties"]["concern"]


def _field_now_optional(schema: dict[str, Any]) -> None:
    schema["required"].remove("concern")


def _word_added(schema: dict[str, Any]) -> None:
    schema["$defs"]["Grade"]["enum"].append("exceptional")


def _type_changed(schema: dict[str, Any]) -> None:
    schema["properties"]["tool_version"]["type"] = "string"


def _bound_changed(schema: dict[str, Any]) -> None:
    schema["properties"]["tool_version"]["minimum"] = 0


def _no_longer_null(schema: dict[str, Any]) -> None:
    schema["$defs"]["SectionResult"]["properties"]["grade"]["anyOf"].pop()


@pytest.mark.parametrize(
    "change", [_field_gone, _field_now_optional, _word_added, _type_changed, _bound_changed, _no_longer_null]
)
def test_an_incompatible_change_is_refused(change: Any) -> None:
    changed = copy.deepcopy(_audit_completed())
    change(changed)
    assert broken_promises(_audit_completed(), changed) != []


def test_a_new_field_is_welcome() -> None:
    changed = copy.deepcopy(_audit_completed())
    changed["properties"]["language"] = {"type": "string"}
    assert broken_promises(_audit_completed(), changed) == []
