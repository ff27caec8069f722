"""The table of event types in docs/events.md, made from the contracts: `python -m shared.messaging.catalogue`.

A test keeps the page true; nobody edits between its two marks.
"""

import inspect
from pathlib import Path
from typing import Final

from shared.contracts.base import TOPICS, PublicEvent
from shared.contracts.registry import EVENTS

PAGE: Final = Path(__file__).parents[2] / "docs" / "events.md"
BEGIN: Final = "<!-- made by `python -m shared.messaging.catalogue`: begin -->"
END: Final = "<!-- made by `python -m shared.messaging.catalogue`: end -->"


def table() -> str:
    """Give the tables of every event type, one a topic, with what each says and which fields it carries."""
    parts = []
    for topic in TOPICS:
        rows = [_row(event) for event in EVENTS if topic == event.TOPIC]
        parts.append(f"### `{topic}`\n\n| type | what happened | fields |\n|---|---|---|\n" + "\n".join(rows))
    return "\n\n".join(parts)


def _row(event: type[PublicEvent]) -> str:
    said = inspect.cleandoc(event.__doc__ or "").splitlines()[0]
    fields = ", ".join(f"`{name}`" for name in event.model_fields)
    return f"| [`{event.TYPE}`](contracts/schemas/{event.TYPE}.json) | {said} | {fields} |"


def with_table(page: str) -> str:
    """Give a page's text with the table between its marks made anew."""
    before, found, rest = page.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not (found and ended):
        raise ValueError(f"{PAGE.name} lacks its marks: put {BEGIN} and {END} where the tables belong")
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
