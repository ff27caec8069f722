"""Who may do what with the audit service, written by hand from the issue and domain.md: role x route x scope.

Each cell is what the caller is answered. Columns, in the order of `SCOPES`: their own (the audit they were given), a
token that covers nothing, the audit's team, its district, its area, the whole authority, another team of the same
authority, and the same role in another authority. Verdicts:

- `T` done or shown, with free text;  `A` done or shown, codes only;
- `E` a list or page without the thing (200);
- `N` not found: not told apart from what does not exist;  `D` denied (403).

A role that a route does not name is denied everywhere: `DDDDDDDD`.
"""

from __future__ import annotations

from typing import Final

from shared.web.principal import Role

SCOPES: Final = ("own", "nothing", "team", "district", "area", "authority", "another team", "another authority")

DENIED: Final = "DDDDDDDD"
EVERYONE: Final = tuple(Role)

_AUDITOR = Role.AUDITOR
_MODERATOR = Role.MODERATOR
_PRACTITIONER = Role.PRACTITIONER
_TEAM_MANAGER = Role.TEAM_MANAGER
_SERVICE_MANAGER = Role.SERVICE_MANAGER
_DIRECTOR_OF_DISTRICT = Role.ASSISTANT_DIRECTOR
_PSW = Role.PRINCIPAL_SOCIAL_WORKER
_OFFICER = Role.QA_OFFICER
_LEAD = Role.QA_MANAGER
_SERVICE = Role.SERVICE

# Within one's own, and otherwise as if it were not there.
_OWN_ALONE = "ANNNNNNN"
_OWN_WITH_TEXT = "TNNNNNNN"
_IN_SCOPE = "NNAAAANN"
_IN_SCOPE_WITH_TEXT = "NNTTTTNN"
_IN_SCOPE_OR_OWN = "ANAAAANN"
_SEEN_BUT_NOT_THEIRS = "DNDDDDNN"
_SEEN_IN_SCOPE_BUT_NOT_THEIRS = "NNDDDDNN"

# Lists: 200, with it or without it.
_LISTED = "EEAAAAEN"
_LISTED_OWN = "AEEEEEEN"
_LISTED_OWN_OR_IN_SCOPE = "AEAAAAEN"

# Things of a place that is known to be there: outside of one's scope is denied.
_OF_THE_PLACE = "DDAAAADN"
_OF_THE_AUTHORITY = "DDDDDADN"
_IN_THE_AUTHORITY = "AAAAAAAN"  # no one's data: anyone of the authority

Row = dict[Role, str]

_RUN: Row = {_OFFICER: _IN_SCOPE, _LEAD: _IN_SCOPE, _SERVICE: _IN_SCOPE}
"""What the QA unit does with audits, and other services for it."""

_WRITE: Row = {_AUDITOR: _OWN_ALONE, **_RUN}
"""An audit is written by its auditor alone, or by the QA unit for them."""

_SPEAK: Row = {_AUDITOR: _OWN_ALONE, _MODERATOR: _IN_SCOPE_OR_OWN, _TEAM_MANAGER: _IN_SCOPE, **_RUN}
"""Concerns and recommendations: whoever works with the file."""

_MODERATE: Row = {_MODERATOR: _SEEN_BUT_NOT_THEIRS.replace("D", "A", 1), **_RUN}
"""A moderation given to one moderator is recorded by them; others who see the audit are refused."""

_DISAGREE: Row = {_TEAM_MANAGER: _IN_SCOPE, _SERVICE_MANAGER: _IN_SCOPE, **_RUN}
"""The auditee's managers dispute a grade and record a reflective note."""

_QA_OF_THE_PLACE: Row = {_OFFICER: _OF_THE_PLACE, _LEAD: _OF_THE_PLACE}
_QA_OF_THE_AUTHORITY: Row = {_OFFICER: _OF_THE_AUTHORITY, _LEAD: _OF_THE_AUTHORITY}
_READ: Row = {
    _AUDITOR: _OWN_WITH_TEXT,
    _MODERATOR: "TNTTTTNN",
    _TEAM_MANAGER: _IN_SCOPE_WITH_TEXT,
    _SERVICE_MANAGER: _IN_SCOPE,
    _DIRECTOR_OF_DISTRICT: _IN_SCOPE,
    _PSW: _IN_SCOPE,
    _OFFICER: _IN_SCOPE_WITH_TEXT,
    _LEAD: _IN_SCOPE_WITH_TEXT,
    _SERVICE: _IN_SCOPE,
}
"""An audit as it stands, or as it stood: the texts for those who work with the file."""

_DESIGN: Row = {_LEAD: _OF_THE_AUTHORITY, _SERVICE: _OF_THE_AUTHORITY}
_READ_DESIGNS: Row = dict.fromkeys((_OFFICER, _LEAD, _SERVICE), _IN_THE_AUTHORITY)
_DRAFT: Row = {_AUDITOR: _OWN_WITH_TEXT, _OFFICER: _IN_SCOPE_WITH_TEXT, _LEAD: _IN_SCOPE_WITH_TEXT}
"""A draft is all text: a service that stands for nobody in particular does not read it."""

_LISTS: Row = {
    _AUDITOR: _LISTED_OWN,
    _MODERATOR: _LISTED_OWN_OR_IN_SCOPE,
    _TEAM_MANAGER: _LISTED,
    _SERVICE_MANAGER: _LISTED,
    _DIRECTOR_OF_DISTRICT: _LISTED,
    _PSW: _LISTED,
    _OFFICER: _LISTED,
    _LEAD: _LISTED,
    _SERVICE: _LISTED,
}
"""Audits within one's own, in a list."""

_AUDIT = "/v1/audits/{audit_id}"
_TOOL = "/v1/tools/{tool}"
_QUEUE = "/v1/moderation-queue"
_CALIBRATION = "/v1/calibrations/{calibration_id}"

TABLE: Final[dict[tuple[str, str], Row]] = {
    ("POST", "/v1/audits"): {_OFFICER: _OF_THE_PLACE, _LEAD: _OF_THE_PLACE, _SERVICE: _OF_THE_PLACE},
    ("GET", "/v1/audits"): _LISTS,
    ("GET", "/"): {  # of the reader's own authority
        **{role: row.replace("N", "E") for role, row in _LISTS.items()},
        _PRACTITIONER: "AEEEEEEE",
    },
    ("GET", _AUDIT): _READ,
    ("GET", "/audits/{audit_id}"): {**_READ, _PRACTITIONER: _OWN_WITH_TEXT},
    ("GET", f"{_AUDIT}/versions"): {role: row.replace("T", "A") for role, row in _READ.items()},
    ("GET", f"{_AUDIT}/versions/{{number}}"): _READ,
    ("GET", "/v1/text-readings"): _QA_OF_THE_AUTHORITY,
    ("POST", f"{_AUDIT}/concern"): _SPEAK,
    ("POST", f"{_AUDIT}/completion"): _WRITE,
    ("POST", f"{_AUDIT}/amendment"): _WRITE,
    ("POST", f"{_AUDIT}/withdrawal"): _RUN,
    ("POST", f"{_AUDIT}/recommendations"): _SPEAK,
    ("POST", f"{_AUDIT}/recommendations/{{recommendation_id}}/follow-up"): {_TEAM_MANAGER: _IN_SCOPE, **_RUN},
    ("GET", "/v1/audits/mine-as-practitioner"): {_PRACTITIONER: _LISTED_OWN},
    ("GET", f"{_AUDIT}/as-practitioner"): {_PRACTITIONER: _OWN_WITH_TEXT},
    ("POST", f"{_AUDIT}/practitioner-feedback"): {_PRACTITIONER: _OWN_ALONE, **_RUN},
    ("POST", f"{_AUDIT}/practitioner-response"): {_PRACTITIONER: _OWN_ALONE, **_RUN},
    ("GET", f"{_AUDIT}/draft"): _DRAFT,
    ("PATCH", f"{_AUDIT}/draft"): _DRAFT,
    ("PUT", f"{_AUDIT}/draft"): _DRAFT,
    ("POST", f"{_AUDIT}/moderation-request"): _RUN,
    ("POST", f"{_AUDIT}/moderation/blind-grades"): _MODERATE,
    ("POST", f"{_AUDIT}/moderation"): _MODERATE,
    ("POST", f"{_AUDIT}/dispute"): _DISAGREE,
    ("POST", f"{_AUDIT}/disputes/{{dispute_id}}/settlement"): {_LEAD: _IN_SCOPE, _SERVICE: _IN_SCOPE},
    ("POST", f"{_AUDIT}/reflective-note"): _DISAGREE,
    ("GET", "/v1/disputes"): {
        _TEAM_MANAGER: _LISTED,
        _SERVICE_MANAGER: _LISTED,
        _DIRECTOR_OF_DISTRICT: _LISTED,
        _PSW: _LISTED,
        _OFFICER: _LISTED,
        _LEAD: _LISTED,
        _SERVICE: _LISTED,
    },
    ("GET", _QUEUE): {_OFFICER: _LISTED, _LEAD: _LISTED},
    ("GET", "/v1/moderators/load"): _QA_OF_THE_AUTHORITY,
    ("POST", f"{_QUEUE}/rounds"): _QA_OF_THE_AUTHORITY,
    ("POST", f"{_QUEUE}/carry-over"): _QA_OF_THE_AUTHORITY,
    ("GET", f"{_QUEUE}/{{moderation_id}}"): {_MODERATOR: _OWN_ALONE, **_QA_OF_THE_PLACE},
    ("POST", f"{_QUEUE}/{{moderation_id}}/moderator"): _QA_OF_THE_PLACE,
    ("POST", f"{_QUEUE}/{{moderation_id}}/release"): _QA_OF_THE_PLACE,
    ("POST", f"{_QUEUE}/{{moderation_id}}/pass-on"): {_MODERATOR: _OWN_ALONE, **_QA_OF_THE_PLACE},
    ("POST", "/v1/calibrations"): _QA_OF_THE_AUTHORITY,
    ("GET", "/v1/calibrations"): {
        _AUDITOR: _LISTED_OWN,
        _MODERATOR: _LISTED_OWN,
        _OFFICER: "EEEEEAEN",
        _LEAD: "EEEEEAEN",
    },
    ("GET", "/v1/calibrations/agreement"): _QA_OF_THE_AUTHORITY,
    ("GET", _CALIBRATION): {
        _AUDITOR: _OWN_ALONE,
        _MODERATOR: _OWN_ALONE,
        _OFFICER: "NNNNNTNN",
        _LEAD: "NNNNNTNN",
    },
    ("POST", f"{_CALIBRATION}/grades"): {
        _AUDITOR: _OWN_ALONE,
        _MODERATOR: _OWN_ALONE,
        _OFFICER: "NNNNNTNN",
        _LEAD: "NNNNNTNN",
    },
    ("POST", f"{_CALIBRATION}/closure"): {_OFFICER: "NNNNNTNN", _LEAD: "NNNNNTNN"},
    ("POST", "/v1/tools"): _DESIGN,
    ("GET", "/v1/tools"): dict.fromkeys(EVERYONE, _IN_THE_AUTHORITY),
    ("GET", _TOOL): dict.fromkeys(EVERYONE, _IN_THE_AUTHORITY),
    ("GET", f"{_TOOL}/versions"): dict.fromkeys(EVERYONE, _IN_THE_AUTHORITY),
    ("POST", f"{_TOOL}/versions/{{version}}/retirement"): _DESIGN,
    ("PUT", f"{_TOOL}/draft"): _DESIGN,
    ("GET", f"{_TOOL}/draft"): _READ_DESIGNS,
    ("POST", f"{_TOOL}/publication"): _DESIGN,
    ("GET", f"{_TOOL}/comparison"): _READ_DESIGNS,
    ("POST", f"{_TOOL}/comparison"): _READ_DESIGNS,
    ("POST", "/v1/tools/xlsform"): _DESIGN,
    ("GET", f"{_TOOL}/versions/{{version}}.xlsx"): dict.fromkeys(EVERYONE, _IN_THE_AUTHORITY),
    ("GET", f"{_TOOL}/versions/{{version}}.txt"): dict.fromkeys(EVERYONE, _IN_THE_AUTHORITY),
    ("POST", "/v1/imports"): {_OFFICER: _OF_THE_AUTHORITY, _LEAD: _OF_THE_AUTHORITY, _SERVICE: _OF_THE_AUTHORITY},
    ("POST", "/v1/children"): {**_QA_OF_THE_AUTHORITY, _SERVICE: _OF_THE_AUTHORITY},
    ("POST", "/v1/children/reference"): _QA_OF_THE_AUTHORITY,
    ("GET", "/v1/children/{reference}/export"): {_LEAD: _OF_THE_AUTHORITY.replace("A", "T")},
    ("POST", "/v1/children/{reference}/erasure"): {_LEAD: _OF_THE_AUTHORITY},
}
"""Every route of the service; a test fails when one is missing here, or here and not there."""
