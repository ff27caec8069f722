"""In this field "escalation" alone is the reviewing officers' dispute: what people read says audit escalation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[3]
ALONE: Final = re.compile(r"(?<!audit[ -])\bescalations?\b", re.IGNORECASE)

NAMES: Final = re.compile(
    r"escalation service"  # the service's own name
    r"|/v1/\S*|docs/\S*|https?://\S*"  # addresses
    r"|escalation[-.]\w[\w.-]*"  # events and topics: escalation-raised.v1, escalation.events
    r"|escalation/"  # where something stands in a settings document
    r"|\bescalation\.\w+"
    r"|category = 'escalation'"  # the category of its streams in the store
    r"|audit, escalation"  # the services in a row
    r"|(?:under|the key) `?escalation`?"  # the key of the settings document
)
"""What is named so and is no word of the field, each with why."""

FIGURES: Final = re.compile(r"^escalations [a-z_]+(?: practice| safeguarding| and| and [a-z_]+)?$")
"""Names of figures within reporting (`escalations within_clock practice`), which nobody is shown."""

FOLDERS: Final = ("services/reporting/reports", "services/reporting/pages", "services/escalation", "shared/authority")


def sentences(module: Path) -> Iterator[str]:
    """Every text of a module with a blank in it, but for docstrings."""
    tree = ast.parse(module.read_text("utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            text = " ".join(node.value.split())
            if " " in text and not FIGURES.match(text):
                yield text


def spoken(template: Path) -> str:
    """What a template says: without its tags, expressions and comments."""
    return " ".join(
        re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}|<[^>]*>", " ", template.read_text("utf-8"), flags=re.DOTALL).split()
    )


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_sentence_says_escalation_alone(folder: str) -> None:
    found = {
        f"{module.relative_to(ROOT)}: {text}"
        for module in (ROOT / folder).rglob("*.py")
        for text in sentences(module)
        if ALONE.search(NAMES.sub("", text))
    }
    assert found == set()


def test_no_template_says_escalation_alone() -> None:
    templates = [*(ROOT / "services").rglob("*.html"), *(ROOT / "shared").rglob("*.html")]
    assert len(templates) > 10
    found = {str(one.relative_to(ROOT)) for one in templates if ALONE.search(NAMES.sub("", spoken(one)))}
    assert found == set()
