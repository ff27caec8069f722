"""What this piece of work belongs to: ids carried along with it, so that every log line names its cause."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

NAMES = ("correlation_id", "causation_id", "stream_id", "event_id", "authority", "traceparent")

_bound: ContextVar[Mapping[str, str]] = ContextVar("sightline_bound", default={})  # noqa: B039 - never changed, replaced


@contextmanager
def bind(**ids: UUID | str | None) -> Iterator[None]:
    """Carry ids with the work done inside the `with` block: correlation, causation, stream, event, authority.

    Only the names in `NAMES` exist; another one is a `TypeError`. None leaves what an outer block has bound.
    """
    unknown = set(ids) - set(NAMES)
    if unknown:
        raise TypeError(f"{', '.join(sorted(unknown))} cannot be bound; known are {', '.join(NAMES)}")
    new = {name: str(value) for name, value in ids.items() if value is not None}
    token = _bound.set({**_bound.get(), **new})
    try:
        yield
    finally:
        _bound.reset(token)


def bound() -> Mapping[str, str]:
    """Give the ids carried now."""
    return _bound.get()
