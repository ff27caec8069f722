"""The consistency of auditors and moderators, for the QA unit alone: as a pool, and of one person above a minimum.

Cases that were picked because of their grade or a concern never enter the pool (design.md section 8): they stand apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from services.reporting.reports.counts import Counter, Line, Reader
from services.reporting.reports.figures import (
    Cell,
    Count,
    Definition,
    Finding,
    Paragraph,
    Report,
    Row,
    Section,
    Table,
    WindowFacts,
)
from services.reporting.reports.measures import MEASURES
from services.reporting.reports.names import Names, words
from services.reporting.reports.own_words import said
from services.reporting.reports.rated import COLUMNS, cells, matrix_of, percent
from services.reporting.reports.sections.context import columns
from services.reporting.reports.sentences import FEWEST_FOR_COMPARISON, number
from services.reporting.reports.window_ledger import GRADES
from services.reporting.reports.windows import Month, Window
from shared.authority.settings import AuthoritySettings

FEWEST_OF_A_PERSON: Final = 20
"""Under so many cases of a year nothing is said of one auditor or moderator."""

TITLE: Final = "Consistency of auditors and moderators"
_MONTHS_OF_A_PERSON: Final = 12
_EXTERNAL: Final = "external"
_MEASURES: Final = ("gap", "agreement")


@dataclass(frozen=True, slots=True)
class Graded:
    """What was graded twice: the window's audits, those of a year, those from inside and outside, grades by cohort."""

    audits: Sequence[Line]
    year: Sequence[Line]
    inside_and_outside: Sequence[Line]
    cohorts: Sequence[Line]

    @property
    def pool(self) -> list[Line]:
        """Return the window's audits that no grade or concern picked."""
        return [line for line in self.audits if line["pool"]]


async def build_consistency(
    reader: Reader, settings: AuthoritySettings, window: Window, as_known_at: datetime | None = None
) -> Report:
    """Return the consistency report of a window; the reader's search path names the facts."""
    counter = Counter(reader, settings.key, as_known_at)
    read_to = await counter.read_to()
    pairs, cohorts = await counter.graded_from_outside(window.start, window.end)
    graded = Graded(
        audits=await counter.graded_twice(window.start, window.end),
        year=await counter.graded_twice(_year_before(window.end), window.end),
        inside_and_outside=pairs,
        cohorts=cohorts,
    )
    report = report_of(settings, window, graded, provisional=read_to is None or read_to < window.ends_at)
    return said(report, settings.names)


def _year_before(day: date) -> date:
    return Month.of(day).plus(-_MONTHS_OF_A_PERSON).start


def report_of(settings: AuthoritySettings, window: Window, graded: Graded, *, provisional: bool) -> Report:
    """Return the report that these gradings make."""
    nothing = not (graded.audits or graded.inside_and_outside or graded.year)
    names = Names(settings)
    sections = () if nothing else (
        _moderators(graded), _outside(graded), _picked(graded), _by_unit(graded, names), _people(graded, window)
    )  # fmt: skip
    made = Report(
        kind="consistency",
        title=TITLE,
        authority=settings.key,
        authority_name=settings.name,
        window=WindowFacts(
            key=window.key,
            label=window.label,
            start=window.start,
            last=window.end - timedelta(days=1),
            provisional=provisional,
        ),
        findings=() if nothing else tuple(_findings(graded)),
        sections=sections,
        notes=(),
        measures=_definitions(),
        suppressed_cells=0,
        empty=f"No audit of {settings.name} completed from {window.label} was graded twice." if nothing else "",
    )
    return said(made, settings.names)


def _definitions() -> tuple[Definition, ...]:
    return tuple(one for one in MEASURES if one.key in {*_MEASURES, "kappa"})


def _findings(graded: Graded) -> list[Finding]:
    """Return how far auditors and moderators agree, where there are enough cases to say so."""
    matrix = matrix_of(graded.pool)
    n = sum(map(sum, matrix))
    if n < FEWEST_FOR_COMPARISON:
        return []
    exact = sum(matrix[grade][grade] for grade in range(len(GRADES)))
    share = percent(exact, n)
    text = (
        f"{{Auditors}} and {{moderators}} gave the same grade in {share.value:.0f}% of {number(n)} cases "
        f"(95% interval {share.low:.0f}% to {share.high:.0f}%)."
    )
    found = [Finding(text=text, section="moderators")]
    difference = cells(matrix)["difference"]
    if difference.type == "decimal" and difference.low is not None and difference.high is not None:
        if difference.high < 0:
            found.append(
                Finding(text="{Moderators} graded lower than {auditors}, beyond chance.", section="moderators")
            )
        elif difference.low > 0:
            found.append(
                Finding(text="{Moderators} graded higher than {auditors}, beyond chance.", section="moderators")
            )
    return found


def _row(key: str, label: str, lines: Iterable[Line], *, level: int = 0, whole: bool = False) -> Row:
    return Row(key=key, label=label, cells=cells(matrix_of(lines)), level=level, whole=whole)


def _table(id_: str, caption: str, heading: str, rows: Sequence[Row], *, note: str = "", empty: str = "") -> Table:
    return Table(
        id=id_, caption=caption, row_heading=heading, columns=COLUMNS, rows=tuple(rows), note=note, empty=empty
    )


_HOW_TO_READ: Final = (
    "In brackets is the 95% interval. AC2 and kappa are 1 where all agree and about 0 where agreement is no better "
    "than chance; both have linear weights over all four grades, so that two steps apart count for more than one. "
    "Kappa collapses where nearly all grades are alike, though people agree; AC2 does not. A percentage needs "
    "10 cases, a mean or coefficient 30."
)


def _moderators(graded: Graded) -> Section:
    pool = graded.pool
    rows = [_row("all", "All of the pool", pool, whole=True)]
    rows += _blind_and_sighted(pool, level=1)
    for code, label in (("internal", "Moderators of the authority"), ("panel", "Panels"), (_EXTERNAL, "From outside")):
        lines = [line for line in pool if line["moderator_type"] == code]
        if lines:
            rows.append(_row(f"type-{code}", label, lines))
    matrix = matrix_of(pool)
    return Section(
        id="moderators",
        topic="{Auditors} with {moderators}",
        heading=_heading(pool),
        blocks=(
            Paragraph(
                text="For the QA unit only; numbers are not hidden here, so pass none of it on. First is the "
                "{auditor}'s grade, second the {moderator}'s. Counted is the pool: cases moderated at random or since "
                "all are. Blind are those whose {moderator} graded before seeing the {auditor}'s grade. Very high "
                "agreement is a question to ask, not a success."
            ),
            _table("moderators", "Agreement of {auditors} and {moderators}", "Cases", rows, note=_HOW_TO_READ),
            Table(
                id="matrix",
                caption="Grade given by the {auditor} (rows) against grade given by the {moderator} (columns)",
                row_heading="Auditor's grade",
                columns=columns(*((grade, words(grade)) for grade in GRADES)),
                rows=tuple(
                    Row(key=grade, label=words(grade), cells=_counts(matrix[place]))
                    for place, grade in enumerate(GRADES)
                ),
                empty="" if pool else "No case of the pool was graded twice.",
            ),
        ),
    )


def _counts(line: Sequence[int]) -> dict[str, Cell]:
    return {grade: Count(value=count) for grade, count in zip(GRADES, line, strict=True)}


def _blind_and_sighted(lines: Sequence[Line], level: int = 0) -> list[Row]:
    return [
        _row(key, label, [line for line in lines if line["blind"] is blind], level=level)
        for key, label, blind in (("blind", "Blind", True), ("sighted", "Sighted", False))
    ]


def _heading(pool: Sequence[Line]) -> str:
    matrix = matrix_of(pool)
    share = percent(sum(matrix[grade][grade] for grade in range(len(GRADES))), len(pool))
    if share.value is None:
        return "Too few cases were graded twice to say how far {auditors} and {moderators} agree"
    return f"{{Auditors}} and {{moderators}} gave the same grade in {share.value:.0f}% of {number(len(pool))} cases"


def _outside(graded: Graded) -> Section:
    outside = [line for line in graded.pool if line["moderator_type"] == _EXTERNAL]
    both = [line for line in graded.inside_and_outside if line["pool"]]
    rows = []
    if outside:
        rows.append(_row("auditors", "{Auditors} (first) with {moderators} from outside (second)", outside))
        rows += _blind_and_sighted(outside, level=1)
    if both:
        rows.append(_row("moderators", "{Moderators} of the authority (first) with those from outside (second)", both))
        rows += [row.model_copy(update={"key": f"moderators-{row.key}"}) for row in _blind_and_sighted(both, level=1)]
    return Section(
        id="outside",
        topic="Internal with external",
        heading="Internal and external views of the same cases and of the same cohorts",
        blocks=(
            Paragraph(
                text="The same case graded from inside and from outside is compared grade by grade. An external audit "
                "looks at another child of the same cohort (the cycle and service), so there the shares are compared."
            ),
            _table(
                "inside-and-outside",
                "The same cases graded from inside and from outside",
                "Who",
                rows,
                empty="" if rows else "No case of the pool was graded from outside as well.",
            ),
            _cohorts(graded),
        ),
    )


def _cohorts(graded: Graded) -> Table:
    """Return the grades of auditors from inside and outside, over the cohorts that both audited."""
    met: dict[tuple[str, str], set[bool]] = {}
    for line in graded.cohorts:
        met.setdefault((line["cycle"], line["service"]), set()).add(line["external"])
    shared = [line for line in graded.cohorts if len(met[line["cycle"], line["service"]]) == 2]  # noqa: PLR2004 - both
    rows = []
    for key, label, external in (("internal", "Audits from inside", False), ("external", "External audits", True)):
        counts = dict.fromkeys(GRADES, 0)
        for line in shared:
            if line["external"] is external:
                counts[line["grade"]] += line["audits"]
        n = sum(counts.values())
        figures: dict[str, Cell] = {
            "n": Count(value=n),
            "good": percent(counts["good"] + counts["outstanding"], n),
            "inadequate": percent(counts["inadequate"], n),
        }
        rows.append(Row(key=key, label=label, cells=figures))
    return Table(
        id="cohorts",
        caption="The same cohorts, by {auditors}' own grades",
        row_heading="Audits",
        columns=columns(
            ("n", "Graded audits (n)"),
            ("good", "Good or better, %"),
            ("inadequate", "Inadequate, %"),
        ),
        rows=tuple(rows) if shared else (),
        empty="" if shared else "No cohort was audited both from inside and from outside.",
    )


def _picked(graded: Graded) -> Section:
    aside = [line for line in graded.audits if not line["pool"]]
    reasons = sorted({line["moderated_because"] for line in aside})
    rows = [
        _row(reason, words(reason), [line for line in aside if line["moderated_because"] == reason])
        for reason in reasons
    ]
    return Section(
        id="picked",
        topic="Picked cases",
        heading="Cases picked because of their grade or a concern stand apart",
        blocks=(
            Paragraph(
                text="They were chosen for what the {auditor} found, so agreement on them says nothing of the pool: "
                "they are in no other figure of this page."
            ),
            _table(
                "picked", "Agreement on cases picked for a reason", "Picked because", rows,
                empty="" if rows else "No case was picked because of its grade or a concern.",
            ),
        ),
    )  # fmt: skip


def _by_unit(graded: Graded, names: Names) -> Section:
    tables = []
    for what, caption in (("service", "By service"), ("kind", "By kind of audit")):
        labels = sorted((names.of(what, key), key) for key in {line[what] for line in graded.pool})
        rows = [_row(key, label, [line for line in graded.pool if line[what] == key]) for label, key in labels]
        empty = "" if rows else "No case of the pool was graded twice."
        tables.append(_table(f"by-{what}", f"{caption}: {{auditors}} with {{moderators}}", "Cases", rows, empty=empty))
    return Section(
        id="units",
        topic="By service and kind",
        heading="By service and by kind of audit",
        blocks=(Paragraph(text="Of the pool. Services differ in their cases, not only in who grades them."), *tables),
    )


def _people(graded: Graded, window: Window) -> Section:
    pool = [line for line in graded.year if line["pool"]]
    last = window.end - timedelta(days=1)
    return Section(
        id="people",
        topic="People",
        heading="One person's figures, for a conversation with them",
        blocks=(
            Paragraph(
                text=f"Of the pool of the twelve months to {last.day} {last:%B %Y}, and only of those with at least "
                f"{FEWEST_OF_A_PERSON} cases. Listed by reference, never ranked: with so few cases most differences "
                "between people are chance, as the intervals show. Quality assurance is done with the service; these "
                "figures serve moderation and calibration and no judgement of performance."
            ),
            _of_people(pool, "auditor_reference", "auditors", "Auditors, with those who moderated them", "Auditor"),
            _of_people(
                pool, "moderator_reference", "the-moderators", "Moderators, with those they moderated", "Moderator"
            ),
        ),
    )


def _of_people(pool: Sequence[Line], who: str, id_: str, caption: str, heading: str) -> Table:
    cases: dict[str, list[Line]] = {}
    for line in pool:
        cases.setdefault(str(line[who]), []).append(line)
    rows = [
        Row(key=reference, label=reference, cells=cells(matrix_of(cases[reference]), FEWEST_OF_A_PERSON))
        for reference in sorted(cases)
        if len(cases[reference]) >= FEWEST_OF_A_PERSON
    ]
    empty = "" if rows else f"Nobody has {FEWEST_OF_A_PERSON} cases."
    return _table(id_, caption, heading, rows, empty=empty)
