"""Conditions as XLSForm writes them, against what XPath means by them (xlsform.org, "relevant")."""

from __future__ import annotations

import pytest

from services.audit.app.tools.xlsform.expressions import Clause, ExpressionInvalid, read, written


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("", []),
        ("${a} = 'x'", [Clause("a", ("x",))]),
        ('${ a }="x"', [Clause("a", ("x",))]),
        ("${a} = 3", [Clause("a", ("3",))]),
        ("${a} = -2.5", [Clause("a", ("-2.5",))]),
        ("${a} != 'x'", [Clause("a", ("x",), negated=True)]),
        ("not(${a} = 'x')", [Clause("a", ("x",), negated=True)]),
        ("not(not(${a} = 'x'))", [Clause("a", ("x",))]),
        ("${a} = 'x' or ${a} = 'y'", [Clause("a", ("x", "y"))]),
        ("selected(${a}, 'x')", [Clause("a", ("x",))]),
        ("selected(${a}, 'x') or selected(${a}, 'y')", [Clause("a", ("x", "y"))]),
        ("${a} = 'x' and ${b} = 'y'", [Clause("a", ("x",)), Clause("b", ("y",))]),
        ("(${a} = 'x' or ${a} = 'y') and ${b} = 'z'", [Clause("a", ("x", "y")), Clause("b", ("z",))]),
        ("not(${a} = 'x' or ${a} = 'y') and ${b} = 'z'", [Clause("a", ("x", "y"), negated=True), Clause("b", ("z",))]),
        ("(${a} = 'x' and ${b} = 'y') and ${c} = 'z'", [Clause(name, (word,)) for name, word in ("ax", "by", "cz")]),
        ("${a_unanswered} = 'not-seen' or ${a} = '3'", [Clause("a", ("not-seen", "3"))]),
    ],
)
def test_what_a_condition_says(text: str, clauses: list[Clause]) -> None:
    assert list(read(text)) == clauses


@pytest.mark.parametrize(
    "text",
    [
        "${a}",
        "${a} = ",
        "= 'x'",
        "a = 'x'",
        "${a} > 3",
        "${a} = 'x",
        "${a} = 'x' or",
        "${a} = 'x' ${b} = 'y'",
        "(${a} = 'x'",
        "${a} = 'x')",
        "selected(${a} 'x')",
        "true()",
        "count(${a}) = 1",
        "not(${a} = 'x' and ${b} = 'y')",
        "${a} = 'x' or ${b} = 'x'",
        "${a} = 'x' or ${b} = 'y' and ${a} = 'z'",  # or binds weaker: it joins a with two conditions
        "${a} = 'x' and ${a} = 'y' or ${a} = 'z'",
        "${a} != 'x' or ${a} != 'y'",
        "(" * 100 + "${a} = 'x'" + ")" * 100,
    ],
)
def test_what_is_no_condition_of_a_tool(text: str) -> None:
    with pytest.raises(ExpressionInvalid) as invalid:
        read(text)
    assert str(invalid.value)
    assert invalid.value.way_out.endswith(".")


@pytest.mark.parametrize(
    "clauses",
    [
        [Clause("a", ("x",))],
        [Clause("a", ("x", "y"), negated=True), Clause("b", ("z", "w"), several=True)],
        [Clause("a", ("3", "not-seen"), aside=True), Clause("_1b", ("q",))],
    ],
)
def test_what_is_written_reads_the_same(clauses: list[Clause]) -> None:
    assert list(read(written(clauses))) == clauses


def test_not_seen_of_a_number_is_looked_for_in_the_row_beside_it() -> None:
    clause = Clause("visits", ("0", "not-seen"), aside=True)
    assert written([clause]) == "${visits} = '0' or ${visits_unanswered} = 'not-seen'"
