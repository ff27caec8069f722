"""docs/events.md says what is so: its tables are the contracts', its example is the file that is run."""

from __future__ import annotations

import json
import re
from pathlib import Path

from shared.contracts.registry import EVENTS
from shared.messaging.catalogue import PAGE, with_table

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "docs" / "examples" / "consumer.py"
GOLDEN = ROOT / "tests" / "contract" / "contracts" / "golden"


def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_the_tables_are_made_from_the_contracts() -> None:
    assert page() == with_table(page())
    for event in EVENTS:
        assert f"`{event.TYPE}`" in page()


def test_the_example_is_the_file_that_a_test_runs() -> None:
    [shown] = re.findall(r"```python\n(.*?)```", page(), re.DOTALL)
    assert shown == EXAMPLE.read_text(encoding="utf-8")


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page()):
        assert (PAGE.parent / target).exists(), target


def test_every_header_that_is_sent_is_told() -> None:
    told = set(re.findall(r"^\| `([a-z_-]+)` \|", page(), re.MULTILINE))
    golden = json.loads((GOLDEN / "audit-completed.v1.json").read_text(encoding="utf-8"))
    sent = {name for name, _ in golden["headers"]}
    assert sent <= told
