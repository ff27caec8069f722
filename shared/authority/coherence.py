"""What of a settings document does not hang together: between its fields, where each field alone is right.

It is looked for in the document as it was read, so that a fault in one field hides none elsewhere: what is missing or
of another shape is passed over here, and told by the field's own type.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

Raw = Mapping[str, Any]
Fault = tuple[tuple[int | str, ...], str]
"""Where in the part, and what is wrong, as a sentence without its full stop."""
INCOHERENT: Final = "incoherent"
"""The type of such a fault among pydantic's."""


class Strict(BaseModel):
    """The base of every part: unknown fields are mistakes, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Coherent(Strict, ABC):
    """A part whose fields must fit each other; every fault of it is told, whatever else is wrong in it."""

    @classmethod
    @abstractmethod
    def incoherent(cls, raw: Raw) -> Iterator[Fault]:
        """Yield what of the part, as it was read, does not hang together."""

    @model_validator(mode="wrap")
    @classmethod
    def _every_fault(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        found = list(cls.incoherent(value)) if isinstance(value, Mapping) else []
        try:
            made = handler(value)
        except ValidationError as wrong:
            lines = [_again(one) for one in wrong.errors(include_url=False)]
        else:
            if not found:
                return made
            lines = []
        lines += [
            InitErrorDetails(
                type=PydanticCustomError(INCOHERENT, "{sentence}", {"sentence": sentence}), loc=place, input=""
            )
            for place, sentence in found
        ]
        raise ValidationError.from_exception_data(cls.__name__, lines)


def _again(error: Any) -> InitErrorDetails:
    message = str(error["msg"]).removeprefix("Value error, ")
    return InitErrorDetails(
        type=PydanticCustomError(error["type"], "{sentence}", {"sentence": message}), loc=error["loc"], input=""
    )


def parts(raw: Any, name: str) -> Iterator[tuple[int, Raw]]:
    """Yield the parts of a list that are parts, each with its place in the list."""
    for number, one in enumerate(items(raw, name)):
        if isinstance(one, Mapping):
            yield number, one


def items(raw: Any, name: str) -> Sequence[Any]:
    """Return a list of the part; nothing where there is none."""
    found = raw.get(name) if isinstance(raw, Mapping) else None
    return found if isinstance(found, list | tuple) else ()


def text(raw: Any, name: str) -> str | None:
    """Return a text of the part, or None where there is none."""
    found = raw.get(name) if isinstance(raw, Mapping) else None
    return found if isinstance(found, str) else None


def part(raw: Raw, name: str) -> Raw:
    """Return a part of the part; an empty one where there is none."""
    found = raw.get(name)
    return found if isinstance(found, Mapping) else {}


def number(raw: Raw, name: str, usual: float) -> float | None:
    """Return a number of the part or what it is where left out; None where something else stands there."""
    found = raw.get(name, usual)
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def twice(what: str, keys: Iterator[tuple[tuple[int | str, ...], str | None]]) -> Iterator[Fault]:
    """Yield each place whose key stood before."""
    seen: set[str] = set()
    for place, key in keys:
        if key in seen:
            yield place, f"the {what} {key} is there twice"
        if key is not None:
            seen.add(key)
