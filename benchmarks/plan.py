"""What a benchmark program is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from benchmarks.figures import Figure
from benchmarks.servers import Servers


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how often to measure; `wanted` says which figures of a program are asked for."""

    repetitions: int
    seconds: float
    scale: float
    wanted: Callable[[str], bool]
    say: Callable[[str], None] = field(default=lambda _: None)

    def count(self, full: int) -> int:
        """Return how many things to do, of what a full run does."""
        return max(1, int(full * self.scale))


class Program(Protocol):
    """A module of benchmarks: the names of its figures, and how they are measured."""

    NAMES: tuple[str, ...]

    async def measure(self, servers: Servers, plan: Plan) -> list[Figure]:
        """Measure the wanted figures, every contender in turn within each repetition."""
        ...


Contender = Callable[[], Awaitable[float]]


async def interleaved(plan: Plan, name: str, contenders: Mapping[str, Contender]) -> dict[str, list[float]]:
    """Run each contender once a repetition, one after the other, so that a busy minute of the machine hits all."""
    values: dict[str, list[float]] = {contender: [] for contender in contenders}
    for repetition in range(1, plan.repetitions + 1):
        for contender, run in contenders.items():
            value = await run()
            values[contender].append(value)
            plan.say(f"{name} {repetition}/{plan.repetitions} {contender}: {value:,.0f}")
    return values
