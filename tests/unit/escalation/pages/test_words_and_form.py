"""Every page and message says "audit escalation"; every page works by keyboard, without script, and can be read.

"Escalation" alone is the reviewing officers' dispute process in this field.
"""

from __future__ import annotations

import ast
import re
from collections.abc import AsyncIterator, Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Final, get_args

import pytest
import pytest_asyncio

from services.escalation.adapters.pages.stories import WITHOUT_MORE
from services.escalation.domain import events
from shared.pages.rendering import STATIC
from shared.web.principal import Role
from tests.unit.escalation import office as o
from tests.unit.escalation.pages import scene

SERVICE: Final = Path(events.__file__).parents[1]
ALONE: Final = re.compile(r"(?<!audit[ -])\bescalations?\b(?! service)", re.IGNORECASE)

PAGES: Final = {
    "what is mine": (o.DSM, "/"),
    "the QA unit's": (o.QA, "/"),
    "an assistant director's": (o.AD, "/"),
    "what an auditor found": (scene.FOUND_BY, "/"),
    "how one stands": (scene.FOUND_BY, f"/escalations/{scene.CLOSED}"),
    "a board": (o.QA, "/districts/north/riverside"),
    "a quiet board": (o.QA, "/districts/south/harbour"),
    "one due today": (o.DSM, f"/escalations/{scene.SAFEGUARDING}"),
    "one overdue": (o.DSM, f"/escalations/{scene.OVERDUE}"),
    "one to be decided": (o.DSM, f"/escalations/{scene.NEW}"),
    "one closed": (o.DSM, f"/escalations/{scene.CLOSED}"),
    "one not required": (o.DSM, f"/escalations/{scene.NOT_REQUIRED}"),
    "a list": (o.QA, "/escalations"),
    "an empty list": (o.QA, "/escalations?status=withdrawn"),
    "a refusal": (o.DSM_HILLSIDE, f"/escalations/{scene.OVERDUE}"),
    "a role refused": (o.Person(Role.DIRECTOR), "/"),
    "nothing there": (o.QA, "/escalations/00000000-0000-0000-0000-0000000000ff"),
    "a filter that is none": (o.QA, "/escalations?status=open"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[o.Office]:
    async with scene.opened(Path(tmp_path_factory.mktemp("keys"))) as one:
        yield one


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def html(office: o.Office, name: str) -> str:
    who, address = PAGES[name]
    path, _, query = address.partition("?")
    asked = dict(one.split("=") for one in query.split("&") if one)
    return (await office.page(who, path, **asked)).text


def shown(page: str) -> str:
    """What a reader sees or hears: text, and the attributes that are read out."""
    heard = " ".join(re.findall(r'(?:aria-label|title|alt|placeholder)="([^"]*)"', page))
    return " ".join(f"{re.sub(r'<[^>]+>', ' ', page)} {heard}".split())


@pytest.mark.parametrize("name", PAGES)
async def test_every_page_says_audit_escalation(office: o.Office, name: str) -> None:
    assert not ALONE.findall(shown(await html(office, name)))


async def test_every_template_says_audit_escalation() -> None:
    templates = list((SERVICE / "adapters" / "pages" / "templates").glob("*.html"))
    assert templates
    for template in templates:
        read = template.read_text("utf-8")
        spoken = re.sub(r"\{#.*?#\}|<[^>]+>", " ", read, flags=re.DOTALL)
        spoken = re.sub(r'"(/|escalation)[^" ]*"', " ", spoken)  # addresses, names of files
        assert not ALONE.findall(" ".join(spoken.split())), template.name


def sentences(tree: ast.Module) -> Iterator[str]:
    """Every text of a module that has a blank in it, but for docstrings."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in docstrings:
            continue
        if " " in node.value.strip():
            yield " ".join(node.value.split())


async def test_every_message_and_refusal_of_the_service_says_audit_escalation() -> None:
    found = {
        f"{path.relative_to(SERVICE)}: {text}"
        for path in SERVICE.rglob("*.py")
        for text in sentences(ast.parse(path.read_text("utf-8")))
        if ALONE.search(re.sub(r"/v1/\S*|docs/\S*|\bescalation\.\w+|'escalation'", "", text))
    }
    assert found == set()


async def test_every_kind_of_event_has_words_of_its_own() -> None:
    source = (SERVICE / "adapters" / "pages" / "stories.py").read_text("utf-8")
    for kind in get_args(events.Event):
        assert f"case events.{kind.__name__}()" in source or kind.model_fields["type"].default in WITHOUT_MORE, kind


class Outline(HTMLParser):
    """A page as a screen reader goes through it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.links: list[str] = []
        self.unclosed: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in {"meta", "link", "input", "br"}:
            self.open.append(tag)
        if tag == "a":
            self.links.append("")

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.unclosed.append(tag)

    def handle_data(self, data: str) -> None:
        if "a" in self.open:
            self.links[-1] += data

    def of(self, *names: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag in names]


@pytest.mark.parametrize("name", PAGES)
async def test_every_page_has_the_form_that_assistive_technology_needs(office: o.Office, name: str) -> None:
    page = await html(office, name)
    outline = Outline()
    outline.feed(page)
    assert (outline.open, outline.unclosed) == ([], [])
    assert outline.of("html") == [{"lang": "en-GB"}]
    assert len(outline.of("main")) == len(outline.of("title")) == len(outline.of("h1")) == 1
    assert len(outline.of("header")) == len(outline.of("footer")) == 1
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = {attributes["aria-labelledby"] for _, attributes in outline.tags if "aria-labelledby" in attributes}
    assert named | {one["for"] for one in outline.of("label")} <= set(ids)
    fields = [one for one in outline.of("input", "select") if one.get("type") != "hidden"]
    assert {one["id"] for one in fields} == {one["for"] for one in outline.of("label")}
    assert all(one.get("scope") in {"col", "row"} for one in outline.of("th"))
    assert len(outline.of("caption")) == len(outline.of("table"))
    scrolled = [one for one in outline.of("div") if one.get("class") == "scroll"]
    assert all(one["tabindex"] == "0" and one["role"] == "region" for one in scrolled)
    assert all(one.get("href") for one in outline.of("a"))
    assert all(text.strip() for text in outline.links)
    assert "script" not in page
    assert "style=" not in page
    assert "onclick" not in page
    assert {one["href"] for one in outline.of("link")} == {"/static/pages.css", "/static/sightline.svg"}


@pytest.mark.parametrize("name", PAGES)
async def test_no_two_links_of_a_page_have_the_same_words_for_different_places(office: o.Office, name: str) -> None:
    outline = Outline()
    outline.feed(await html(office, name))
    places: dict[str, set[str]] = {}
    for words, attributes in zip(outline.links, outline.of("a"), strict=True):
        places.setdefault(" ".join(words.split()), set()).add(attributes["href"])
    assert {words: hrefs for words, hrefs in places.items() if len(hrefs) > 1} == {}


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


async def test_letters_and_fields_stand_out_from_their_ground() -> None:
    styles = (STATIC / "pages.css").read_text("utf-8")
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", styles))
    assert contrast("#000000", "#ffffff") == pytest.approx(21)  # WCAG's own figure
    for letters in ("ink", "quiet", "accent"):
        assert contrast(colours[letters], "#ffffff") >= 4.5
    assert ".filters button { background: var(--accent);" in styles
    assert "border: 2px solid var(--quiet)" in styles  # 3:1 is asked of a field's border, and it has 4.5
    assert ":focus-visible { outline: 3px solid var(--accent)" in styles
