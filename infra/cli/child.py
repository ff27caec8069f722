"""`sightline child erase` and `export`: destroy what leads back to a child, or show all that is held on one."""

import json
from collections.abc import Iterator
from typing import Annotated, Any, Final
from uuid import UUID, uuid5

import typer

from infra.cli.audit_service import Refusal, get, post
from infra.cli.show import console, print_json
from infra.errors import SightlineError
from shared.web.principal import Role

_COMMANDS: Final = UUID("5a1f6d0e-2f5c-5d6e-8d0a-6f2f1c0b7a11")
_SAYS_NO: Final = 1

app = typer.Typer(
    help="Children: erase one by the random reference, or export all that is held on them.", no_args_is_help=True
)


@app.callback()
def child() -> None:
    """Act on a child known by the random reference. Case numbers are never given on a command line."""


@app.command()
def erase(
    reference: Annotated[str, typer.Argument(help="The child's random reference (never the case number).")],
    authority: Annotated[str, typer.Option(help="Key of the authority the child belongs to.")],
    reason: Annotated[str, typer.Option(help="Why, as a code.")] = "right-to-erasure",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Destroy the child's key and the link to the case number. Figures stay; texts are never readable again."""
    child_reference = _reference(reference)
    if not yes and not typer.confirm(f"Erase the child {child_reference} for good? Nothing brings the texts back"):
        raise typer.Exit(_SAYS_NO)
    answer = _ask(child_reference, authority, reason)
    if as_json:
        print_json(answer)
    elif answer["erased_now"]:
        console.print(
            f"The child {child_reference} is erased: key and link are destroyed, and child-erased is on its way."
        )
    else:
        console.print(f"The child {child_reference} had been erased before; nothing changed.")


@app.command()
def export(
    reference: Annotated[str, typer.Argument(help="The child's random reference (never the case number).")],
    authority: Annotated[str, typer.Option(help="Key of the authority the child belongs to.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show everything that is held on a child, readable, in the order it happened; that you did is recorded.

    It comes from both services that hold texts; when one does not answer, nothing is shown: half would look whole.
    """
    path = f"children/{_reference(reference)}/export"
    found = get(path, authority, role=Role.QA_MANAGER, params={"authority": authority})
    found["escalation"] = get(path, authority, role=Role.QA_MANAGER, service="escalation")
    if as_json:
        print_json(found)
        return
    for line in export_lines(found):
        console.print(line, markup=False)


def export_lines(found: dict[str, Any]) -> Iterator[str]:
    """Yield a child's export as lines for people, from the API's answer."""
    yield f"Child {found['case_reference']}, case number {found['case_number']}, of {found['authority']}"
    if found["erased"]:
        yield "The child is erased: the texts and the link to the case number are destroyed; figures stay."
    yield ""
    yield f"What happened ({len(found['events'])})"
    for event in found["events"]:
        yield f"  {event['happened_at']} {event['what']} by {event['by_role']}, audit {event['audit_id']}"
        yield from _details(event)
    for draft in found["drafts"]:
        yield ""
        yield f"Draft of audit {draft['audit_id']}"
        yield from (f"    {line}" for line in json.dumps(draft["draft"], indent=1, ensure_ascii=False).splitlines())
    escalation = found["escalation"]
    yield ""
    yield f"Audit escalations ({len({event['escalation_id'] for event in escalation['events']})})"
    for event in escalation["events"]:
        about = f"audit escalation {event['escalation_id']}"
        yield f"  {event['happened_at']} {event['what']} by {event['by_role']}, {about}"
        yield from _details(event)
    readings = sorted([*found["readings"], *escalation["readings"]], key=lambda one: str(one["read_at"]))
    yield ""
    yield f"Who read it ({len(readings)})"
    for one in readings:
        yield f"  {one['read_at']} {one['reader_role']} {one['reader']}: {one['what']}, {', '.join(one['boxes'])}"


def _details(event: dict[str, Any]) -> Iterator[str]:
    yield from (f"    {name}: {json.dumps(value)}" for name, value in event["fields"].items())
    for box, text in event["texts"].items():
        yield f"    {box}:"
        yield from (f"      {line}" for line in text.splitlines())


def _reference(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise SightlineError(
            "That is no child's reference: it looks like 0b0d6fd8-7a4c-4b0f-9a53-2f4f7a1f6d10, and is in the audit's "
            "answer as case_reference."
        ) from None


def _ask(reference: UUID, authority: str, reason: str) -> dict[str, Any]:
    """Ask the audit service; a repeat after a lost answer is the same command."""
    answer = post(
        f"children/{reference}/erasure",
        authority,
        role=Role.QA_MANAGER,
        json={"reason": reason},
        headers={"Idempotency-Key": _key(reference, reason)},
    )
    if isinstance(answer, Refusal):
        faults = "".join(f" {one['field']}: {one['message']} {one['way_out']}".rstrip() for one in answer.problems)
        raise SightlineError(f"{answer.detail}{faults}")
    return answer


def _key(reference: UUID, reason: str) -> str:
    """Give the same idempotency key to the same command, whenever it is repeated."""
    return str(uuid5(_COMMANDS, f"{reference}/{reason}"))
