"""Liveness and readiness: a part of a process says whether it is doing its work, in a word and a sentence."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

Stage = Literal["done", "working", "waits-for-a-person"]
"""Whether work that holds up readiness is done, goes on by itself (for as long as it takes), or needs somebody."""


class Probe(Protocol):
    """One part whose state decides whether the process is ready.

    Ready means doing its work (partitions assigned, loop turning, lag known), not merely that a server answers. The
    detail is a sentence of codes and numbers, safe to show to anyone.
    """

    @property
    def name(self) -> str:
        """Which part it is: database, consumer, relay, timers, keys."""
        ...

    @property
    def ready(self) -> bool:
        """Tell whether it does its work now."""
        ...

    @property
    def detail(self) -> str:
        """Say how it stands."""
        ...


@runtime_checkable
class StagedProbe(Protocol):
    """A probe that also says what has to happen until it is ready: whoever watches knows whether to wait."""

    @property
    def stage(self) -> Stage:
        """Tell how far it is."""
        ...


def in_words(probe: Probe) -> dict[str, Any]:
    """Give a probe's state as readiness answers it."""
    staged = {"stage": probe.stage} if isinstance(probe, StagedProbe) else {}
    return {"name": probe.name, "ready": probe.ready, "detail": probe.detail} | staged


@dataclass(frozen=True, slots=True)
class FunctionProbe:
    """A probe made of a name and a function that gives (ready, detail)."""

    name: str
    check: Callable[[], tuple[bool, str]]

    @property
    def ready(self) -> bool:
        """Tell whether it does its work now."""
        return self.check()[0]

    @property
    def detail(self) -> str:
        """Say how it stands."""
        return self.check()[1]
