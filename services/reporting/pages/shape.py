"""The shape of a report's JSON, as JSON Schema: for whoever reads it by a program."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from services.reporting.reports.figures import Report

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


class Position(BaseModel):
    """How far a partition of a topic is read: every event before `next_offset` is in the figures."""

    topic: str
    partition: int
    next_offset: int


class FreshnessShape(BaseModel):
    """What the figures are true for. `lag` counts events that are not in them yet; null where that is not known."""

    moment: datetime | None
    recorded_to: datetime | None
    lag: int | None
    behind: bool
    positions: list[Position]


class PublicationShape(BaseModel):
    """When the report was published, and the SHA-256 of what was kept; only with a published report."""

    model_config = ConfigDict(extra="allow")

    published_at: datetime
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Document(BaseModel):
    """A report as `/reports/triannual.json` and the boards' `.json` answer it."""

    freshness: FreshnessShape
    publication: PublicationShape | None = None
    known_at: datetime | None = Field(default=None, description="there where the figures are what was known then")
    report: Report


def document_schema() -> dict[str, Any]:
    """Return the JSON Schema of a report's JSON."""
    schema = Document.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": _DIALECT, "$id": "urn:sightline:report", "title": "Report", **schema}
