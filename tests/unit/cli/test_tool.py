"""`sightline tool`: what a QA lead reads of drafts, comparisons and retirements, and the exit codes scripts rely on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.cli import tool
from infra.cli.audit_service import Refusal
from infra.cli.main import outcome
from infra.cli.show import console
from services.audit.domain.tools.comparison import compare
from tests.unit.audit.tool_builders import full_json, full_tool

OK, SAYS_NO, KNOWN_FAULT = 0, 1, 2
KEY = ["--authority", "northmoor"]
Asked = tuple[str, str, dict[str, Any]]


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGHTLINE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SIGHTLINE_AUDIT_DATABASE", "named by hand")
    monkeypatch.setattr(console, "width", 200)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Asked]]:
    """Stand in for the audit service: each request gets the next answer, and is remembered."""

    def make(*given: Any) -> list[Asked]:
        waiting, asked = list(given), []

        def method(name: str) -> Callable[..., Any]:
            def ask(path: str, authority: str, **request: Any) -> Any:
                assert authority == "northmoor"
                asked.append((name, path, request))
                return waiting.pop(0)

            return ask

        for name in ("get", "post", "put"):
            monkeypatch.setattr(tool, name, method(name))
        return asked

    return make


def written(path: Path, document: Any) -> str:
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


@pytest.fixture
def old(tmp_path: Path) -> str:
    return written(tmp_path / "old.json", full_json())


def changed(tmp_path: Path, change: Callable[[dict[str, Any]], object]) -> str:
    document = full_json()
    change(document)
    return written(tmp_path / "new.json", document)


def first_question(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["sections"][0]["questions"][0]
    return found


def test_two_documents_are_compared_without_a_server(
    old: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def change(document: dict[str, Any]) -> None:
        questions = document["sections"][0]["questions"]
        questions[2].update(id="both-parents", text="Were both parents involved?", replaces="father", comparable=True)
        questions.pop(3)
        questions.append({"id": "siblings", "text": "And the siblings?", "scale": "yes-no"})

    assert outcome(["tool", "compare", old, changed(tmp_path, change)]) == OK
    shown = capsys.readouterr().out
    assert shown == (
        "full-check: the new document against a document\n\n"
        "Added\n  siblings\n\n"
        "Removed\n  last-visit\n\n"
        "Re-meant\n  father -> both-parents (comparable)\n\n"
        "Trends that break\n  questions.last-visit: it is no longer asked\n\n"
        "Past answers to 9 questions carry over.\n"
    )


def test_the_same_document_changes_nothing(old: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["tool", "compare", old, old]) == OK
    assert capsys.readouterr().out.endswith("Nothing changes.\n")


def test_a_changed_meaning_ends_with_1(old: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = changed(tmp_path, lambda document: first_question(document).update(text="Seen by whom?"))
    assert outcome(["tool", "compare", old, new]) == SAYS_NO
    shown = capsys.readouterr().out
    assert "seen-alone: the question's id had another meaning in an earlier version. Give it a new id" in shown
    assert shown.endswith("It cannot be published like this.\n")


def test_two_tools_are_not_compared(old: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = changed(tmp_path, lambda document: document.update(tool="other-check"))
    assert outcome(["tool", "compare", old, other]) == SAYS_NO
    assert "tool: this is other-check, and what it is compared with is full-check." in capsys.readouterr().out


def test_a_comparison_as_json_is_one_document(old: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = changed(tmp_path, lambda document: first_question(document).update(text="Seen by whom?"))
    assert outcome(["tool", "compare", old, new, "--json"]) == SAYS_NO
    assert [each["question"] for each in json.loads(capsys.readouterr().out)["refused"]] == ["seen-alone"]


def test_a_document_is_compared_with_a_published_version(
    answers: Callable[..., list[Asked]], old: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = answers(compare(full_tool(version=2), full_tool(title="New")).model_dump(mode="json"))
    assert outcome(["tool", "compare", "2", old, *KEY]) == OK
    [(method, path, request)] = asked
    assert (method, path, request["params"]["old"]) == ("post", "tools/full-check/comparison", 2)
    assert request["json"] == full_json()
    assert "version 2\n\nThe tool as a whole\n  title\n" in capsys.readouterr().out


@pytest.mark.parametrize(("new", "params"), [("3", {"old": 2, "new": 3}), ("draft", {"old": 2})])
def test_two_versions_are_compared_by_their_numbers(
    answers: Callable[..., list[Asked]], new: str, params: dict[str, int]
) -> None:
    asked = answers(compare(full_tool(version=2), full_tool(version=3)).model_dump(mode="json"))
    assert outcome(["tool", "compare", "2", new, "--tool", "full-check", *KEY]) == OK
    [(method, path, request)] = asked
    assert (method, path) == ("get", "tools/full-check/comparison")
    assert request["params"] == {"authority": "northmoor", **params}


@pytest.mark.parametrize(
    "arguments",
    [["2", "3", *KEY], ["2", "3", "--tool", "full-check"], ["OLD", "3"], ["OLD", "draft"], ["nowhere.json", "OLD"]],
)
def test_what_cannot_be_compared_is_one_sentence(
    old: str, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome(["tool", "compare", *(old if each == "OLD" else each for each in arguments)]) == KNOWN_FAULT
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("document", [[], {"tool": "x"}])
def test_a_document_that_is_no_tool_lists_its_faults(
    old: str, tmp_path: Path, document: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome(["tool", "compare", old, written(tmp_path / "new.json", document)]) == SAYS_NO
    assert "The tool document cannot be published." in capsys.readouterr().out


def test_a_document_with_a_key_twice_is_refused_at_its_place(
    old: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = tmp_path / "new.json"
    new.write_text('{"tool": "x", "sections": [{"id": "a", "id": "b"}]}', encoding="utf-8")
    assert outcome(["tool", "compare", old, str(new)]) == KNOWN_FAULT
    assert "(sections/0/id): keep one of each." in capsys.readouterr().err.replace("\n", " ")


def test_a_draft_is_saved_and_shows_what_it_changes(
    answers: Callable[..., list[Asked]], old: str, capsys: pytest.CaptureFixture[str]
) -> None:
    comparison = compare(full_tool(version=1), full_tool(title="New")).model_dump(mode="json")
    asked = answers({"tool": "full-check", "free_text_boxes": 1, "comparison": comparison})
    assert outcome(["tool", "draft", old, *KEY]) == OK
    assert asked[0][:2] == ("put", "tools/full-check/draft")
    assert capsys.readouterr().out.startswith("The draft of full-check is saved.\nfull-check: the new document")


def test_a_draft_is_published(answers: Callable[..., list[Asked]], capsys: pytest.CaptureFixture[str]) -> None:
    asked = answers({"tool": "full-check", "version": 4, "free_text_boxes": 1})
    assert outcome(["tool", "publish", "--drafted", "full-check", *KEY]) == OK
    assert asked[0][:2] == ("post", "tools/full-check/publication")
    assert capsys.readouterr().out == "full-check is published as version 4.\n"


def test_what_is_to_be_looked_at_again_is_said(
    answers: Callable[..., list[Asked]], capsys: pytest.CaptureFixture[str]
) -> None:
    answers({"tool": "full-check", "version": 4, "free_text_boxes": 1, "warnings": ["Numbers travel (visits)."]})
    assert outcome(["tool", "publish", "--drafted", "full-check", *KEY]) == OK
    assert capsys.readouterr().out.splitlines()[1:] == ["Look at this again: Numbers travel (visits)."]


@pytest.mark.parametrize("more", [[], ["OLD", "--drafted", "full-check"]])
def test_a_publication_is_of_a_document_or_of_a_draft(
    old: str, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome(["tool", "publish", *(old if each == "OLD" else each for each in more), *KEY]) == KNOWN_FAULT
    assert "--drafted TOOL" in capsys.readouterr().err


def test_a_refusal_lists_every_fault_and_ends_with_1(
    answers: Callable[..., list[Asked]], old: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fault = {"place": "body/kinds", "message": "Field required", "way_out": "See the schema."}
    answers(Refusal("tool-invalid", "It cannot be published.", [fault]))
    assert outcome(["tool", "publish", old, *KEY]) == SAYS_NO
    assert capsys.readouterr().out == "It cannot be published.\n  kinds: Field required. See the schema.\n"
    fault["message"] = "Field required."
    answers(Refusal("tool-invalid", "It cannot be published.", [fault]))
    assert outcome(["tool", "publish", old, *KEY]) == SAYS_NO
    assert "kinds: Field required. See the schema.\n" in capsys.readouterr().out
    answers(Refusal("tool-invalid", "It cannot be published.", [fault]))
    assert outcome(["tool", "publish", old, *KEY, "--json"]) == SAYS_NO
    assert json.loads(capsys.readouterr().out)["refused"] == "tool-invalid"


def test_a_version_is_retired(answers: Callable[..., list[Asked]], capsys: pytest.CaptureFixture[str]) -> None:
    asked = answers({"version": 1, "status": "retired"}, {"version": 1, "status": "retired"})
    assert outcome(["tool", "retire", "full-check", "1", *KEY]) == OK
    assert asked[0][:2] == ("post", "tools/full-check/versions/1/retirement")
    assert "Audits under way finish on it." in capsys.readouterr().out
    assert outcome(["tool", "retire", "full-check", "1", *KEY, "--json"]) == OK
    assert json.loads(capsys.readouterr().out)["status"] == "retired"


def row(name: str, **changes: Any) -> dict[str, Any]:
    given = {"tool": name, "title": name.title(), "kinds": ["case-file"], "graded": True, "versions": 2}
    return {**given, "status": "published", "in_use": 2, "has_draft": False, **changes}


def test_every_page_of_the_list_is_shown(
    answers: Callable[..., list[Asked]], capsys: pytest.CaptureFixture[str]
) -> None:
    pages = [
        {"tools": [row("one", has_draft=True)], "after": "next"},
        {"tools": [row("two", status="retired", in_use=None)], "after": None},
    ]
    asked = answers(*pages)
    assert outcome(["tool", "list", *KEY, "--kind", "case-file"]) == OK
    assert [request["params"].get("after") for _, _, request in asked] == [None, "next"]
    assert asked[0][2]["params"]["kind"] == "case-file"
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[1] == ["one", "One", "published,", "with", "a", "draft", "2", "2", "case-file"]
    assert lines[2] == ["two", "Two", "retired", "2", "none", "case-file"]
    answers(*pages)
    assert outcome(["tool", "list", *KEY, "--json"]) == OK
    assert [each["tool"] for each in json.loads(capsys.readouterr().out)] == ["one", "two"]


def test_an_empty_list_says_the_way_out(
    answers: Callable[..., list[Asked]], capsys: pytest.CaptureFixture[str]
) -> None:
    answers({"tools": [], "after": None})
    assert outcome(["tool", "list", *KEY]) == OK
    assert "sightline tool publish" in capsys.readouterr().out
