"""Conditions as XLSForm writes them: `${question} = 'answer'`, `selected(...)`, `not(...)`, joined by `and` and `or`.

A tool's condition is a list of clauses that must all hold; a clause is one question and the answers it may have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from services.audit.app.tools.xlsform import names
from services.audit.domain.words import RESERVED_ANSWERS

_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<name>\$\{\s*[^{}\s]+\s*\}) | (?P<text>'[^']*'|"[^"]*"|-?\d+(?:\.\d+)?) | (?P<sign>!=|=|\(|\)|,)
        | (?P<word>[A-Za-z_][\w-]*) | (?P<other>\S)
    )""",
    re.VERBOSE,
)
_HOW: Final = "Write it as ${question} = 'answer', several answers joined by or, several conditions by and."
_DEEPEST: Final = 20
_ASIDE: Final = f"_{names.UNANSWERED}"


class ExpressionInvalid(Exception):
    """An expression that is no condition of a tool; the message is a sentence, `way_out` says what to write."""

    def __init__(self, message: str, way_out: str = _HOW) -> None:
        super().__init__(message)
        self.way_out = way_out


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition: the row it looks at, the answers of which one must be given, or must not if negated."""

    name: str
    answers: tuple[str, ...]
    negated: bool = False
    several: bool = field(default=False, compare=False)
    """Whether the row takes several answers, so that `selected(...)` asks for one among them."""
    aside: bool = field(default=False, compare=False)
    """Whether not applicable and not seen are answered in the row beside it, `<name>_unanswered`."""


def written(clauses: Sequence[Clause]) -> str:
    """Return clauses as one expression; none give an empty one."""
    return " and ".join(_one(clause, alone=len(clauses) == 1) for clause in clauses)


def _one(clause: Clause, *, alone: bool) -> str:
    pattern = "selected(${{{}}}, '{}')" if clause.several else "${{{}}} = '{}'"
    beside = f"{clause.name}{_ASIDE}"
    text = " or ".join(
        pattern.format(beside if clause.aside and answer in RESERVED_ANSWERS else clause.name, answer)
        for answer in clause.answers
    )
    if clause.negated:
        return f"not({text})"
    return text if alone or len(clause.answers) == 1 else f"({text})"


def read(expression: str) -> tuple[Clause, ...]:
    """Return the clauses of an expression, all of which must hold.

    Raises:
        ExpressionInvalid: it is no condition that a tool has.

    """
    if not expression.strip():
        return ()
    reader = _Reader([found for found in _TOKEN.finditer(expression) if found.group().strip()])
    clauses = reader.alternatives(0)
    reader.end()
    return tuple(clauses)


class _Reader:
    """Reads tokens from left to right; `or` binds weaker than `and`, as in XPath."""

    def __init__(self, tokens: list[re.Match[str]]) -> None:
        self._tokens = tokens
        self._at = 0

    def alternatives(self, depth: int) -> list[Clause]:
        if depth > _DEEPEST:
            raise ExpressionInvalid("the condition has too many brackets within brackets")
        parts = [self._all_of(depth)]
        while self._takes("word", "or"):
            parts.append(self._all_of(depth))
        return parts[0] if len(parts) == 1 else [_joined(parts)]

    def _all_of(self, depth: int) -> list[Clause]:
        clauses = self._factor(depth)
        while self._takes("word", "and"):
            clauses += self._factor(depth)
        return clauses

    def _factor(self, depth: int) -> list[Clause]:
        if self._takes("word", "not"):
            self._must("(")
            within = self.alternatives(depth + 1)
            self._must(")")
            if len(within) != 1:
                raise ExpressionInvalid("not(...) may hold answers to one question only")
            return [replace(within[0], negated=not within[0].negated)]
        if self._takes("sign", "("):
            within = self.alternatives(depth + 1)
            self._must(")")
            return within
        if self._takes("word", "selected"):
            self._must("(")
            name = self._name()
            self._must(",")
            answer = self._text()
            self._must(")")
            return [Clause(name, (answer,), several=True)]
        name = self._name()
        negated = self._takes("sign", "!=")
        if not negated:
            self._must("=")
        return [Clause(name, (self._text(),), negated=negated)]

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise ExpressionInvalid(f"the condition cannot be read at {self._here()}")

    def _here(self) -> str:
        return "its end" if self._at >= len(self._tokens) else f"“{self._tokens[self._at].group().strip()[:40]}”"

    def _takes(self, kind: str, text: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at][kind] == text:
            self._at += 1
            return True
        return False

    def _must(self, sign: str) -> None:
        if not self._takes("sign", sign):
            raise ExpressionInvalid(f"the condition cannot be read at {self._here()}: “{sign}” is missing there")

    def _name(self) -> str:
        return self._next("name", "a question as ${name}")[2:-1].strip().removesuffix(_ASIDE)

    def _text(self) -> str:
        return self._next("text", "an answer in quotes").strip("'\"")

    def _next(self, kind: str, what: str) -> str:
        found = self._tokens[self._at][kind] if self._at < len(self._tokens) else None
        if found is None:
            raise ExpressionInvalid(f"the condition cannot be read at {self._here()}: {what} is missing there")
        self._at += 1
        return str(found)


def _joined(parts: Iterable[list[Clause]]) -> Clause:
    """Return alternatives as one clause, which they are when each is an answer to the same question."""
    clauses = [clause for part in parts for clause in part]
    one_each = all(len(part) == 1 for part in parts)
    first = clauses[0]
    if not one_each or any(clause.name != first.name or clause.negated for clause in clauses):
        raise ExpressionInvalid(
            "the condition joins different questions by or; a tool's conditions must all hold",
            "Join answers to one question by or, and different questions by and.",
        )
    answers = tuple(answer for clause in clauses for answer in clause.answers)
    return replace(first, answers=answers)
