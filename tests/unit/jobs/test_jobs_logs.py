"""Test which line of a log tells how a process ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.logs import error_message, last_message, tail


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("\n \n", None),
        ("starting\nThere is no dataset 'x'.\n", "There is no dataset 'x'."),
        ("Traceback (most recent call last):\n  File 'a'\n    f()\nValueError: no\n", "ValueError: no"),
        ("RuntimeError: out of memory\n  12%|█▏        | 3/25\n", "RuntimeError: out of memory"),
        ("it broke\rfull:  40%|####      | 2/5\r\n", "it broke"),
        ("\x1b[31mbad thing\x1b[0m\n", "bad thing"),
    ],
)
def test_last_words(tmp_path: Path, text: str, expected: str | None) -> None:
    log = tmp_path / "log.txt"
    log.write_text(text, encoding="utf-8")
    assert last_message(log) == expected


def test_words_of_an_earlier_attempt_do_not_count(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("old trouble\n", encoding="utf-8")
    assert last_message(log, since=len("old trouble\n")) is None


def test_missing_log_says_nothing(tmp_path: Path) -> None:
    assert last_message(tmp_path / "none.txt") is None
    assert tail(tmp_path / "none.txt") == ""


def test_only_the_end_of_a_long_log_is_read(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("x" * 1000 + "\nend\n", encoding="utf-8")
    assert len(tail(log, limit=10)) == 10
    assert last_message(log) == "end"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("score  maps  value\npointing_game own all 0.81 200\n", None),
        ("/x/y.py:3: UserWarning: this is slow.\n", None),
        ("Run r has no finished stage.\n", "Run r has no finished stage."),
        ("python -m catalog: There is no folder x.\n", "There is no folder x."),
        ("Traceback (most recent call last):\n  File 'a'\nValueError: no\n", "ValueError: no"),
    ],
)
def test_a_process_that_may_have_been_killed_complains_only_by_what_is_an_error(
    tmp_path: Path, text: str, expected: str | None
) -> None:
    log = tmp_path / "log.txt"
    log.write_text(text, encoding="utf-8")
    assert error_message(log) == expected
