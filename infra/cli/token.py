"""`sightline token`: a token of the local issuer, to try the services with."""

import os
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from infra.cli.authorities import refuse_unknown, refuse_unknown_scope
from infra.errors import SightlineError
from shared.web.principal import ACROSS_AUTHORITIES, WHOLE, Role
from shared.web.settings import local_issuer


def token(
    role: Annotated[Role, typer.Option(help="The role the token names.")],
    authority: Annotated[str, typer.Option(help="Key of the authority; * for operator and service.")] = "",
    scope: Annotated[
        list[str] | None, typer.Option(help="Part of the organisation, such as north/riverside. Repeat it for several.")
    ] = None,
    person: Annotated[
        UUID | None, typer.Option(help="Reference of the person; none in particular if left out.")
    ] = None,
    hours: Annotated[float, typer.Option(help="How long it is valid.", min=0.01, max=24 * 31)] = 12,
) -> None:
    """Print a bearer token for local use, signed with the key under SIGHTLINE_HOME."""
    everywhere = role in ACROSS_AUTHORITIES
    if not authority and not everywhere:
        raise SightlineError("Name the authority the token is for: --authority KEY.")
    if authority == WHOLE and not everywhere:
        raise SightlineError(f"The role {role} cannot act for every authority: name one with --authority KEY.")
    if authority and authority != WHOLE:
        refuse_unknown(authority)
        for part in scope or ():
            if part != WHOLE:
                refuse_unknown_scope(authority, part)
    home = Path(os.environ.get("SIGHTLINE_HOME", ".sightline"))
    try:
        issuer = local_issuer(home)
    except OSError as error:
        raise SightlineError(
            f"The local issuer's key under SIGHTLINE_HOME cannot be used ({error.strerror}): see who owns it."
        ) from error
    typer.echo(issuer.issue(role, authority or WHOLE, tuple(scope or (WHOLE,)), person, hours))
