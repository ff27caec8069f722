"""How commands show things: one console (NO_COLOR and pipes respected), and the stack's state as lines."""

import json
from dataclasses import asdict
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from infra.stack.state import State

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

_MARKS: Final = {"ready": "[green]●[/]", "failed": "[red]●[/]", "restarting": "[red]○[/]", "stopped": "[dim]○[/]"}


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
        address = part.address if part.phase == "ready" else ""
        table.add_row(mark, name, part.phase, address, f"[dim]{words.strip()}[/]")
    return table


def state_json(state: State | None, home: str) -> dict[str, Any]:
    """Give the stack's state for `--json`; `running` is false where no supervisor has the folder."""
    return {"home": home, "running": state is not None, **(asdict(state) if state else {})}
