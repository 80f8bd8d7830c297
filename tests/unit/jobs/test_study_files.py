"""Test that an exported study is small, whole at every moment, and answers as the store it comes from."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import jobs
import store
from analysis.metrics import decide
from comparisons.store_reader import StoreReader
from comparisons.study_answers import answer
from jobs import study_files
from jobs.study_plan import plan
from jobs.study_submit import submit_study
from store import study_export
from store.study_export import rounded
from studies import Study, cells
from system import permission
from tests.unit.jobs.study_cases import N_TEST, make_dataset, pretend_run, write_study

pytestmark = pytest.mark.usefixtures("worker_elsewhere")


@pytest.fixture
def file(places: Path) -> Path:
    make_dataset()
    return write_study(places)


@pytest.fixture
def study(file: Path) -> Study:
    """All runs of it are done."""
    study = Study.load(file)
    for cell in cells(study):
        pretend_run(f"{cell.arm}-{cell.seed}", cell.recipe)
    submit_study(file)
    assert {run.state for run in plan(study).runs} == {"found"}
    return study


def elsewhere(places: Path, monkeypatch: pytest.MonkeyPatch, data: bool = False) -> None:
    """Go to another machine: another store, no runs, and no dataset either."""
    for name, place in (("RESULTS", "other.duckdb"), ("RUNS", "other-runs"), *(() if data else (("DATA", "no-data"),))):
        monkeypatch.setenv(f"ODAP_{name}", str(places / place))


def decisions(run_ids: list[str]) -> dict[tuple[str, str], pd.DataFrame]:
    """Return what the last stage of each run decides of the test samples."""
    found = {}
    for run_id in run_ids:
        last = store.stages(run_id).iloc[-1]
        said = store.read_predictions(run_id, splits=["test"], round=int(last["round"]), stage=str(last["stage"]))
        objective = "sigmoid" if last["thresholds"] is not None else "softmax"
        decided = decide(said.probs.astype(np.float64).clip(0, 1), objective, last["thresholds"])
        table = said.sample_table()[["sample_id", "patient", "label", "correct", "predicted"]]
        found[run_id, str(last["stage"])] = table.assign(decided=list(map(tuple, decided)))
    return found


def test_an_import_decides_and_scores_as_the_original(
    study: Study, file: Path, places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_ids = sorted(store.runs()["run_id"])
    written = study_files.write(study, places / "out")
    assert written.n_runs == 9
    before = decisions(run_ids), store.metrics(run_ids), store.stages(), store.epochs(run_ids), store.runs()
    links = store.study_runs(study.study_id)
    elsewhere(places, monkeypatch)
    taken = study_files.take_in(study, file.read_text(), places / "out")
    assert (taken.n_runs, taken.n_known) == (9, 0)
    after = decisions(run_ids), store.metrics(run_ids), store.stages(), store.epochs(run_ids), store.runs()
    assert before[0].keys() == after[0].keys()
    for key, table in before[0].items():
        pd.testing.assert_frame_equal(table, after[0][key])
    for one, other in zip(before[1:4], after[1:4], strict=True):
        order = [name for name in ("run_id", "position", "split", "metric", "epoch") if name in one]
        pd.testing.assert_frame_equal(
            one.sort_values(order, ignore_index=True), other.sort_values(order, ignore_index=True)
        )
    same = ["run_id", "recipe", "seed", "dataset_id", "status", "environment"]
    pd.testing.assert_frame_equal(
        before[4][same].sort_values("run_id", ignore_index=True),
        after[4][same].sort_values("run_id", ignore_index=True),
    )
    cell = ["dataset", "arm", "seed"]
    pd.testing.assert_frame_equal(
        links.sort_values(cell, ignore_index=True),
        store.study_runs(study.study_id).sort_values(cell, ignore_index=True),
    )
    assert store.check() == []
    assert {run.state for run in plan(study).runs} == {"found"}  # nothing is trained again
    assert store.jobs().empty


def answers(study: Study) -> dict[str, pd.DataFrame]:
    found = answer(study, StoreReader(), n_bootstrap=100)
    tables = {name: getattr(found, name) for name in ("by_class", "costs", "curves", "grid", "stages")}
    return tables | {"questions": found.questions.astype({"values": str})}


def test_answers_are_those_of_the_original(
    study: Study, file: Path, places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = answers(study)
    assert set(before["questions"]["n_seeds"]) == {3}
    study_files.write(study, places / "out")
    elsewhere(places, monkeypatch)
    study_files.take_in(study, file.read_text(), places / "out")
    after = answers(study)
    for name, table in before.items():
        pd.testing.assert_frame_equal(table, after[name])


def test_stages_that_questions_ask_about_are_exported_and_others_are_not(study: Study, places: Path) -> None:
    study_files.write(study, places / "out")
    rows = pq.read_table(places / "out" / "predictions.parquet").to_pandas()
    kept = rows.groupby("run_id")["stage"].agg(sorted)
    assert kept["hnl-0"] == ["full", "refined"]  # hnl@0, and its last stage
    assert kept["control-0"] == ["refined"] and kept["sigmoid-0"] == ["full"]
    assert {len(labels) for labels in rows["correct"]} == {N_TEST}


def test_an_export_grows_and_keeps_what_the_store_does_not_have(
    study: Study, file: Path, places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = places / "out"
    study_files.write(study, out)
    elsewhere(places, monkeypatch, data=True)
    cell = next(cell for cell in cells(study, 4) if cell.seed == 3)
    pretend_run("new-one", cell.recipe)
    store.register_study(study.study_id, study.name, file.read_text())
    store.link_study_run(study.study_id, cell.dataset, cell.arm, cell.seed, "new-one")
    assert study_files.write(study, out).n_runs == 10
    assert study_files.write(study, out).n_runs == 10
    taken = study_files.take_in(study, file.read_text(), out)
    assert (taken.n_runs, taken.n_known) == (9, 1)
    assert study_files.take_in(study, file.read_text(), out).n_known == 10
    assert len(store.runs()) == 10 and store.check() == []


def test_a_kill_between_two_files_leaves_no_run_without_its_rows(
    study: Study, file: Path, places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, written = places / "out", []
    store.delete_run("hnl-0")
    study_files.write(study, out)
    cell = next(cell for cell in cells(study) if (cell.arm, cell.seed) == ("hnl", 0))
    pretend_run("hnl-0", cell.recipe)
    store.link_study_run(study.study_id, cell.dataset, cell.arm, cell.seed, "hnl-0")
    original = study_export._write

    def killed(path: Path, table: object) -> None:
        written.append(path.stem)
        if path.stem == "runs":
            raise KeyboardInterrupt
        original(path, table)  # type: ignore[arg-type]

    monkeypatch.setattr(study_export, "_write", killed)
    with pytest.raises(KeyboardInterrupt):
        study_files.write(study, out)
    assert written[-1] == "runs" and "predictions" in written
    monkeypatch.setattr(study_export, "_write", original)
    elsewhere(places, monkeypatch)
    assert study_files.take_in(study, file.read_text(), out).n_runs == 8
    assert store.check() == []


def test_the_dataset_itself_replaces_what_was_taken_in_of_it(
    study: Study, file: Path, places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study_files.write(study, places / "out")
    elsewhere(places, monkeypatch, data=True)
    study_files.take_in(study, file.read_text(), places / "out")
    assert store.datasets()["imported"].tolist() == [True]
    pretend_run("here", cells(study, 4)[-1].recipe)
    assert not store.datasets()["imported"].fillna(False).any()
    assert store.check() == []


def test_other_pictures_of_the_same_name_are_refused(
    study: Study, file: Path, places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study_files.write(study, places / "out")
    elsewhere(places, monkeypatch)
    frame = pd.DataFrame({name: [] for name in ("sample_id", "path", "patient", "split", "label", "labels",
                                                "ambiguity", "marks", "boxes", "difficulty", "subgroup",
                                                "label_probability", "against_marks")})  # fmt: skip
    store.register_dataset("tiny@1", "tiny", 1, ["a", "b"], "other", "/nowhere", frame)
    with pytest.raises(store.StoreError, match="tiny@1 in the store has other pictures than in the export"):
        study_files.take_in(study, file.read_text(), places / "out")
    assert store.runs().empty and store.studies().empty


@pytest.mark.parametrize("damage", ["gone", "broken", "newer"])
def test_what_is_no_export_is_refused_in_one_sentence(study: Study, file: Path, places: Path, damage: str) -> None:
    out = places / "out"
    study_files.write(study, out)
    if damage == "gone":
        shutil.rmtree(out)
    elif damage == "broken":
        (out / "stages.parquet").write_bytes(b"no parquet")
    else:
        table = pq.read_table(out / "studies.parquet").replace_schema_metadata({"odap_schema": "9999"})
        pq.write_table(table, out / "studies.parquet")
    sentence = "written by a newer Odap" if damage == "newer" else "holds no export of a study"
    with pytest.raises(store.StoreError, match=sentence):
        study_files.take_in(study, file.read_text(), out)


Column = list[Any]


def replaced(value: object) -> Callable[[Column], Column]:
    """Put a value in place of the last one in the list of the first row."""
    return lambda values: [[*values[0][:-1], value], *values[1:]]


@pytest.mark.parametrize(
    ("name", "column", "change", "sentence"),
    [
        ("runs", "run_id", lambda values: ["../../x", *values[1:]], "'../../x', which is no name"),
        ("runs", "run_id", lambda values: [values[1], *values[1:]], "runs holds a row twice"),
        ("runs", "dataset_id", lambda values: ["other@1", *values[1:]], "which is not in datasets"),
        ("runs", "recipe", lambda values: ["{", *values[1:]], "the recipe of "),
        ("runs", "recipe", lambda values: ["[]", *values[1:]], "the recipe of "),
        ("datasets", "classes", lambda values: [None], "datasets.classes is empty"),
        ("datasets", "content_hash", None, "datasets has no column content_hash"),
        ("samples", "patient", lambda values: [None] * len(values), "samples.patient is empty"),
        ("samples", "dataset_id", lambda values: [7] * len(values), "samples.dataset_id is of another kind"),
        ("samples", "split", lambda values: ["train"] * len(values), "are not those of its test samples"),
        ("stages", "round", None, "stages has no column round"),
        ("predictions", "probs", lambda values: [one[:-1] for one in values], "are not those of its test samples"),
        *(
            ("predictions", "probs", replaced(value), f"predictions.parquet, column probs, run RUN, {said}")
            for value, said in (
                (1.5, "stage STAGE: 1.5 is not from 0 to 1"),
                (-0.25, "stage STAGE: -0.25 is not from 0 to 1"),
                (float("nan"), "stage STAGE: nan is not from 0 to 1"),
                (None, "stage STAGE: None is not from 0 to 1"),
            )
        ),
        ("predictions", "targets", replaced(2), "column targets, run RUN, stage STAGE: 2 is not 0"),
        ("runs", "seed", lambda values: [-1, *values[1:]], "runs.parquet, column seed, run RUN: -1 is below 0"),
        (
            "study_runs",
            "seed",
            lambda values: [*values[:-1], -2],
            "study_runs.parquet, column seed, run sigmoid-2: -2 is below 0",
        ),
        (
            "study_runs",
            "run_id",
            lambda values: [values[0], "nobody", *values[2:]],
            "study_runs.parquet, column run_id, row 2: run 'nobody' is not in runs.parquet",
        ),
    ],
)
def test_a_damaged_export_is_refused_in_one_sentence_and_nothing_is_taken_in(
    study: Study, file: Path, places: Path, monkeypatch: pytest.MonkeyPatch, name: str, column: str,
    change: Callable[[Column], Column] | None, sentence: str,
) -> None:  # fmt: skip
    out = places / "out"
    study_files.write(study, out)
    table = pq.read_table(out / f"{name}.parquet")
    at, first = table.column_names.index(column), table.slice(0, 1).to_pylist()[0]
    sentence = sentence.replace("RUN", str(first.get("run_id")))
    sentence = sentence.replace("STAGE", f"{first.get('stage')} of round {first.get('round')}")
    if change is None:
        table = table.remove_column(at)
    else:
        table = table.set_column(at, column, pa.array(change(table[column].to_pylist())))
    pq.write_table(table, out / f"{name}.parquet")
    elsewhere(places, monkeypatch)
    with pytest.raises(store.StoreError, match=r"is damaged \(.*export the study again") as refused:
        study_files.take_in(study, file.read_text(), out)
    assert sentence in str(refused.value)
    assert store.runs().empty and store.studies().empty and store.datasets().empty


def test_a_folder_that_cannot_be_written_is_named(study: Study, places: Path) -> None:
    (places / "taken").write_text("a file")
    with pytest.raises(store.StoreError, match=r"cannot be written to .*taken"):
        study_files.write(study, places / "taken" / "out")


def test_taking_in_asks_permission(study: Study, file: Path, places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study_files.write(study, places / "out")
    elsewhere(places, monkeypatch)
    rule = permission.ruled(lambda action, _: "No." if action == "import" else None)
    with rule, pytest.raises(permission.NotPermitted):
        study_files.take_in(study, file.read_text(), places / "out")
    assert store.runs().empty


def test_the_command_takes_in_and_writes(
    study: Study, file: Path, places: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from jobs.__main__ import main

    assert main(["study", str(file), "--export", str(places / "out")]) == 0
    assert f"{places / 'out'}: 9 finished runs" in capsys.readouterr().out
    elsewhere(places, monkeypatch)
    assert main(["study", str(file), "--import", str(places / "out"), "--dry-run"]) == 2
    assert capsys.readouterr().err.startswith("python -m trainer study: --import writes")
    assert main(["study", str(file), "--import", str(places / "out"), "--status"]) == 0
    said = capsys.readouterr().out
    assert "9 runs; 0 were there already" in said and "Nothing is left to be trained." in said
    assert main(["study", str(file), "--import", str(places / "out")]) == 0
    said = capsys.readouterr().out
    assert "0 runs; 9 were there already" in said and "All 9 runs of" in said
    assert os.environ["ODAP_DATA"].endswith("no-data") and store.jobs().empty


PROBS = arrays.arrays(np.float32, (6, 3), elements=st.floats(0, 1, width=32))
LIMITS = st.none() | st.lists(st.floats(0, 1), min_size=3, max_size=3)


@given(PROBS, LIMITS)
def test_rounding_keeps_every_decision(probs: np.ndarray, limits: list[float] | None) -> None:  # type: ignore[type-arg]
    short = rounded(probs, limits)
    assert short.dtype == np.float32 and np.abs(short - probs).max() <= 0.000501
    assert (short.argmax(axis=1) == probs.argmax(axis=1)).all()
    if limits is not None:
        assert (decide(short, "sigmoid", limits) == decide(probs, "sigmoid", limits)).all()


def test_rounding_keeps_a_narrow_win_by_hand() -> None:
    probs = np.array([[0.3334, 0.33341, 0.33319], [0.9996, 0.0004, 0.0]], np.float32)
    assert (rounded(probs, None)[0] == probs[0]).all()  # 0.333 each would make the first class the highest
    assert rounded(probs, None)[1].tolist() == [1.0, 0.0, 0.0]
    assert (rounded(probs, [0.9998, 0.5, 0.5])[1] == probs[1]).all()  # 1.0 would reach the threshold


def test_jobs_module_offers_the_page_what_it_needs() -> None:
    assert callable(jobs.submit_study)
