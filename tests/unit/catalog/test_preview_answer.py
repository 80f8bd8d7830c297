"""A preview process that a hostile file took over can give a wrong answer, and no more."""

from __future__ import annotations

import json
import os
import pickle
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from catalog import CatalogError, NewSample, preview_answer
from catalog import preview as preview_module
from catalog.importers import Preview
from catalog.importers.draft import PreviewPicture
from catalog.preview import Reading
from catalog.private import masked

PICTURES = (
    PreviewPicture(NewSample("a/1.png", "a", b"x", labels=("a", "b")), Image.effect_noise((480, 3), 50), None),
    PreviewPicture(NewSample("a/2.png", "b", b"x"), Image.new("RGB", (2, 5), (1, 2, 3)), None),
    PreviewPicture(NewSample("a/3.png", "b", b"x"), None, masked("a/3.png is empty.", "3.png")),
)
PREVIEW = Preview(3, {"a": 1, "b": 3}, {"train": 3}, None, 1, (masked("1 left out: P1", "P1"),), PICTURES, 2, "frames")


def test_an_answer_comes_back_as_it_was_written() -> None:
    title, found = preview_answer.read(preview_answer.written(preview_answer.answer("a \udcff", PREVIEW)))  # type: ignore[misc]
    assert title == "a \\udcff"
    assert (found.n_samples, found.by_class, found.by_split) == (3, {"a": 1, "b": 3}, {"train": 3})
    assert (found.notes, found.problems) == (("1 left out: P1",), ("a/3.png is empty.",))
    assert (found.n_several, found.n_groups, found.grouped_by) == (1, 2, "frames")
    for one, before in zip(found.pictures, PICTURES, strict=True):
        assert (one.sample.key, one.sample.labels) == (before.sample.key, before.sample.labels)
        assert (one.image and one.image.tobytes()) == (before.image and before.image.tobytes())
    assert preview_answer.read(preview_answer.written(preview_answer.refused("No."))) == "No."


def sound() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(preview_answer.written(preview_answer.answer("t", PREVIEW)))
    return content


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("preview", "n_samples"), "3"),
        (("preview", "n_samples"), -1),
        (("preview", "by_split"), {"all": 1}),
        (("preview", "pictures"), [sound()["preview"]["pictures"][2]] * 13),
        (("preview", "pictures", 0, "pixels", "width"), 100_000),
        (("preview", "pictures", 0, "pixels", "height"), 4),
        (("preview", "pictures", 0, "pixels", "mode"), "CMYK"),
        (("preview", "notes"), ["a" * (2**20 + 1)]),
        (("preview", "more"), 1),
        (("preview",), None),
    ],
)
def test_an_answer_out_of_its_bounds_is_none(place: tuple[Any, ...], value: Any) -> None:
    content = sound()
    inside: Any = content
    for part in place[:-1]:
        inside = inside[part]
    inside[place[-1]] = value
    with pytest.raises(ValueError):
        preview_answer.read(json.dumps(content).encode())


class Hostile:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


def taken_over(monkeypatch: pytest.MonkeyPatch, code: str, to_end: float = 20.0) -> str:
    """Return what the page shows for a preview whose process runs this code instead."""
    start = preview_module.subprocess.Popen
    monkeypatch.setattr(
        preview_module.subprocess, "Popen", lambda command, **more: start([sys.executable, "-c", code], **more)
    )
    monkeypatch.setattr(preview_module, "_TO_END", to_end)
    with Reading("folder", ["/somewhere/hostile.zip"]) as reading, pytest.raises(CatalogError) as refused:
        while reading.wait() is None:
            continue
    return str(refused.value)


@pytest.mark.parametrize("end", ["", "\nos.close(1); import time; time.sleep(60)"])
def test_what_a_process_that_was_taken_over_answers_is_not_run(
    end: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    proof = tmp_path / "it was run"
    said = taken_over(monkeypatch, f"import os; os.write(1, {pickle.dumps(Hostile(proof))!r}){end}", 0.5)
    assert not proof.exists()
    assert said.startswith("hostile.zip as folder could not be read: the process that read it broke down (")


def test_a_process_that_never_stops_answering_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview_module, "MOST_BYTES", 2**16)
    said = taken_over(monkeypatch, "import os\nwhile True: os.write(1, bytes(4096))", 0.5)
    assert "broke down (it does not end)" in said


@pytest.mark.parametrize(("code", "why"), [("os.kill(os.getpid(), 11)", "signal 11"), ("os._exit(3)", "exit code 3")])
def test_a_process_that_breaks_down_is_told_with_the_file_and_a_remedy(
    code: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = taken_over(monkeypatch, f"import os; {code}")
    assert said.startswith(f"hostile.zip as folder could not be read: the process that read it broke down ({why})")
    assert "leave out files" in said
