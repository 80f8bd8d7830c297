"""Users' patterns mean what Python's do, and no name keeps the engine busy."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import CatalogError
from catalog.importers.patterns import MAX_LETTERS, Pattern

NAMES = ("P12_a.png", "김_03 b.png", "a]b[c.png", "x\u00a0y.png", "٣٤.png", "ABCabc", "a{,2}b", "")
SAME = (
    r"^(P\d+)_", r"^(\w+)_", r"\d+", r"\D+", r"\W", r"\s", r"\S+", r"[\w ]+", r"[^\d]+", r"[]\d]+", r"[^]a]+", r"[[]",
    r"a{,2}", r"[{,2}]+", r"(?i)abc", r"(?P<who>\w)", r"(?:\w)(\w)", r"\.png\Z", r"(a|b)*?c", r"\\", r"\[c", "^$", "é",
)  # fmt: skip


@pytest.mark.parametrize("text", SAME)
def test_means_what_python_means(text: str) -> None:
    mine, theirs = Pattern("--patient-regex", text), re.compile(text)
    for name in NAMES:
        match = theirs.search(name)
        assert mine.find(name) == (match and match.group(1 if theirs.groups else 0)), name


@given(st.text(alphabet=r"ab\d\w\s[]^-(){},0123|*+?.$_ ", max_size=12), st.text(alphabet="ab1_ -]Ω٣", max_size=8))
def test_finds_what_python_finds_or_refuses(text: str, name: str) -> None:
    try:
        mine = Pattern("--patient-regex", text)
        found = mine.find(name)
    except CatalogError:
        return
    match = re.search(text, name)
    groups = re.compile(text).groups
    assert found == (match and match.group(1 if groups else 0))


@pytest.mark.parametrize(
    "text", [r"^(a|aa)+$", r"(a*)*$", r"^(\w+\s?)*$", r"(x+x+)+y", r"(.*)*=", r"^(([a-z])+.)+[A-Z]$"]
)
@pytest.mark.timeout(20)
def test_no_pattern_runs_away(text: str) -> None:
    pattern = Pattern("--patient-regex", text)
    for letter in "ax":
        name = letter * 5000 + "!"
        assert (pattern.find(name) or "") in name


@pytest.mark.parametrize(
    "text",
    [
        r"(?=a)", r"(?<!a)b", r"(a)\1", r"(?P<x>a)(?P=x)", r"(?>a)", "a++", "(a)(?(1)b|c)", "a{2000}",
        "((a{999}){999}){999}", r"[\W]",
    ],
)  # fmt: skip
@pytest.mark.timeout(20)
def test_what_needs_backtracking_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(CatalogError, match=r"^--patient-regex '.*\.$") as refused:
        Pattern("--patient-regex", text)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["(", "[a", "*", r"\q", "a" * (MAX_LETTERS + 1)])
def test_no_regular_expression_is_one_sentence(text: str) -> None:
    with pytest.raises(CatalogError, match=r"is no regular expression|letters, more than"):
        Pattern("--patient-regex", text)


def test_a_word_boundary_in_other_scripts_is_not_guessed() -> None:
    pattern = Pattern("--patient-regex", r"\bP\d+")
    assert pattern.find("a P12") == "P12"
    with pytest.raises(CatalogError, match="word boundary"):
        pattern.find("김P12")
