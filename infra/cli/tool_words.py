"""How a comparison of two versions of a tool reads: what changes, what past answers are worth, what is refused."""

from collections.abc import Iterator

from infra.cli.tool_answers import in_sentences
from services.audit.domain.tools.comparison import ToolComparison


def comparison_lines(comparison: ToolComparison) -> Iterator[str]:
    """Yield a comparison as lines of plain text."""
    old = "a document" if comparison.old is None else f"version {comparison.old}"
    new = "the new document" if comparison.new is None else f"version {comparison.new}"
    yield f"{comparison.tool}: {new} against {old}"
    if comparison.is_empty:
        yield "Nothing changes."
        return
    for heading, lines in _paragraphs(comparison):
        if lines:
            yield ""
            yield heading
            yield from (f"  {line}" for line in lines)
    yield ""
    carried = len(comparison.carries_over)
    yield f"Past answers to {carried} {'question carries' if carried == 1 else 'questions carry'} over."
    if comparison.refused:
        yield "It cannot be published like this."


def _paragraphs(comparison: ToolComparison) -> Iterator[tuple[str, list[str]]]:
    yield "Refused", [f"{each.question}: {in_sentences(each.message, each.way_out)}" for each in comparison.refused]
    yield "Added", list(comparison.added)
    yield "Removed", list(comparison.removed)
    yield (
        "Re-meant",
        [
            f"{each.replaces} -> {each.question} ({'comparable' if each.comparable else 'not comparable'})"
            for each in comparison.re_meant
        ],
    )
    yield (
        "Moved",
        [
            f"{each.question}: {each.from_section} -> {each.to_section}"
            if each.from_section != each.to_section
            else f"{each.question}: to another place in {each.to_section}"
            for each in comparison.moved
        ],
    )
    yield "Reworded guidance only", list(comparison.reworded)
    yield "Asked otherwise", [f"{each.id}: {', '.join(each.fields)}" for each in comparison.asked_otherwise]
    yield "Sections added", list(comparison.sections_added)
    yield "Sections removed", list(comparison.sections_removed)
    yield "Sections changed", [f"{each.id}: {', '.join(each.fields)}" for each in comparison.sections_changed]
    yield "Themes added", list(comparison.themes_added)
    yield "Themes removed", list(comparison.themes_removed)
    yield "The tool as a whole", list(comparison.tool_changed)
    yield "Trends that break", [f"{each.place}: {each.why}" for each in comparison.trends_break]
