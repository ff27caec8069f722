"""Whether a changed event may keep its version: what a published type promised, it keeps promising.

Readers ignore unknown fields, so a new field is welcome. Everything else that a reader may rely on stays:
no field goes, none changes its type or loses a bound, no word is added to a closed list (a reader would refuse it).
"""

from __future__ import annotations

from typing import Any

_COMPARED = (
    "type",
    "format",
    "const",
    "pattern",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
)


def broken_promises(published: dict[str, Any], proposed: dict[str, Any]) -> list[str]:
    """Return a sentence for each promise of `published` that `proposed` breaks; none means compatible.

    Both are JSON Schemas as `schemas.json_schema` writes them.
    """
    return _compare(published, proposed, published, proposed, "value")


def _compare(old: Any, new: Any, old_root: dict[str, Any], new_root: dict[str, Any], place: str) -> list[str]:
    old, new = _resolve(old, old_root), _resolve(new, new_root)
    broken: list[str] = [
        f"{place}: {word} was {old.get(word)!r} and is {new.get(word)!r}"
        for word in _COMPARED
        if old.get(word) != new.get(word)
    ]
    if old.get("enum") != new.get("enum"):
        broken.append(f"{place}: the list of words changed")
    broken += _fields(old, new, old_root, new_root, place)
    for word in ("items", "additionalProperties"):
        if isinstance(old.get(word), dict) and isinstance(new.get(word), dict):
            broken += _compare(old[word], new[word], old_root, new_root, f"{place}[]")
        elif old.get(word) != new.get(word):
            broken.append(f"{place}: {word} changed")
    old_choices, new_choices = old.get("anyOf", []), new.get("anyOf", [])
    if len(old_choices) != len(new_choices):
        broken.append(f"{place}: the choice of types changed")
    else:
        for before, after in zip(old_choices, new_choices, strict=True):
            broken += _compare(before, after, old_root, new_root, place)
    return broken


def _fields(
    old: dict[str, Any], new: dict[str, Any], old_root: dict[str, Any], new_root: dict[str, Any], place: str
) -> list[str]:
    broken: list[str] = []
    fields = new.get("properties", {})
    for name, field in old.get("properties", {}).items():
        if name not in fields:
            broken.append(f"{place}.{name}: the field is gone")
        else:
            broken += _compare(field, fields[name], old_root, new_root, f"{place}.{name}")
    for name in old.get("required", []):
        if name in fields and name not in new.get("required", []):
            broken.append(f"{place}.{name}: was always there and may now be missing")
    return broken


def _resolve(schema: Any, root: dict[str, Any]) -> dict[str, Any]:
    if isinstance(schema, dict) and "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[-1]
        resolved: dict[str, Any] = root["$defs"][name]
        return resolved
    return schema if isinstance(schema, dict) else {}
