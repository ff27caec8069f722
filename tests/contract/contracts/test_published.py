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
"""A file `X.v1+2.json` is the second state of X.v1: as it was, with the optional fields that joined it."""
_JOINED = {
    *("settings_version", "in_practice_figures", "re_audit_of", "themes", "answered_by", "replaces", "comparable"),
    *("section", "owner_role", "supervision_on", "not_took_part_because", "reflective_discussion_on"),
    *("reflective_discussion_with", "overridden_limits", "number", "final", "blind", "decided_by"),
    *("missed_inadequate", "section_grades", "quality_of_audit", "days_since_completion"),
    *("recorded_late", "consider_by", "reopened", "considered_at", "discussed_at", "second_person", "owner"),
    *("covering", "copy_sent_at", "actions_discussed_at", "late"),
}
"""The fields that joined a published event after its first golden file was written."""


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
    written_back = json.loads(event.to_json())
    assert _added(golden["value"], written_back) <= _JOINED, "a field that joined later, and nothing else, may be new"
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


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_todays_events_keep_what_was_published(path: Path) -> None:
    published = json.loads(path.read_text())
    [event] = [event for event in EVENTS if path.stem.partition("+")[0] == event.TYPE]
    assert broken_promises(published, schemas.json_schema(event)) == []


def _added(golden: Any, written: Any) -> set[str]:
    """Return the names of the fields that are written and not in the golden value; all else must be equal."""
    if isinstance(golden, dict) and isinstance(written, dict):
        assert golden.keys() <= written.keys()
        return set(written.keys() - golden.keys()).union(*(_added(golden[name], written[name]) for name in golden))
    if isinstance(golden, list) and isinstance(written, list):
        assert len(golden) == len(written)
        return set().union(*(_added(one, other) for one, other in zip(golden, written, strict=True)))
    assert golden == written
    return set()


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
