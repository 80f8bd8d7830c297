"""What `python -m store check` says of a sound store, and of each thing that is planted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import store
from store.__main__ import main


@pytest.fixture
def sound(results: Any, place: Path) -> None:
    """A stage with what it mined, a map on disk, and a job that waits for another."""
    results.prepare()
    results.stage(columns={"position": 0, "epochs": 1, "n_mined": 1}, mined=results.mined())
    file = place / "runs" / "r" / "cams" / "a.png"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"png")
    map_ = {"sample_id": "a", "class_name": "x", "method": "gradcam", "layer": "last", "path": "r/cams/a.png"}
    store.record_cams("r", 0, "full", pd.DataFrame([map_]))
    store.add_job("train", title="second", args={}, after=store.add_job("phantom", title="first", args={}))


@pytest.mark.usefixtures("sound")
def test_a_sound_store_is_said_to_be_sound(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0
    said = capsys.readouterr().out
    assert "The store is sound." in said and "predictions 3" in said and "jobs 2" in said


@pytest.mark.usefixtures("sound")
@pytest.mark.parametrize(
    ("planted", "sentence"),
    [
        ("DELETE FROM predictions WHERE sample_id = 'a'", "not one prediction for each sample"),
        ("INSERT INTO predictions FROM predictions WHERE sample_id = 'a'", "predicted twice"),
        ("DELETE FROM stages", "predictions stand without their stage"),
        ("DELETE FROM metrics", "a stage has no metrics"),
        ("DELETE FROM runs", "stages stand without their run"),
        ("DELETE FROM samples WHERE sample_id = 'b'", "not the samples that it says"),
        ("UPDATE predictions SET probs = [0.5]", "probabilities are not one a class"),
        ("UPDATE predictions SET probs = NULL WHERE sample_id = 'b'", "probabilities are not one a class"),
        (
            "UPDATE predictions SET split = 'test' WHERE sample_id = 'b'",
            "of another split than their sample, first: r b.",
        ),
        ("UPDATE stages SET position = 2", "a stage is missing before one that is there, first: r 2."),
        ("INSERT INTO rounds (run_id, round) VALUES ('gone', 1)", "rounds stand without their run, first: gone."),
        ("INSERT INTO suspects (run_id, round) VALUES ('gone', 1)", "suspects stand without their run, first: gone."),
        ("UPDATE mined SET sample_id = 'c'", "not a training sample"),
        ("UPDATE stages SET n_mined = 2", "not as many as it says, first: r full 0 2 1."),
        ("DELETE FROM mined", "not as many as it says, first: r full 0 1 0."),
        ("INSERT INTO mined (run_id, round, sample_id) VALUES ('r', 5, 'a')", "without the stage that mined them"),
        ("INSERT INTO mined FROM mined", "mined twice"),
        ("UPDATE cams SET stage = 'refined'", "maps stand without their stage"),
        ("UPDATE cams SET path = 'r/cams/gone.png'", "1 x a map has no file in"),
        ("DELETE FROM jobs WHERE title = 'first'", "waits for one that is not there"),
        ("INSERT INTO jobs FROM jobs", "a job is there twice"),
        ("INSERT INTO runs FROM runs", "a run is there twice, first: r."),
        ("INSERT INTO datasets FROM datasets", "a dataset is there twice, first: d@1."),
        ("INSERT INTO workers (host, device) VALUES ('h', 'cpu'), ('h', 'cpu')", "has two leases, first: h cpu."),
    ],
)
def test_each_planted_fault_is_found(planted: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    with store.write() as connection:
        connection.execute(planted)
    assert main(["check"]) == 1
    assert sentence in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"), [([], ("ODAP_RESULTS", "check")), (["check"], ("spools", "ODAP_RUNS"))]
)
def test_help_is_complete(arguments: list[str], words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--help"])
    said = capsys.readouterr().out
    assert ended.value.code == 0 and "Exit: 0" in said
    assert all(word in said for word in words)


@pytest.mark.parametrize("arguments", [[], ["dance"], ["check", "--quickly"]])
def test_a_mistake_is_one_sentence_and_exit_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr()
    assert ended.value.code == 2 and said.out == ""
    assert len(said.err.splitlines()) == 1 and said.err.startswith("python -m store")
