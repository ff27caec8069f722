"""`sightline child erase`: destroy what leads back to a child, through the audit service."""

import os
from typing import Annotated, Any, Final
from uuid import UUID, uuid5

import httpx
import typer

from infra.cli.addresses import address_of
from infra.cli.show import console, print_json
from infra.errors import SightlineError, Unreachable
from infra.stack.home import Home, default_home
from shared.web.principal import Role
from shared.web.tokens import LocalIssuer

_COMMANDS: Final = UUID("5a1f6d0e-2f5c-5d6e-8d0a-6f2f1c0b7a11")
_SAYS_NO: Final = 1

app = typer.Typer(help="Children: erase one by the random reference.", no_args_is_help=True)


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
    try:
        child_reference = UUID(reference)
    except ValueError:
        raise SightlineError(
            "That is no child's reference: it looks like 0b0d6fd8-7a4c-4b0f-9a53-2f4f7a1f6d10, and is in the audit's "
            "answer as case_reference."
        ) from None
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


def _ask(reference: UUID, authority: str, reason: str) -> dict[str, Any]:
    """Ask the audit service; a repeat after a lost answer is the same command."""
    token = os.environ.get("SIGHTLINE_TOKEN") or LocalIssuer(Home(default_home()).keys).issue(
        Role.QA_MANAGER, authority, hours=0.1
    )
    try:
        answer = httpx.post(
            f"{address_of('audit')}/v1/children/{reference}/erasure",
            json={"reason": reason},
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": _key(reference, reason)},
            timeout=30,
            trust_env=False,
        )
        body: dict[str, Any] = answer.json()
    except httpx.TransportError as error:
        raise Unreachable(
            "The audit service does not answer: start it (`sightline up`), or name it with "
            "SIGHTLINE_AUDIT_URL, and run this again."
        ) from error
    except ValueError as error:
        raise SightlineError("What answered is not the audit service: look at SIGHTLINE_AUDIT_URL.") from error
    if not answer.is_success:
        raise SightlineError(str(body.get("detail") or f"The audit service answered {answer.status_code}."))
    return body


def _key(reference: UUID, reason: str) -> str:
    """Give the same idempotency key to the same command, whenever it is repeated."""
    return str(uuid5(_COMMANDS, f"{reference}/{reason}"))
