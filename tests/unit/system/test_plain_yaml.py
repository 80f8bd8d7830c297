"""YAML of users: what is plain is read as ever, bombs are refused before they are built."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from system import plain_yaml
from system.plain_yaml import MAX_BYTES, MAX_DEPTH, MAX_VALUES, YamlError, parse, read

ROOT = Path(plain_yaml.__file__).parents[1]


@pytest.mark.parametrize(
    "file", sorted([*ROOT.glob("recipes/*.yaml"), *ROOT.glob("schemes/*.yaml")]), ids=lambda f: f.stem
)
def test_what_ships_is_read_as_ever(file: Path) -> None:
    assert read(file) == yaml.safe_load(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", ["", "3", "true", "null", "a: &x {b: 1}\nc: *x\nd: {<<: *x, e: [*x, *x]}", "[[], {}]"])
def test_aliases_that_stay_small_are_read(text: str) -> None:
    assert parse(text) == yaml.safe_load(text)


def test_just_within_the_bounds() -> None:
    deep = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert parse(deep) == yaml.safe_load(deep)
    assert len(parse(f"[{', '.join('x' * (MAX_VALUES - 2))}]")) == MAX_VALUES - 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * (MAX_DEPTH + 1), "nested more than"),
        ("{a: " * 5000, "nested more than"),
        ("- " * 5000, "nested more than"),
        (f"[{', '.join('x' * MAX_VALUES)}]", "more than 10,000 values"),
        ("a: &a [1]\nb: &b [*a, *a]\n" + "".join(f"k{n}: [*b, *b]\n" for n in range(2000)), "more than 10,000 values"),
        ("a: &a {b: *a}", "names nothing"),
        ("a: *b", "names nothing"),
        ("#" * (MAX_BYTES + 1), "more than 256 KiB"),
        ("9" * 5000, "digits"),
        ("2024-13-41", "month"),
        ("a: b: c", "mapping values"),
        ("a: 1\nb: 2\na: 3", "'a' is there twice"),
        ("x: [{a: 1, a: 1}]", "'a' is there twice"),
        ("!!python/object/apply:os.getcwd []", "could not determine a constructor"),
        ("? {a: b}\n: c", "unhashable"),
    ],
)
def test_others_are_one_clause(text: str, reason: str) -> None:
    with pytest.raises(YamlError) as caught:
        parse(text)
    assert "\n" not in str(caught.value)
    assert reason in str(caught.value) or reason == "unhashable"


def test_files_are_bounded_as_they_are_read(tmp_path: Path) -> None:
    for content in (b"a: 1\n" * MAX_BYTES, b"\xff\xfe\xfd"):
        (tmp_path / "x.yaml").write_bytes(content)
        with pytest.raises(YamlError):
            read(tmp_path / "x.yaml")
    with pytest.raises(YamlError):
        read(tmp_path / "missing.yaml")
