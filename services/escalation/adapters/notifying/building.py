"""Puts the sender together from its settings: channels, addresses, the words of messages, where notices are kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from email.utils import parseaddr
from typing import Final

from services.escalation.adapters.notifying import file, smtp, webhook
from services.escalation.adapters.notifying.addresses import AddressBook
from services.escalation.adapters.notifying.storage import StoredNotices
from services.escalation.app.notices import Notice
from services.escalation.app.policy import Policies
from services.escalation.app.sending import Channel, Patience, Route, Sender
from services.escalation.app.wording import Links, Writer
from services.escalation.settings import EscalationSettings, TellingSettings
from shared.authority.names import USUAL, Names
from shared.authority.settings import AuthoritySettings
from shared.calendar.working_days import london_date
from shared.process.parts import Runtime
from shared.web.settings import WebSettings

_SECRET_LENGTH: Final = 16
_AUDIT_PORT: Final = 8101


def address_book(settings: TellingSettings, policies: Policies, *, local: bool) -> AddressBook:
    """Return the addresses, once everything that sends to them is known to be set.

    Raises:
        ValueError: the document or the settings cannot be used; each fault in a line of its own.

    """
    fallback = None if settings.escalation_notices_file is None else Route(file.NAME, "")
    book = AddressBook(settings.escalation_addresses, policies.authorities, local=local, fallback=fallback)
    faults = list(_faults(settings, book.channels, local=local))
    if faults:
        raise ValueError("\n".join(faults))
    return book


def _faults(settings: TellingSettings, used: frozenset[str], *, local: bool) -> Iterator[str]:
    if smtp.NAME in used and not settings.escalation_smtp_host:
        yield "the addresses name mail addresses, and no mail server is set: set SIGHTLINE_ESCALATION_SMTP_HOST."
    if settings.escalation_smtp_host and "@" not in parseaddr(settings.escalation_smtp_from)[1]:
        yield "a mail server is set without the address messages come from: set SIGHTLINE_ESCALATION_SMTP_FROM."
    if settings.escalation_smtp_username and settings.escalation_smtp_security == "none" and not local:
        yield (
            "the mail server's password would travel readable: set SIGHTLINE_ESCALATION_SMTP_SECURITY to starttls or "
            "tls, or take the user name out."
        )
    longest = max(settings.escalation_smtp_timeout_seconds, settings.escalation_webhook_timeout_seconds)
    if settings.escalation_notices_lease.total_seconds() < 2 * longest:
        yield (
            "a message could outlast its lease and go out twice: set SIGHTLINE_ESCALATION_NOTICES_LEASE to twice the "
            "time-outs of mail server and webhooks, or more."
        )
    secret = settings.escalation_webhook_secret.get_secret_value()
    if webhook.NAME in used and len(secret) < _SECRET_LENGTH:
        yield (
            "the addresses name webhooks, and requests to them are signed: set SIGHTLINE_ESCALATION_WEBHOOK_SECRET to "
            f"{_SECRET_LENGTH} characters or more."
        )


def channels(settings: TellingSettings, runtime: Runtime) -> dict[str, Channel]:
    """Return the channels that are set."""
    made: list[Channel] = []
    if settings.escalation_smtp_host:
        server = smtp.MailServer(
            host=settings.escalation_smtp_host,
            port=settings.escalation_smtp_port,
            sender=settings.escalation_smtp_from,
            security=settings.escalation_smtp_security,
            username=settings.escalation_smtp_username or None,
            password=settings.escalation_smtp_password.get_secret_value() or None,
            cafile=settings.escalation_smtp_cafile,
        )
        made.append(smtp.MailChannel(server, runtime.clock, timeout=settings.escalation_smtp_timeout_seconds))
    if secret := settings.escalation_webhook_secret.get_secret_value():
        made.append(
            webhook.WebhookChannel(
                secret.encode(), lambda: int(time.time()), timeout=settings.escalation_webhook_timeout_seconds
            )
        )
    if settings.escalation_notices_file is not None:
        made.append(file.FileChannel(settings.escalation_notices_file))
    return {channel.name: channel for channel in made}


def sender(
    settings: TellingSettings, service: EscalationSettings, runtime: Runtime, policies: Policies, book: AddressBook
) -> tuple[Sender, StoredNotices]:
    """Return the sender of this process, and the notices it sends."""
    notices = StoredNotices(runtime.pool)
    writer = Writer(
        links_of(settings, service, runtime),
        lambda notice: district_of(policies, notice),
        lambda notice: names_of(policies, notice),
    )
    return (
        Sender(
            notices,
            book,
            channels(settings, runtime),
            writer.write,
            runtime.clock,
            Patience(settings.escalation_notices_retry_first, settings.escalation_notices_retry_longest),
            lease=settings.escalation_notices_lease,
        ),
        notices,
    )


def links_of(settings: TellingSettings, service: EscalationSettings, runtime: Runtime) -> Links:
    """Return where browsers find the two services: as set, or else at this machine's ports."""
    return Links(
        escalation=settings.escalation_public_url or _here(runtime.web, service.escalation_port),
        audit=settings.audit_public_url or _here(runtime.web, _AUDIT_PORT),
    )


def district_of(policies: Policies, notice: Notice) -> str:
    """Return the name of a notice's district and area, as the authority's settings of that day have it, or had it."""
    area, district, *_ = notice.unit.split("/")
    settings = _settings_of(policies, notice)
    for path, unit in ({} if settings is None else settings.units).items():
        if path[:2] == (area, district):
            return f"{unit.district_name}, {unit.area_name}"
    return f"{area}/{district}"


def names_of(policies: Policies, notice: Notice) -> Names:
    """Return what a notice's authority calls roles and levels, by the settings that name its district."""
    settings = _settings_of(policies, notice)
    return USUAL if settings is None else settings.names


def _settings_of(policies: Policies, notice: Notice) -> AuthoritySettings | None:
    area, district, *_ = notice.unit.split("/")
    return policies.authorities.with_district(notice.authority, (area, district), london_date(notice.happened_at))


def _here(web: WebSettings, port: int) -> str:
    return f"http://{web.host}:{port}"
