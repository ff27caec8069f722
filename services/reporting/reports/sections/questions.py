"""The questions of the audit tools: strongest and weakest, compliance and quality apart, and where trends break."""

from __future__ import annotations

from collections.abc import Sequence

from services.reporting.reports.figures import (
    Block,
    Bullets,
    Cell,
    Finding,
    Paragraph,
    Row,
    Section,
    Share,
    Table,
    Words,
)
from services.reporting.reports.sections.context import Context, columns
from services.reporting.reports.sentences import listed, of_n, plural, supported
from services.reporting.reports.tool_forms import Change, Question
from services.reporting.reports.tool_ledger import of_question
from services.reporting.reports.windows import london_date

ID = "questions"
_MOST = 8
"""So many of the strongest and of the weakest are listed to every reader."""

_GROUPS = ((False, "quality", "Questions on quality"), (True, "compliance", "Questions on compliance"))
_COLUMNS = columns(
    ("answered", "Audits that answered (n)"),
    ("share", "Good or better, or yes: % of n"),
    ("section", "Section"),
    ("asked", "Asked by"),
)


def section(context: Context) -> Section:
    """Return the section on questions as every reader sees it."""
    breaks = tuple(_sentence(context, change) for change in _changes(context))
    blocks: list[Block] = [Paragraph(text=_introduction(context))]
    for compliance, name, caption in _GROUPS:
        blocks += _tables(context, name, caption, _shown(context, compliance=compliance))
    left_out = len(_questions(context)) - sum(len(_shown(context, compliance=one)) for one, _, _ in _GROUPS)
    if left_out:
        text = (
            f"Not shown: {plural(left_out, 'question')} that too few audits answered, or whose numbers would tell a "
            "small one. A question is shown whole or not at all."
        )
        blocks.append(Paragraph(text=text))
    blocks.append(
        Bullets(
            heading="Where a trend breaks: what the versions of a tool ask otherwise",
            items=breaks,
            empty="No version of a tool that was published or used in this window asks anything otherwise.",
        )
    )
    return Section(id=ID, topic="Questions", heading=_heading(context), blocks=tuple(blocks))


def everything(context: Context) -> Section:
    """Return every question with what the ledger lets out of it: for the QA unit alone."""
    rows = tuple(_row(context, question) for question in _questions(context))
    return Section(
        id="every-question",
        topic="Every question",
        heading="Every question of the tools, in the order of the forms",
        blocks=(
            Paragraph(
                text="For the QA unit only. Readers outside it get a question whole or not at all; here each number "
                "stands that identifies nobody."
            ),
            Table(
                id="every-question",
                caption="Questions answered with a grade or with yes or no",
                row_heading="Question",
                columns=_COLUMNS,
                rows=rows,
                empty="" if rows else "No such question was answered in this window.",
            ),
        ),
    )


def findings(context: Context) -> list[Finding]:
    """Return the weakest question on quality and on compliance, where the numbers allow to say so."""
    found = []
    for compliance, name, _ in _GROUPS:
        ranked = _supported(context, compliance=compliance)
        if len(ranked) > 1 and ranked[0][1].percent != ranked[-1][1].percent:
            question, share = ranked[0]
            found.append(f"on {name} {_quoted(question.title)} ({_answer(question)} in {of_n(share)} audits)")
    if not found:
        return []
    return [Finding(text=f"Weakest of the tool's questions: {', '.join(found)}.", section=ID)]


def _answer(question: Question) -> str:
    return "yes" if question.scale == "yes-no" else "good or better"


def _quoted(title: str) -> str:
    return f"\N{LEFT DOUBLE QUOTATION MARK}{title}\N{RIGHT DOUBLE QUOTATION MARK}"


def _introduction(context: Context) -> str:
    text = (
        "Counted are the questions answered with a grade or with yes or no; of each, the audits that graded it good or "
        "outstanding, or answered yes. Not applicable, not seen and left open are no answer. Whether what is asked for "
        "was done (compliance) and how well (quality) are two things, and stand apart."
    )
    others = sum(question.scale not in {"grade", "yes-no", "text", "themes"} for question in _used(context))
    if others:
        text += f" Left out: {plural(others, 'question')} with points, choices, numbers or dates."
    return text


def _used(context: Context) -> list[Question]:
    """Return the questions of the versions that audits of the window used."""
    used = {tuple(code.rsplit(" ", 1)) for code in context.figures.breakdowns.codes["tool_version"]}
    return [
        question
        for question in context.figures.forms.questions.values()
        if any((question.tool, str(version)) in used for version in question.versions)
    ]


def _questions(context: Context) -> list[Question]:
    questions = context.figures.forms.questions
    return [questions[key] for key in context.figures.breakdowns.questions]


def _share(context: Context, question: Question) -> Share:
    answered, good = of_question(question.key)
    return context.figures.share(good, answered)


def _shown(context: Context, *, compliance: bool) -> list[tuple[Question, Share]]:
    """Return the questions that every reader gets, weakest first: their order tells no more than their figures."""
    found = [
        (question, _share(context, question))
        for question in _questions(context)
        if question.compliance is compliance and not context.figures.kept_back(of_question(question.key)[0])
    ]
    return sorted((one for one in found if one[1].percent is not None), key=lambda one: (one[1].percent, one[0].title))


def _supported(context: Context, *, compliance: bool) -> list[tuple[Question, Share]]:
    return [one for one in _shown(context, compliance=compliance) if supported(one[1])]


def _tables(context: Context, name: str, caption: str, shown: Sequence[tuple[Question, Share]]) -> list[Block]:
    if len(shown) <= 2 * _MOST:
        rows = tuple(_row(context, question) for question, _ in shown)
        empty = "" if rows else "None that can be shown."
        return [
            Table(
                id=f"{name}-questions",
                caption=f"{caption}, weakest first",
                row_heading="Question",
                columns=_COLUMNS,
                rows=rows,
                empty=empty,
            )
        ]
    parts = (("weakest", shown[:_MOST]), ("strongest", shown[: -_MOST - 1 : -1]))
    return [
        Table(
            id=f"{which}-{name}-questions",
            caption=f"{caption}: the {_MOST} {which} of {len(shown)}",
            row_heading="Question",
            columns=_COLUMNS,
            rows=tuple(_row(context, question) for question, _ in some),
        )
        for which, some in parts
    ]


def _row(context: Context, question: Question) -> Row:
    figures = context.figures
    cells: dict[str, Cell] = {
        "answered": figures.count(of_question(question.key)[0]),
        "share": _share(context, question),
        "section": Words(text=figures.forms.section(f"{question.tool}/{question.section}")),
        "asked": Words(text=_asked(context, question)),
    }
    return Row(key=question.key, label=question.title, cells=cells)


def _asked(context: Context, question: Question) -> str:
    """Return which versions ask a question: the mark in its trend."""
    versions = context.figures.forms.versions[question.tool]
    first, last = min(question.versions), max(question.versions)
    if first > versions[0] and last < versions[-1]:
        return f"versions {first} to {last}" if first != last else f"version {first} alone"
    if first > versions[0]:
        return f"from version {first}"
    return f"until version {last}" if last < versions[-1] else "every version"


def _changes(context: Context) -> list[Change]:
    """Return the changes of tools that touch this window: published in it, or come into use in it."""
    figures, window, earlier = context.figures, context.window, context.gathered.tools_before
    used = set(figures.breakdowns.codes["tool_version"])
    found = []
    for change in figures.forms.changes:
        old, new = f"{change.tool} {change.before}", f"{change.tool} {change.version}"
        comes_into_use = new in used and (old in used or (old in earlier and new not in earlier))
        if comes_into_use or window.starts_at <= change.published_at < window.ends_at:
            found.append(change)
    return found


def _sentence(context: Context, change: Change) -> str:
    forms = context.figures.forms
    day = london_date(change.published_at)
    text = f"{forms.tool(change.tool)}, version {change.version}, published on {day.day} {day:%B %Y}"
    if not (change.gone or change.new):
        return f"{text}, asks what version {change.before} asked."
    parts = []
    if change.new:
        parts.append(f"asks {_titles(context, change.new)}, which version {change.before} did not")
    if change.gone:
        parts.append(f"no longer asks {_titles(context, change.gone)}")
    return f"{text}, {' and '.join(parts)}: their figures begin or end with it."


def _titles(context: Context, keys: Sequence[str]) -> str:
    titles = [context.figures.forms.questions[key].title for key in keys]
    named = [_quoted(title) for title in titles[:_NAMED]]
    return listed([*named, *([plural(len(titles) - _NAMED, "other")] if len(titles) > _NAMED else [])])


_NAMED = 4


def _heading(context: Context) -> str:
    ranked = _supported(context, compliance=False)
    if len(ranked) < 2 or ranked[0][1].percent == ranked[-1][1].percent:  # noqa: PLR2004 - one is no comparison
        return "Too few audits to say which question is weakest"
    (weakest, low), (_, high) = ranked[0], ranked[-1]
    return f"Questions on quality range from {low.percent}% to {high.percent}%; weakest: {weakest.title}"
