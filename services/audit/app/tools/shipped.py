"""The audit tools that come with Sightline: documents to start from, published for nobody until someone does."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any


def shipped_names() -> tuple[str, ...]:
    """Return the names of the shipped tools."""
    folder = files("services.audit") / "tools"
    return tuple(sorted(each.name.removesuffix(".json") for each in folder.iterdir() if each.name.endswith(".json")))


def shipped(name: str) -> dict[str, Any]:
    """Return the document of a shipped tool.

    Raises:
        KeyError: no tool of that name is shipped.

    """
    if name not in shipped_names():
        raise KeyError(name)
    text = (files("services.audit") / "tools" / f"{name}.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document
