"""Figures, what they are compared with, the file they are written to and the table a person reads."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
import psutil
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[1]
LATEST = ROOT / "benchmarks" / "results" / "latest.json"
QUICK = ROOT / "benchmarks" / "results" / "quick.json"

_PACKAGES = ("asyncpg", "aiokafka", "faststream", "pydantic", "orjson", "uvloop", "eventsourcing", "psycopg")


@dataclass(frozen=True, slots=True)
class Against:
    """What a figure is compared with; `ratio` is the figure divided by this value."""

    name: str
    value: float
    ratio: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure: the median of its repetitions, in its unit, and what it is compared with."""

    name: str
    value: float
    unit: str
    repetitions: Sequence[float]
    against: Sequence[Against] = ()


def figure(
    name: str, unit: str, repetitions: Sequence[float], others: Mapping[str, Sequence[float]] | None = None
) -> Figure:
    """Make a figure of the median of its repetitions, beside the median of each other contender's."""
    value = statistics.median(repetitions)
    against = []
    for other, values in (others or {}).items():
        median = statistics.median(values)
        against.append(Against(other, _rounded(median), round(value / median, 3)))
    return Figure(name, _rounded(value), unit, [_rounded(one) for one in repetitions], against)


def _rounded(value: float) -> float:
    return round(value, 1) if value >= 10 else round(value, 3)


def machine() -> dict[str, Any]:
    """Return what the figures were measured on; nothing that names the machine."""
    model = ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        model = next(
            (
                line.split(":", 1)[1].strip()
                for line in cpuinfo.read_text().splitlines()
                if line.startswith("model name")
            ),
            "",
        )
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "processor": model,
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "load_before": round(os.getloadavg()[0], 2),
    }


def commit() -> str:
    """Return the commit measured, with `+` where the tree holds changes."""

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        ).stdout.strip()

    return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "--untracked-files=no") else "")


def versions(servers: Mapping[str, str]) -> dict[str, str]:
    """Return the versions of Python, the packages in play and the servers."""
    return {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}, **servers}


def write(
    path: Path, figures: Sequence[Figure], *, machine_found: Mapping[str, Any], server_versions: Mapping[str, str]
) -> None:
    """Write the results; figures of the same commit that were not measured this time are kept."""
    head = commit()
    kept: list[dict[str, Any]] = []
    if path.exists():
        before = orjson.loads(path.read_bytes())
        if before["commit"] == head:
            measured = {one.name for one in figures}
            kept = [one for one in before["figures"] if one["name"] not in measured]
    document = {
        "machine": machine_found,
        "commit": head,
        "versions": versions(server_versions),
        "figures": [*kept, *figures],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def table(figures: Sequence[Figure]) -> None:
    """Print the figures for a person."""
    shown = Table(
        "figure", "value", "unit", "repetitions", "against", title="Sightline, measured", title_justify="left"
    )
    for one in figures:
        shown.add_row(
            one.name,
            f"{one.value:,}",
            one.unit,
            " ".join(f"{value:,}" for value in one.repetitions),
            "\n".join(f"{other.name} {other.value:,}: x {other.ratio}" for other in one.against),
        )
    Console().print(shown)
