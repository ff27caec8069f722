"""`sightline audit show`: one audit as readable lines, through the audit service."""

from collections.abc import Iterator
from typing import Annotated, Any
from uuid import UUID

import typer

from infra.cli.audit_service import get
from infra.cli.show import console, print_json
from infra.errors import SightlineError
from shared.web.principal import Role

_WORDS = {True: "yes", False: "no", None: "none"}

app = typer.Typer(help="Audits: show one as it stands.", no_args_is_help=True)


@app.callback()
def audit() -> None:
    """Look at an audit by its id. `GET /v1/audits` lists those within your own part of the authority."""


@app.command()
def show(
    audit_id: Annotated[str, typer.Argument(help="The audit's id.")],
    authority: Annotated[str, typer.Option(help="Key of the authority it belongs to.")],
    text: Annotated[bool, typer.Option("--text", help="Show its free text too; that you read it is recorded.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show an audit: where, who, until when, its outcome, moderation and recommendations; no free text unless asked.

    Whose audits may be seen is the token's to say: SIGHTLINE_TOKEN, or the QA unit's of this computer.
    """
    try:
        named = UUID(audit_id)
    except ValueError:
        raise SightlineError(
            "That is no audit's id: it looks like 01930000-0000-7000-8000-000000000001, and is in the answer of the "
            "allocation and in the list of audits."
        ) from None
    query = {} if text else {"text": "false"}
    found = get(f"audits/{named}", authority, role=Role.QA_OFFICER, params=query)
    versions = get(f"audits/{named}/versions", authority, role=Role.QA_OFFICER)
    if as_json:
        print_json({**found, "versions": versions["versions"]})
        return
    for line in lines(found, versions["versions"]):
        console.print(line, markup=False)
    if text and found["texts"] is None:
        console.print("Its texts are not for this token to read.")


def lines(audit: dict[str, Any], versions: list[dict[str, Any]]) -> Iterator[str]:
    """Yield an audit as lines for people, from the API's answer; texts where the answer has them."""
    yield f"Audit {audit['audit_id']}: {audit['status']}, version {audit['version']}"
    yield f"  {audit['kind']} in {audit['cycle']}, {audit['organisation']} ({audit['service']})"
    yield f"  tool {audit['tool']} version {audit['tool_version']}, child's status {audit['child_status']}"
    yield f"  selected because: {audit['selected_because']}; due on {audit['due_on']}"
    if audit["completed_on"]:
        late = " (late)" if audit["late"] else ""
        yield f"  completed on {audit['completed_on']}{late}"
    if audit["withdrawn_because"]:
        yield f"  withdrawn because: {audit['withdrawn_because']}"
    for concern in audit["concerns"]:
        likely = ", inadequate likely" if concern["inadequate_likely"] else ""
        yield f"  concern flagged by {concern['by_role']}: {concern['concern']}{likely}"
    yield from _outcome(audit)
    yield from _answers("practitioner", audit["practitioner_feedback"])
    for one in audit["recommendations"]:
        done = "done" if one["done"] else "open"
        yield f"  recommendation {one['category']} for {one['owner_role']} by {one['due_on']}: {done}"
    for number, one in enumerate(versions[1:], 2):
        yield f"  amended ({one['reason']}) by {one['by_role']}, version {number}: {', '.join(one['changed'])}"
    texts: dict[str, str] = audit["texts"] or {}
    for box, words in texts.items():
        yield f"  {box}:"
        yield from (f"    {line}" for line in words.splitlines())


def _outcome(audit: dict[str, Any]) -> Iterator[str]:
    outcome = audit["outcome"]
    if outcome is None:
        return
    yield f"  grade {outcome['overall_grade'] or 'none'}, standing {audit['standing_grade'] or 'none'}"
    because = outcome["not_took_part_because"]
    yield f"  took part: {outcome['took_part']}{f' ({because})' if because else ''}"
    held = outcome["reflective_discussion_on"]
    yield f"  reflective discussion: {_WORDS[outcome['reflective_discussion']]}{f' on {held}' if held else ''}"
    for section, judged in outcome["sections"].items():
        yield f"  section {section}: {judged['grade'] or judged['score'] or 'not judged'}"
    for theme in outcome["themes"]:
        yield f"  {theme['polarity']}: {theme['theme']}"
    for one in audit["moderations"]:
        found = f"{one['moderator_grade'] or 'no grade'}" if one["done"] else f"due on {one['due_on']}"
        yield f"  moderation ({one['selected_because'] or 'why is hidden'}): {found}"
        yield from _answers("moderator", one)


def _answers(whose: str, said: dict[str, Any] | None) -> Iterator[str]:
    """Yield what somebody answered to the questions of their own; a text stands in its box."""
    for question, answer in ({} if said is None else said["answers"]).items():
        if answer["value"] is not None:
            why = f" ({answer['reason']})" if answer["reason"] else ""
            yield f"  {whose} answered {question}: {_in_words(answer['value'])}{why}"


def _in_words(value: Any) -> str:
    if isinstance(value, bool):
        return _WORDS[value]
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
