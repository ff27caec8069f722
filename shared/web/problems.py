"""Errors as the caller meets them: RFC 9457 problem+json, with every problem at once and the way out of each.

Nothing a caller sent is echoed: a value may be a child's name typed into the wrong box.
"""

import http
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import orjson
from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import Headers

from shared.web.wording import words_for

MEDIA_TYPE = "application/problem+json"
MOST_LISTED: Final = 500
"""How many problems one answer lists; of those beyond it their number is told."""
TYPE_PREFIX = "urn:sightline:problem:"
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./:\[\],{}-]{0,99}")
"""What a field, a code or a header is called; pydantic names the branches of a union in brackets."""


class FieldProblem(BaseModel):
    """One thing wrong with a request: which field, where it is, what is wrong, and what would be right."""

    model_config = ConfigDict(frozen=True)

    field: str = Field(description="Name of the field, as in the contract")
    place: str = Field(description="Where it is: body/answers/3/grade, query/window, row 12 column D")
    message: str
    way_out: str = ""


class ProblemDocument(BaseModel):
    """The body of every error answer (RFC 9457), as the OpenAPI documents describe it."""

    type: str = Field(description="urn:sightline:problem:<kind>, stable")
    title: str
    status: int
    detail: str
    instance: str | None = Field(default=None, description="The request's correlation id")
    problems: list[FieldProblem] = Field(default_factory=list)


class Problem(Exception):
    """Raised anywhere under a route to answer with problem+json.

    `type` is the short kind ("not-in-scope"); the answer carries it behind `urn:sightline:problem:`. `detail` is one
    sentence for the caller and must hold no name, case number or free text.
    """

    def __init__(  # noqa: PLR0917 - the members of RFC 9457 in its own order
        self,
        status: int,
        type: str,  # noqa: A002 - the member's own name in RFC 9457
        title: str = "",
        detail: str = "",
        problems: Iterable[FieldProblem | Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.type = type
        self.title = title or _phrase(status)
        self.detail = detail
        self.problems: Sequence[FieldProblem] = tuple(_listed(problems))
        self.headers = dict(headers or {})
        super().__init__(f"{status} {type}")

    def document(self, instance: str | None = None) -> dict[str, Any]:
        """Give the JSON members of the answer."""
        body: dict[str, Any] = {
            "type": TYPE_PREFIX + self.type,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if instance:
            body["instance"] = f"urn:uuid:{instance}"
        if self.problems:
            body["problems"] = [one.model_dump() for one in self.problems]
        return body

    def response(self, instance: str | None = None) -> Response:
        """Give the answer itself."""
        return Response(
            orjson.dumps(self.document(instance)),
            status_code=self.status,
            headers=self.headers,
            media_type=MEDIA_TYPE,
        )


def _listed(problems: Iterable[FieldProblem | Mapping[str, Any]]) -> Iterator[FieldProblem]:
    """Yield the first problems, and how many more there are: nobody mends thousands from one list."""
    given = iter(problems)
    for one in islice(given, MOST_LISTED):
        yield one if isinstance(one, FieldProblem) else FieldProblem.model_validate(one)
    if more := sum(1 for _ in given):
        message = "1 more problem is not listed." if more == 1 else f"{more} more problems are not listed."
        yield FieldProblem(field="problems", place="problems", message=message, way_out="Mend these and send it again.")


PageOf = Callable[[Problem, str | None], Response]
"""How a service with pages shows a problem to a person; takes the request's correlation id as well."""


def answer_to(problem: Problem, headers: Headers, instance: str | None, page: PageOf | None = None) -> Response:
    """Give a problem's answer: a page for whoever asks for one (where the service has pages), else problem+json."""
    if page is not None and "text/html" in headers.get("accept", ""):
        return page(problem, instance)
    return problem.response(instance)


def not_found(what: str = "what was asked for") -> Problem:
    """404: it does not exist, or not for this caller, and the two are not told apart."""
    return Problem(
        404, "not-found", detail=f"{_capital(what)} was not found. Check the address, or the authority you act for."
    )


def not_in_scope(detail: str = "") -> Problem:
    """403: signed in, but this part of the organisation is not theirs."""
    return Problem(
        403,
        "not-in-scope",
        detail=detail or "This is outside the teams your access covers. Ask your QA unit to widen your access.",
    )


def conflict(kind: str, detail: str) -> Problem:
    """409: the request is well formed, and what happened before stands against it."""
    return Problem(409, kind, detail=detail)


def unavailable(detail: str, retry_after_seconds: int = 5) -> Problem:
    """503: a database or the broker is away; the same request may be sent again."""
    return Problem(503, "unavailable", detail=detail, headers={"Retry-After": str(retry_after_seconds)})


def invalid(problems: Iterable[FieldProblem | Mapping[str, Any]], detail: str = "") -> Problem:
    """422: readable, and wrong in the ways listed."""
    listed = list(problems)
    count = "1 problem" if len(listed) == 1 else f"{len(listed)} problems"
    return Problem(
        422,
        "invalid",
        title="The request is not valid",
        detail=detail or f"{count} found; {'each is' if len(listed) <= MOST_LISTED else f'{MOST_LISTED} are'} listed.",
        problems=listed,
    )


def from_repeated(places: Sequence[tuple[str | int, ...]]) -> Problem:
    """Refuse a body in which keys come twice, each at its place: which of the two was meant, nobody can say."""
    return invalid([
        FieldProblem(
            field=safe_name(place[-1]),
            place="/".join(("body", *map(safe_name, place))),
            message="This key comes more than once in the same object.",
            way_out="Keep one of them.",
        )
        for place in places
    ])  # fmt: skip


def from_validation(errors: Sequence[Any]) -> Problem:
    """Turn pydantic's errors into problems, one each, without the values they were found in."""
    if any(error.get("type") == "json_invalid" for error in errors):
        return Problem(400, "not-json", detail="The body is not valid JSON. Send one JSON document in UTF-8.")
    return invalid([_from_pydantic(error) for error in errors])


def _from_pydantic(error: Mapping[str, Any]) -> FieldProblem:
    location = [safe_name(part) for part in error.get("loc", ())]
    message, way_out = _words(str(error.get("type", "invalid")), error)
    return FieldProblem(
        field=next((part for part in reversed(location) if not part.isdigit()), "body"),
        place="/".join(location) or "body",
        message=message,
        way_out=way_out,
    )


def safe_name(part: str | int) -> str:
    """Give a step of a place; a name that no field of ours could have is the caller's own text, and not repeated."""
    text = str(part)
    return text if _NAME.fullmatch(text) else "(a name that is not shown)"


def _words(kind: str, error: Mapping[str, Any]) -> tuple[str, str]:
    """Give words made of the rule alone; a rule of our own (`value_error`) must word itself without the value."""
    if kind in {"value_error", "assertion_error"}:
        said = str(error.get("msg", "Not valid."))
        said = said.removeprefix("Value error, ").removeprefix("Assertion failed, ")
        message, _, way_out = (_sentence(part) for part in said.partition("; "))
        return message, way_out or "Mend it and send it again."
    return words_for(kind, error.get("ctx") or {})


def _sentence(words: str) -> str:
    """Give words of a rule as a sentence: our rules say what is wrong, and behind a semicolon the way out."""
    return words[:1].upper() + words[1:] + ("." if words and words[-1] not in ".!?" else "")


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
