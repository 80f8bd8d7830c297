"""Test what a study queues: nothing twice, nothing that is there, forks after their parent."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import catalog
import jobs
import store
from jobs import study_command, study_progress
from jobs.study_plan import plan
from jobs.study_submit import submit_study
from studies import Study, cells
from system import permission
from tests.unit.jobs.study_cases import N_TRAIN, make_dataset, pretend_run, write_study
from tests.unit.store.somebody_elses import only_readable

pytestmark = pytest.mark.usefixtures("worker_elsewhere")


@pytest.fixture
def file(places: Path) -> Path:
    make_dataset()
    return write_study(places)


def trainings() -> dict[str, dict[str, Any]]:
    frame = store.jobs().astype(object)
    frame = frame.where(frame.notna(), None)
    return {str(job["run_id"]): dict(job) for job in frame[frame["kind"] == "train"].to_dict("records")}


def content() -> tuple[str, list[str], dict[str, int]]:
    names = [dataset.dataset_id for dataset in catalog.list_versions()]
    return store.jobs().to_csv(), names, store.counts()


def test_every_cell_is_queued_and_one_full_stage_is_shared(file: Path) -> None:
    planned = submit_study(file)
    found = trainings()
    assert len(planned.runs) == len(found) == 9
    by_cell = {(run.cell.arm, run.cell.seed): found[run.run_id] for run in planned.runs}
    for seed in range(3):
        parent, child = by_cell["hnl", seed], by_cell["control", seed]
        assert parent["after"] is None and child["after"] == parent["job_id"]
        assert child["args"]["fork"] == {"run_id": parent["run_id"], "round": 0, "stage": "full"}
        assert by_cell["sigmoid", seed]["after"] is None and "fork" not in by_cell["sigmoid", seed]["args"]
    assert {job["priority"] for job in found.values()} == {-1}
    order = list(found)
    assert order.index(by_cell["hnl", 2]["run_id"]) < order.index(by_cell["control", 2]["run_id"])
    assert store.check() == []


def test_steps_are_counted_by_hand_and_a_shared_stage_once(file: Path) -> None:
    planned = plan(Study.load(file))
    steps = {(run.cell.arm, run.cell.seed): run.steps for run in planned.runs}
    a_pass = round(N_TRAIN / 8)
    assert (steps["hnl", 0], steps["control", 0], steps["sigmoid", 0]) == (4 * a_pass, 2 * a_pass, 4 * a_pass)
    assert planned.seconds is None
    said = study_command.describe(planned)
    assert (
        "runs: 9." in said and f"{3 * 10 * a_pass:,} steps" in said and "3 of these start from the full stage" in said
    )
    assert "not known until a run of mobilenet_v3_small at 32 pixels has ended here" in said


def test_a_dry_run_changes_nothing(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from jobs.__main__ import main

    before = content()
    assert main(["study", str(file), "--dry-run"]) == 0
    assert "Runs: 9 new. 3 of these start" in capsys.readouterr().out
    assert main(["study", str(file), "--status"]) == 0
    assert "None of its runs is queued yet" in capsys.readouterr().out
    assert content() == before


def test_asked_for_twice_nothing_is_queued_twice(file: Path) -> None:
    submit_study(file)
    before = store.jobs().to_csv()
    again = submit_study(file)
    assert store.jobs().to_csv() == before
    assert {run.state for run in again.runs} == {"open"}


def test_asked_for_twice_at_once_nothing_is_queued_twice(file: Path) -> None:
    code = f"from jobs.study_submit import submit_study; submit_study({str(file)!r})"
    both = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [(process.wait(), process.communicate()[1]) for process in both] == [(0, ""), (0, "")]
    assert len(store.jobs()) == 9 and store.check() == []


def test_threads_of_one_process_do_not_queue_twice_either(file: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(submit_study, [file] * 3))
    assert len(store.jobs()) == 9


@pytest.fixture
def read_only(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A store and a runs' folder of somebody else's, with one finished run; this process may only read them."""
    pretend_run("done", cells(Study.load(file))[0].recipe)
    plan(Study.load(file))  # what is imported late cannot be by another user

    def fill(folder: Path) -> None:
        shutil.copy(store.results_path(), folder / "results.duckdb")
        shutil.copytree(catalog.data_root(), folder / "data")
        shutil.copy(file, folder / "small.yaml")
        (folder / "runs").mkdir()

    with only_readable(fill) as folder:
        for name, place in (("RESULTS", "results.duckdb"), ("RUNS", "runs"), ("DATA", "data")):
            monkeypatch.setenv(f"ODAP_{name}", str(folder / place))
        yield folder


def test_of_a_store_that_may_only_be_read_the_plan_is_said_and_queueing_is_refused_in_a_sentence(
    read_only: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from jobs.__main__ import main

    words = ["study", str(read_only / "small.yaml")]
    for option in ("--dry-run", "--status"):
        assert main([*words, option]) == 0
        assert "Runs: 1 done, 8 new." in capsys.readouterr().out
    assert main(words) == 2
    said = capsys.readouterr().err
    assert f"The runs' folder {read_only / 'runs'} cannot be written (Permission denied); check its perm" in said
    assert said.count("\n") == 1
    with ExitStack() as owner:
        if os.getuid() == 0:
            os.seteuid(0)
            owner.callback(os.seteuid, 65534)
        (read_only / "runs").chmod(0o777)
    assert main(words) == 2
    assert "results.duckdb cannot be opened for writing; check the permissions" in capsys.readouterr().err


def test_a_changed_file_is_another_study_and_says_which_runs_it_takes_over(
    file: Path, places: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from jobs.__main__ import main

    first = Study.load(file)
    submit_study(file)
    assert "of the same name" not in study_command.describe(plan(first))
    write_study(places, lambda values: values["questions"][0].update(margin=0.2))
    changed = Study.load(file)
    assert main(["study", str(file), "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert changed.study_id != first.study_id and said.startswith(f"Study {changed.study_id}; ")
    assert f"The store has {first.study_id} too, of the same name but with another plan; this is another study" in said
    assert "the same: 9 of 9." in said and "Runs: 9 waiting or running." in said
    queued = store.jobs().to_csv()
    submit_study(file)
    assert store.jobs().to_csv() == queued
    assert store.study_runs(first.study_id)["run_id"].tolist() == store.study_runs(changed.study_id)["run_id"].tolist()

    write_study(places, lambda values: values["arms"]["hnl"].update(settings={"refined.epochs": 2}))
    assert main(["study", str(file), "--status"]) == 0
    said = capsys.readouterr().out
    assert f"The store has {changed.study_id}, {first.study_id} too" in said and "the same: 6 of 9." in said
    assert "Runs: 6 waiting or running, 3 new." in said


def test_a_run_that_the_store_has_is_taken(file: Path) -> None:
    study = Study.load(file)
    wanted = {(cell.arm, cell.seed): cell.recipe for cell in cells(study)}
    pretend_run("by-hand", wanted["control", 0].model_copy(update={"name": "other_name", "description": "Mine."}))
    pretend_run("unlike", wanted["control", 1].model_copy(update={"batch_size": 16}))
    pretend_run("stopped", wanted["control", 2], status="stopped")
    planned = submit_study(file)
    state = {(run.cell.arm, run.cell.seed): (run.state, run.run_id) for run in planned.runs}
    assert state["control", 0] == ("found", "by-hand")
    assert state["control", 1][0] == state["control", 2][0] == "new"
    assert len(trainings()) == 8
    linked = store.study_runs(study.study_id).set_index(["arm", "seed"])
    assert linked.loc[("control", 0), "status"] == "done"


def test_more_seeds_add_runs_to_the_same_study(file: Path) -> None:
    first = submit_study(file, n_seeds=1)
    assert len(trainings()) == 3
    more = submit_study(file, n_seeds=5)
    assert more.study.study_id == first.study.study_id
    assert len(trainings()) == 15 and len(store.studies()) == 1


def test_what_ended_before_its_time_is_named_and_tried_again(file: Path) -> None:
    study = Study.load(file)
    submit_study(file, n_seeds=1)
    run_of = {run.cell.arm: run.run_id for run in plan(study, 1).runs}
    for job in trainings().values():
        store.update_job(job["job_id"], state="failed", error="The disk is full; free some.")
    planned = plan(study, 1)
    assert {run.state for run in planned.runs} == {"again"}
    said = study_progress.failures(study_progress.runs_of(planned))
    assert any(f"({run_of['sigmoid']}) is failed: The disk is full" in sentence for sentence in said)
    recipe = next(run.cell.recipe for run in planned.runs if run.cell.arm == "sigmoid")
    pretend_run(run_of["sigmoid"], recipe, status="failed")
    submit_study(file, n_seeds=1)
    jobs_now = store.jobs(states=["queued"]).set_index("run_id")
    assert set(jobs_now.index) == set(run_of.values())
    assert jobs_now.loc[run_of["sigmoid"], "args"]["resume"] is True
    assert "fork" in jobs_now.loc[run_of["control"], "args"]


def test_a_fork_starts_from_a_full_stage_that_is_there(file: Path) -> None:
    study = Study.load(file)
    recipe = {(cell.arm, cell.seed): cell.recipe for cell in cells(study)}
    submit_study(file, n_seeds=1)
    run_of = {run.cell.arm: run.run_id for run in plan(study, 1).runs}
    for job in trainings().values():
        store.update_job(job["job_id"], state="done")
    pretend_run(run_of["hnl"], recipe["hnl", 0])
    assert all(run.parent is None for run in plan(study, 1).runs)  # its checkpoints are not here: an imported run
    folder = store.runs_root() / run_of["hnl"] / "checkpoints"
    folder.mkdir(parents=True)
    for name in ("00-full.safetensors", "00-full.dynamics.safetensors"):
        (folder / name).touch()
    states = {run.cell.arm: (run.state, run.parent) for run in plan(study, 1).runs}
    assert states["hnl"] == ("found", None) and states["control"] == ("again", run_of["hnl"])


def test_absent_phantoms_are_made_first(places: Path) -> None:
    file = write_study(places, lambda v: v["datasets"].update(tiny={"preset": "claims", "images": 60, "size": 48}))
    planned = submit_study(file, n_seeds=1)
    (place,) = planned.to_make
    frame = store.jobs()
    phantom = frame[frame["kind"] == "phantom"].iloc[0]
    assert phantom["dataset"] == place.name
    found = trainings()
    first = next(run for run in planned.runs if run.parent is None)
    assert found[first.run_id]["after"] == phantom["job_id"] and found[first.run_id]["dataset"] == place.dataset_id
    submit_study(file, n_seeds=1)
    assert len(store.jobs()) == 4


def test_a_dataset_that_must_be_there_is_refused_and_an_optional_one_passed_over(places: Path) -> None:
    file = write_study(places)
    with pytest.raises(jobs.JobError, match="needs the dataset tiny@1, which is not there; import it, or write"):
        submit_study(file)
    make_dataset("other")

    def both(values: dict[str, Any]) -> None:
        values["datasets"] = {"tiny": {"name": "tiny@1", "optional": True}, "other": {"name": "other@1"}}

    planned = submit_study(write_study(places, both))
    assert [place.key for place in planned.passed_over] == ["tiny"]
    assert {run.cell.dataset for run in planned.runs} == {"other"}
    assert "Absent and passed over: tiny@1." in study_command.describe(planned)


def test_a_refusal_changes_nothing(file: Path) -> None:
    before = content()
    with permission.ruled(lambda action, _: f"No {action}."), pytest.raises(permission.NotPermitted, match="No train"):
        submit_study(file)
    assert content() == before


def test_the_time_is_that_of_earlier_runs_here(file: Path) -> None:
    study = Study.load(file)
    recipes = [cell.recipe for cell in cells(study) if cell.arm == "sigmoid"]
    for run_id, recipe, seconds in (
        ("earlier", recipes[0], 40),
        ("other", recipes[1].model_copy(update={"name": "b"}), 20),
    ):
        pretend_run(run_id, recipe)
        job = store.add_job("train", title="t", args={}, run_id=run_id, state="running")
        with store.write() as connection:
            connection.execute(
                "UPDATE jobs SET state = 'done', finished_at = started_at + to_seconds(?) WHERE job_id = ?",
                [seconds, job],
            )
    pace = store.paces()["mobilenet_v3_small", 32]
    assert pace.seconds_per_image == pytest.approx(60 / (2 * N_TRAIN)) and pace.n_runs == 2
    planned = plan(study)
    images = sum(run.images or 0 for run in planned.runs)
    assert planned.seconds == pytest.approx(images * 1.5) and planned.measured == 2
    assert "by the speed of 2 earlier runs" in study_command.describe(planned)


def test_the_table_shows_a_sign_for_each_seed(file: Path) -> None:
    study = Study.load(file)
    planned = submit_study(file)
    first = next(run for run in planned.runs if run.cell.arm == "hnl")
    pretend_run(first.run_id, first.cell.recipe)
    store.update_job(trainings()[first.run_id]["job_id"], state="done")
    lines = study_progress.table(study_progress.runs_of(plan(study))).splitlines()
    assert lines.pop().startswith("A sign for each seed: ■ done")
    assert [" ".join(line.split()) for line in lines] == [
        "tiny hnl ■·· 1 of 3", "tiny control ··· 0 of 3", "tiny sigmoid ··· 0 of 3",
    ]  # fmt: skip


def test_ctrl_c_during_a_query_ends_the_watching_like_any_other(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(states: object) -> None:
        raise RuntimeError("Query interrupted") from KeyboardInterrupt()

    planned = submit_study(file)
    monkeypatch.setattr(study_progress, "_heal", lambda: None)
    monkeypatch.setattr("store.jobs", interrupted)
    assert study_command._follow(planned, argparse.Namespace(export=None, prune=False)) == 130
    assert "The queue goes on" in capsys.readouterr().err
