"""Who may open which page: by role, within the reader's own authority, and denied unless listed here."""

from __future__ import annotations

from shared.authority.names import Names
from shared.web.principal import Principal, Role

QA_UNIT = frozenset({Role.QA_OFFICER, Role.QA_MANAGER})
"""Who alone sees the consistency of auditors and moderators (domain.md section 8)."""

BOARD_READERS = QA_UNIT | {
    Role.DIRECTOR,
    Role.ASSISTANT_DIRECTOR,
    Role.BOARD_MEMBER,
    Role.PRINCIPAL_SOCIAL_WORKER,
    Role.ANALYST,
}
"""Who reads what is put before the Quality Assurance Board and the Corporate Parenting Board."""

REPORT_READERS = BOARD_READERS | {Role.SERVICE_MANAGER}
"""Who reads the triannual report."""

HOME_READERS = frozenset(Role) - {Role.OPERATOR, Role.SERVICE}
"""Who has a start page: everyone of an authority; operators and services read no reports."""

READERS = {"triannual": REPORT_READERS, "quality-board": BOARD_READERS, "corporate-parenting": BOARD_READERS}


def may_open(principal: Principal, kind: str) -> bool:
    """Tell whether a reader's role opens a kind of report."""
    return principal.has(*READERS[kind])


def is_of_qa_unit(principal: Principal) -> bool:
    """Tell whether a reader belongs to the QA unit."""
    return principal.has(*QA_UNIT)


def role_in_words(principal: Principal, names: Names) -> str:
    """Return the reader's roles as the authority calls them."""
    return ", ".join(sorted(names.role(role.value) for role in principal.roles))
