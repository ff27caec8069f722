"""Who is asking: a pseudonymous person, their roles, their authority and the parts of it that are theirs."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

WHOLE = "*"
"""As a scope: every part of the authority. As an authority: every authority (operators and services only)."""


class Role(StrEnum):
    """The roles a token may name (domain.md section 1); what each may do is said by each route."""

    AUDITOR = "auditor"
    MODERATOR = "moderator"
    PRACTITIONER = "practitioner"
    TEAM_MANAGER = "team-manager"
    SERVICE_MANAGER = "service-manager"
    ASSISTANT_DIRECTOR = "assistant-director"
    DIRECTOR = "director"
    BOARD_MEMBER = "board-member"
    QA_OFFICER = "qa-officer"
    QA_MANAGER = "qa-manager"
    PRINCIPAL_SOCIAL_WORKER = "principal-social-worker"
    ANALYST = "analyst"
    OPERATOR = "operator"
    SERVICE = "service"


ACROSS_AUTHORITIES = frozenset({Role.OPERATOR, Role.SERVICE})
"""Roles whose token may stand for every authority of the installation; they run it and read no case."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The one a request acts for. Carries no name: `person` is the pseudonymous reference of the staff member.

    `scope` holds organisation path prefixes such as `north/riverside` (area/district), or `*` for the whole
    authority. An empty scope covers nothing.
    """

    person: UUID
    roles: frozenset[Role]
    authority: str
    scope: tuple[str, ...]

    def has(self, *roles: Role) -> bool:
        """Tell whether any of the roles is held."""
        return not self.roles.isdisjoint(roles)

    def belongs_to(self, authority: str) -> bool:
        """Tell whether the authority is the principal's own (or the principal stands for all of them)."""
        return self.authority in {authority, WHOLE}

    def covers(self, authority: str, org_path: tuple[str, ...] | str = "") -> bool:
        """Tell whether a part of the organisation is within the principal's scope.

        The path is `("area", "district", "team")` or `"area/district/team"`, as deep as known; the empty path means
        the authority as a whole and is covered only by the scope `*`.
        """
        if not self.belongs_to(authority):
            return False
        parts = tuple(org_path.split("/")) if isinstance(org_path, str) else org_path
        parts = tuple(part for part in parts if part)
        return any(prefix == WHOLE or _starts_with(parts, prefix) for prefix in self.scope)


def _starts_with(parts: tuple[str, ...], prefix: str) -> bool:
    wanted = tuple(part for part in prefix.split("/") if part)
    return bool(wanted) and parts[: len(wanted)] == wanted
