"""Why a tool's lifecycle says no: each refusal a type with a sentence and the way out."""

from __future__ import annotations

from services.audit.domain.refusals import Problem, Refused


class ToolNotDrafted(Refused):
    """There is no draft of the tool."""

    code = "tool-not-drafted"
    sentence = "The tool has no draft."
    way_out = "Save a draft first, or publish a document."


class ToolVersionRetired(Refused):
    """The version takes no new audits; those under way finish on it."""

    code = "tool-version-retired"
    sentence = "This version of the tool is retired: no new audit begins with it."
    way_out = "Leave tool_version out, or name a version that is in use; `GET /v1/tools/{tool}/versions` lists them."


RETIRED_VERSION = Problem("tool_version", ToolVersionRetired.sentence, ToolVersionRetired.way_out)
"""The fault of an allocation that names a retired version, or a tool of which every version is retired."""
