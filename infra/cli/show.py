"""How commands show things: one console (NO_COLOR and pipes respected), and the stack's state as lines."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from infra.stack.state import State

_AS_WIDE_AS_NEEDED: Final = 1_000
_LONDON: Final = ZoneInfo("Europe/London")


class LongLines(Console):
    """A console that breaks lines for a terminal alone: what goes to a file or another program keeps each in one."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as `rich.console.Console` does; a width that was asked for (COLUMNS) is kept."""
        if not self.is_terminal and self._width is None:
            options = {"soft_wrap": True, "width": _AS_WIDE_AS_NEEDED, **options}
        super().print(*objects, **options)


console = LongLines(highlight=False)
errors = LongLines(stderr=True, highlight=False)

_MARKS: Final = {
    "ready": "[green]●[/]",
    "failed": "[red]●[/]",
    "restarting": "[red]○[/]",
    "not ready": "[red]○[/]",
    "stopped": "[dim]○[/]",
}


def moment_in_words(moment: datetime, now: datetime) -> str:
    """Say when something was, as England's clocks show it: `today 09:16`, `yesterday 17:40`, `3 June 2026, 08:00`."""
    local, today = moment.astimezone(_LONDON), now.astimezone(_LONDON).date()
    match (today - local.date()).days:
        case 0:
            return f"today {local:%H:%M}"
        case 1:
            return f"yesterday {local:%H:%M}"
    return f"{local.day} {local:%B %Y, %H:%M}"


def print_json(value: Any) -> None:
    """Print one JSON document, plain."""
    console.file.write(json.dumps(value, indent=1, default=str) + "\n")


def parts_table(state: State) -> Table:
    """Show each part with its phase, its address and what it is doing."""
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    for name, part in state.parts.items():
        words = part.detail
        if part.restarts:
            words = f"{words} (restarted {part.restarts} times)" if part.restarts > 1 else f"{words} (restarted once)"
        mark = _MARKS.get(part.phase, "[yellow]○[/]")
        address = part.address if part.phase in {"ready", "working", "not ready"} else ""
        table.add_row(mark, name, part.phase, address, f"[dim]{words.strip()}[/]")
    return table


def state_json(state: State | None, home: str) -> dict[str, Any]:
    """Give the stack's state for `--json`; `running` is false where no supervisor has the folder."""
    return {"home": home, "running": state is not None, **(asdict(state) if state else {})}
