"""Stages that found the store held: on real files, with real processes that hold it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import store
from store import spool
from store.__main__ import main
from store.engine import connection, schema


@pytest.fixture
def spooled(results: Any, held: Any) -> Path:
    """A stage that waits, with what it mined."""
    results.prepare()
    with held():
        columns = {"position": 0, "epochs": 1, "n_mined": 1}
        assert results.stage(timeout=0.2, columns=columns, mined=results.mined()) is False
    (folder,) = spool.waiting()
    return folder


def rows() -> dict[str, int]:
    return {table: n for table, n in store.counts().items() if table in ("stages", "predictions", "metrics", "mined")}


WHOLE = {"stages": 1, "predictions": 3, "metrics": 2, "mined": 1}
NOTHING = dict.fromkeys(WHOLE, 0)


@pytest.mark.parametrize("read_only", [False, True])
def test_a_stage_that_finds_the_store_held_waits_and_is_applied_by_housekeeping(
    results: Any, held: Any, read_only: bool
) -> None:
    results.prepare()
    with held(read_only=read_only):
        assert results.stage(timeout=0.2) is False
    assert len(spool.waiting()) == 1
    assert store.apply_waiting() == 1
    assert len(store.predictions("r", 0, "full")) == 3
    assert spool.waiting() == []
    assert store.check() == []


def test_a_reader_never_takes_the_turn_to_write(spooled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, write: bool, **__: object) -> object:
        assert not write, "a reader opened the store to write"
        return opened(*_, write=write, **__)

    opened = connection.opened
    monkeypatch.setattr(connection, "opened", refused)
    assert store.stages("r").empty and store.predictions("r", 0, "full").empty and store.mined("r").empty
    assert store.votes("d@1", "test").empty and store.sample_probs("r", "a").empty
    assert spool.waiting() == [spooled]
    with store.read():
        assert store.apply_waiting() == 0, "a thread that reads must not wait for the turn to write"


def test_the_next_writer_applies_what_waits(spooled: Path) -> None:
    assert store.record_epoch("r", 1, "hard_negative", position=1, epoch=1, global_epoch=2, train_loss=0.5)
    assert rows() == WHOLE and spool.waiting() == []


def test_housekeeping_where_the_store_is_held_leaves_it_waiting(spooled: Path, held: Any) -> None:
    with held():
        assert store.apply_waiting(timeout=0.2) == 0
    assert spool.waiting() == [spooled] and store.apply_waiting() == 1


def test_what_waits_is_applied_exactly_once(spooled: Path) -> None:
    assert rows() == NOTHING
    assert spool.apply() == 1
    assert rows() == WHOLE
    assert spool.apply() == 0
    assert rows() == WHOLE
    assert list(spooled.parent.iterdir()) == []


def test_processes_that_apply_at_once_leave_every_row_once(spooled: Path) -> None:
    code = "import sys; from store import spool; print('ready', flush=True); sys.stdin.readline(); print(spool.apply())"
    others = [
        subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for other in others:
        assert other.stdout is not None and other.stdout.readline() == "ready\n"
    for other in others:
        assert other.stdin is not None
        other.stdin.write("go\n")
        other.stdin.flush()
    said = [int(other.communicate()[0]) for other in others]
    assert sum(said) >= 1
    assert [other.returncode for other in others] == [0, 0, 0]
    assert rows() == WHOLE
    assert spool.waiting() == [] and spool.set_aside() == []


def test_one_applied_again_after_a_kill_before_it_was_removed_leaves_every_row_once(spooled: Path, place: Path) -> None:
    shutil.copytree(spooled, place / "kept")
    spool.apply()
    (place / "kept").rename(spooled)
    assert spool.apply() == 1
    assert rows() == WHOLE
    assert store.check() == []


def test_a_stage_written_since_is_not_overwritten_by_the_one_that_waits(spooled: Path, results: Any) -> None:
    better = pa.table(
        {
            "sample_id": ["a", "b", "c"], "split": ["train", "val", "test"], "targets": [[1.0, 0], [0, 1.0], [1.0, 0]],
            "probs": [[0.8, 0.2]] * 3, "loss": [0.2] * 3, "correct": [True, False, True],
        }
    )  # fmt: skip
    assert results.stage(predictions=better, columns={"position": 0, "epochs": 2}) is True
    assert spool.waiting() == []
    assert store.stages("r")["epochs"].tolist() == [2]


def test_half_a_folder_is_left_alone(spooled: Path) -> None:
    half = spooled.with_name(".0123")  # a writer that is still at it, or was killed
    spooled.rename(half)
    (half / "predictions.parquet").unlink()
    assert spool.apply() == 0
    assert store.stages("r").empty
    assert half.is_dir() and store.check() == []


def damage_not_parquet(folder: Path) -> None:
    (folder / "predictions.parquet").write_bytes(b"PAR1 and no more")


def damage_part_missing(folder: Path) -> None:
    (folder / "mined.parquet").unlink()


def damage_no_json(folder: Path) -> None:
    (folder / "stage.json").write_text('{"run_id": "r", "rou')


def damage_json_missing(folder: Path) -> None:
    (folder / "stage.json").unlink()


def damage_other_json(folder: Path) -> None:
    (folder / "stage.json").write_text("[1, 2]")


def damage_other_rows(folder: Path) -> None:
    pq.write_table(pa.table({"sample_id": ["a"], "colour": ["red"]}), folder / "predictions.parquet")


@pytest.mark.parametrize(
    "damage",
    [
        damage_not_parquet, damage_part_missing, damage_no_json, damage_json_missing, damage_other_json,
        damage_other_rows,
    ],
)  # fmt: skip
def test_a_broken_one_holds_up_nothing_and_is_set_aside_with_the_reason(
    spooled: Path, damage: Any, capsys: pytest.CaptureFixture[str], place: Path
) -> None:
    shutil.copytree(spooled, place / "sound")
    damage(spooled)
    left = sorted(path.name for path in spooled.iterdir())
    sound = spooled.with_name("001-later")
    (place / "sound").rename(sound)
    (sound / "stage.json").write_text('{"run_id": "r", "round": 0, "stage": "refined"}')

    assert store.apply_waiting() == 1  # the sound one behind it
    assert store.stages("r")["stage"].tolist() == ["refined"]
    (found,) = spool.set_aside()
    assert found.folder == place / "runs" / "r" / "spool-set-aside" / spooled.name
    assert sorted(path.name for path in found.folder.iterdir()) == sorted([*left, "reason.txt"])
    assert spool.waiting() == []

    assert main(["check"]) == 1
    said = [line for line in capsys.readouterr().out.splitlines() if "set aside" in line]
    assert len(said) == 1 and str(found.folder) in said[0] and found.reason.rstrip(".") in said[0]


def test_a_mended_one_moved_back_is_applied(spooled: Path, place: Path) -> None:
    part = spooled / "predictions.parquet"
    kept = part.read_bytes()
    part.write_bytes(kept[:40])
    assert spool.apply() == 0
    (found,) = spool.set_aside()
    (found.folder / "predictions.parquet").write_bytes(kept)
    found.folder.rename(spooled)
    assert spool.apply() == 1
    assert rows() == WHOLE and spool.set_aside() == []


def test_a_store_that_cannot_be_written_costs_the_spooled_stage_nothing(spooled: Path, held: Any) -> None:
    with held(read_only=True):
        assert store.stages("r").empty  # readable, and what waits goes on waiting
        with pytest.raises(store.StoreBusy):
            spool.apply(timeout=0.2)
    store.results_path().write_bytes(b"garbage" * 1000)
    with pytest.raises(store.StoreError, match="not a sound DuckDB file"):
        store.stages("r")
    assert spool.waiting() == [spooled] and spool.set_aside() == []


def test_a_stage_of_a_run_that_was_deleted_since_is_set_aside(spooled: Path) -> None:
    folder = spooled.rename(spooled.parents[2] / "kept")
    store.delete_run("r")
    spooled.parent.mkdir(parents=True)
    folder.rename(spooled)
    assert spool.apply() == 0
    assert rows() == NOTHING
    (problem,) = store.check()
    assert "the store has no run r: it was deleted, or is of another store" in problem


def maps(n: int) -> pd.DataFrame:
    table = {"sample_id": "a", "class_name": "x", "method": "gradcam", "layer": "l", "path": f"{n}.png"}
    return pd.DataFrame([table])


def test_maps_that_find_the_store_held_wait_and_replace_those_of_before(results: Any, held: Any) -> None:
    results.prepare()
    assert results.stage() and store.record_cams("r", 0, "full", maps(1))
    with held():
        assert store.record_cams("r", 0, "full", maps(2), timeout=0.2) is False
    assert spool.apply() == 1 and spool.waiting() == []
    assert store.cams("r", "a")["path"].tolist() == ["2.png"]


def test_maps_of_a_job_that_ended_never_replace_its_successors(results: Any, held: Any, place: Path) -> None:
    results.prepare()
    results.stage()
    job = store.add_job("train", title="t", args={}, run_id="r", state="running")
    with store.acting_for(job), held():
        assert store.record_cams("r", 0, "full", maps(1), timeout=0.2) is False
    (folder,) = spool.waiting()
    folder.rename(place / "kept")  # whoever writes applies what waits first; this one is applied late
    store.update_job(job, state="lost")
    assert store.record_cams("r", 0, "full", maps(2))
    (place / "kept").rename(folder)
    assert spool.apply() == 1
    assert store.cams("r", "a")["path"].tolist() == ["2.png"]


def as_of(folder: Path, schema_: int | None, **tables: pa.Table) -> None:
    """A spooled stage as a program of another schema kept it."""
    key = json.loads((folder / "stage.json").read_text(encoding="utf-8"))
    key["parts"] = sorted({*key["parts"], *tables})
    del key["schema"]
    if schema_ is not None:
        key["schema"] = schema_
    (folder / "stage.json").write_text(json.dumps(key), encoding="utf-8")
    for table, rows_ in tables.items():
        pq.write_table(rows_, folder / f"{table}.parquet")


def test_a_stage_that_an_older_program_kept_is_applied_in_the_words_of_now(spooled: Path) -> None:
    pair = {"true_class": ["x"] * 5, "predicted_class": ["y"] * 5}
    ids = [f"s{at}" for at in range(5)]
    mined = pq.read_table(spooled / "mined.parquet")
    as_of(
        spooled, None,
        mined=mined.rename_columns([{"rival_class": "predicted_class"}.get(name, name) for name in mined.column_names]),
        ledger=pa.table(
            {"sample_id": ids, "reason": ["wrong"] * 5, **pair, "served": [1] * 5, "margin_before": [0.0] * 5,
             "margin_after": [0.0] * 5, "fate": ["fixed", "forgotten", "still wrong", "regressed", "held"]}
        ),
        rounds=pa.table(
            {"n_mined": [5], "n_next": [None], "n_fixed": [1], "n_still_wrong": [1], "n_forgotten": [1],
             "n_regressed": [1], "n_held": [1], "n_lost": [4], "noise_share": [0.0], "val_before": [0.5],
             "val_after": [0.6], "go_on": [True], "why": ["w"], "advice": ["a"]}
        ),
    )  # fmt: skip
    assert spool.apply() == 1 and spool.set_aside() == []
    assert store.mined("r")["rival_class"].tolist() == ["y"]
    with store.read() as connection:
        found = connection.execute(
            "SELECT rival_class, outcome_hard, outcome FROM ledger ORDER BY sample_id"
        ).fetchall()
    assert found == [
        ("y", None, "fixed"), ("y", "fixed", "still_wrong"), ("y", "still_wrong", "still_wrong"),
        ("y", None, "newly_wrong"), ("y", None, "still_right"),
    ]  # fmt: skip
    counted = store.rounds("r").iloc[0]
    assert counted[["n_still_wrong", "n_newly_wrong", "n_still_right", "n_fixed_then_wrong"]].tolist() == [2, 1, 1, 1]
    assert counted["n_newly_wrong_unmined"] == 4


def test_a_stage_that_a_newer_program_kept_is_set_aside_with_the_remedy(spooled: Path) -> None:
    as_of(spooled, schema.newest() + 1)
    assert spool.apply() == 0
    (aside,) = spool.set_aside()
    assert f"kept by a newer Odap (schema {schema.newest() + 1}, this one knows {schema.newest()})" in aside.reason
    assert "update Odap" in aside.reason and rows() == NOTHING
