"""Canaries: a text of its own for every free-text box, so that one that gets out says where it came from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from tests.support.stores import connected

LONGEST_TEXT = 20_000
"""By this limit a free-text box is known in the OpenAPI document (services.audit.app.forms.Text)."""

_BYTES = re.compile(r"\\x((?:[0-9a-f]{2})+)")


class Canaries:
    """Makes the texts, and remembers which boxes had one."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.boxes: set[str] = set()

    def __call__(self, box: str) -> str:
        """Give a text for a box such as `AnswerForm.evidence`."""
        text = f"Canary {box} {uuid4().hex}"
        self.texts[text] = box
        self.boxes.add(box)
        return text

    def secret(self, name: str, text: str) -> str:
        """Look out for a text of another kind as well, such as a case number."""
        self.texts[text] = name
        return text

    def in_(self, said: str) -> set[str]:
        """Give the boxes whose text is in what was said, in any letter case."""
        lower = said.lower()
        return {box for text, box in self.texts.items() if text.lower() in lower}


def text_boxes(openapi: dict[str, Any]) -> set[str]:
    """Find every free-text box that a body has, as an OpenAPI document says: `Form.field`, `Form.field.field`."""
    schemas = openapi["components"]["schemas"]
    bodies = {
        form
        for path in openapi["paths"].values()
        for said in path.values()
        for form in _named(said.get("requestBody", {}) if isinstance(said, dict) else {})
    }
    return {f"{form}.{box}" for form in bodies for box in _boxes(schemas, form, frozenset())}


def _boxes(schemas: dict[str, Any], form: str, within: frozenset[str]) -> Iterator[str]:
    """Yield the boxes of a form, and those of the forms in it."""
    for field, said in schemas[form].get("properties", {}).items():
        if LONGEST_TEXT in set(_longest(said)):
            yield field
        for inner in _named(said):
            if inner not in within:
                yield from (f"{field}.{box}" for box in _boxes(schemas, inner, within | {form}))


def _named(schema: Any) -> Iterator[str]:
    """Yield the forms that a schema refers to by their names."""
    if isinstance(schema, dict):
        if isinstance(named := schema.get("$ref"), str):
            yield named.rsplit("/", 1)[1]
        for name, part in schema.items():
            if name != "examples":
                yield from _named(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _named(part)


def _longest(schema: Any) -> Iterator[int]:
    """Yield the length limits in a field's own schema; what it refers to has its own name."""
    if isinstance(schema, dict):
        if isinstance(limit := schema.get("maxLength"), int):
            yield limit
        for part in schema.values():
            yield from _longest(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _longest(part)


async def dump(dsn: str) -> str:
    """Give everything in a database as text: each row of each table, and what its bytes say where they are text."""
    rows: list[str] = []
    async with connected(dsn) as connection:
        tables = await connection.fetch(
            "select schemaname, tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"
        )
        for table in tables:
            name = f'"{table["schemaname"]}"."{table["tablename"]}"'
            rows += [row["text"] for row in await connection.fetch(f"select t::text as text from {name} as t")]
    said = "\n".join(rows)
    return said + "\n".join(bytes.fromhex(found).decode(errors="replace") for found in _BYTES.findall(said))
