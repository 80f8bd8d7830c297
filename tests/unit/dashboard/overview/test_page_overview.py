"""Overview and the sidebar: first start, half-finished, failed and complete runs."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import streamlit as st

import catalog
import jobs
import store
from dashboard.reads import dataset_queries
from jobs.process import identify
from jobs.retries import next_attempt


def test_first_start_offers_one_button_that_starts_the_demo_and_shows_its_progress(house, opened, texts):
    at = opened()
    assert at.title[0].value == "Welcome to Odap"
    at.button(key="start_demo").click().run()
    assert not at.exception
    live = store.jobs(states=["queued"])
    assert list(live["kind"]) == ["phantom", "train", "train", "train"]
    assert "The demo is running" in texts(at)
    assert len(at.sidebar.button) >= 4  # one Stop for each


def test_a_dataset_without_runs_says_what_to_do_next(house, opened, texts):
    house.dataset()
    at = opened()
    assert "No run yet" in texts(at)
    assert at.sidebar.selectbox(key="launch_dataset").value == "tiny"


def test_start_training_queues_the_chosen_settings(house, opened, texts):
    house.dataset()
    at = opened()
    at.sidebar.number_input(key="launch_demo_full.epochs").set_value(3)
    at.sidebar.number_input(key="launch_demo_seed").set_value(5)
    at.sidebar.button(key="launch_start").click().run()
    assert not at.exception
    job = store.jobs().iloc[0]
    assert job["seed"] == 5 and job["args"]["settings"] == {"full.epochs": 3}


def test_the_form_suggests_the_recipe_for_small_datasets(house, opened):
    house.dataset()

    def said(at):
        return [caption.value for caption in at.sidebar.caption if "finetune_small" in caption.value]

    at = opened()
    n = len(catalog.open_dataset("tiny").samples)
    assert said(at) == [
        f"tiny@1 has {n} pictures. For fewer than 5,000, the recipe `finetune_small` is the one to start with."
    ]
    at.sidebar.selectbox(key="launch_recipe").set_value("finetune_small").run()
    assert not at.exception and said(at) == []
    assert "finetune_small" in said(opened(lang="ko"))[0] and "pictures" not in said(opened(lang="ko"))[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dashboard.frame.launch_form.SMALL", n)
        assert said(opened()) == []


def test_the_form_submits_the_version_that_it_showed(house, opened):
    dataset = house.dataset()
    at = opened()
    sample = str(dataset.samples.loc[dataset.samples["split"] == "train", "sample_id"].iloc[0])
    assert catalog.revise("tiny", [catalog.SampleChange(sample, "excluded")]).dataset_id == "tiny@2"
    st.cache_data.clear()
    at.sidebar.button(key="launch_start").click().run()
    assert not at.exception
    job = store.jobs().iloc[0]
    assert (job["dataset"], job["args"]["recipe"]["dataset"]) == ("tiny@1", "tiny@1")
    at.sidebar.button(key="launch_start").click().run()
    assert store.jobs()["dataset"].tolist() == ["tiny@1", "tiny@2"]  # which is what it shows now


@pytest.mark.parametrize("language", ["en", "ko"])
def test_what_made_a_run_is_shown(language, house, opened, texts):
    dataset = house.dataset()
    house.start("demo-1", dataset)
    assert ("were not recorded" if language == "en" else "기록되지 않았습니다") in texts(opened(lang=language))
    made = {"odap": "0.2.0", "torch": "2.14", "cuda": "13.0", "device": "NVIDIA H200", "python": "3.11.7"}
    for changes in ({"commit": "0123456789abcdef", "dirty": True}, {"odap": "0.3.0", "commit": None}):
        store.create_run(
            "demo-2", recipe_name="demo", recipe={"name": "demo"}, objective="softmax", model="m",
            dataset_id=dataset.dataset_id, classes=list(dataset.classes), seed=0, control=False, rounds=2,
            device="cuda:0", environment=made | changes,
        )  # fmt: skip
    shown = texts(opened(lang=language, run="demo-2"))
    for words in ("0.2.0", "0123456789ab", "torch 2.14", "CUDA 13.0", "Python 3.11.7", "NVIDIA H200", "0.3.0"):
        assert words in shown
    assert ("with uncommitted changes" if language == "en" else "커밋하지 않은 변경") in shown
    assert ("Resumed with Odap 0.3.0" if language == "en" else "이어서 학습했습니다") in shown


def test_a_refused_start_is_a_sentence_in_place(house, opened, texts, monkeypatch):
    house.dataset()
    at = opened()

    def refuse(*args, **kwargs):
        raise store.StoreBusy("The store is busy; try again.")

    monkeypatch.setattr("jobs.submit_training", refuse)
    at.sidebar.button(key="launch_start").click().run()
    assert not at.exception
    assert "The store is busy" in texts(at.sidebar)


def test_a_run_without_a_finished_stage(house, opened, texts):
    dataset = house.dataset()
    house.start("demo-1", dataset)
    house.epoch("demo-1", 0, "full", 0, 1, 1)
    at = opened()
    assert "has not finished a stage yet" in texts(at)
    assert len(at.get("plotly_chart")) == 1


def test_a_failed_run_shows_its_error_its_log_and_resume(house, opened, texts):
    dataset = house.dataset()
    house.start("demo-1", dataset)
    store.finish_run("demo-1", "failed", "The disk is full: free 2 GB <now>.")
    (house.runs / "demo-1").mkdir(parents=True)
    (house.runs / "demo-1" / "log.txt").write_text("epoch 1\nOSError: No space left\n")
    at = opened()
    assert "The disk is full" in texts(at)
    assert "No space left" in at.code[0].value
    at.button(key="resume_demo-1").click().run()
    assert not at.exception
    assert store.jobs().iloc[0]["args"] == {"resume": True, "recipe_name": "demo"}


def test_complete_runs_show_scores_with_their_sample_count(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    house.complete("control-1", dataset, control=True)
    house.complete("multi-1", dataset, objective="sigmoid")
    at = opened()
    table = at.dataframe[0].value
    assert set(table["kind"]) == {"staged (hard negatives)", "control", "multi-label"}
    assert table["accuracy"].between(0, 100).all() and (table["n"] == (dataset.samples["split"] == "test").sum()).all()
    at.selectbox(key="pick_run").select("demo-1").run()
    assert list(at.dataframe[1].value["name"])[:2] == ["full", "round 1 · hard negative"]
    assert at.query_params["run"] == "demo-1"


def test_a_live_job_is_shown_with_its_numbers_and_can_be_stopped(house, opened, texts):
    house.dataset()
    job = store.add_job("train", title="demo on tiny, seed 0", args={}, run_id="demo-1", state="running")
    store.update_job(
        job, round=1, stage="refined", epoch=2, epochs=3, step=50, steps=100, images_per_s=312.4, seconds_left=95.0
    )
    at = opened()
    shown = texts(at.sidebar)
    assert "running · round 1 · refined · epoch 2 of 3 · 312 images/s · 1 min 35 s left" in shown
    at.sidebar.button(key=f"stop_{job}").click().run()
    assert not at.exception
    assert store.job_state(job) == "stopping"


def waiting(title, **columns):
    return store.add_job("train", title=title, args={}, run_id=title, **columns)


def test_what_waits_can_be_put_first(house, opened, texts):
    house.dataset()
    making = store.add_job("phantom", title="making", args={}, state="running")
    first, urgent, last = waiting("first"), waiting("urgent", priority=3), waiting("last")
    bound = waiting("bound", after=making)
    at = opened()
    offered = {button.key for button in at.sidebar.button if str(button.key).startswith("first_")}
    assert offered == {f"first_{first}", f"first_{last}"}, "not what is next, nor what waits for another"
    at.sidebar.button(key=f"first_{last}").click().run()
    assert not at.exception and "last: next in the queue." in [toast.value for toast in at.toast]
    assert "**last** · waiting, next in line" in texts(at.main)
    assert [store.claim_job(["train"])["job_id"] for _ in range(3)] == [last, urgent, first]
    assert store.job_state(bound) == "queued"


def test_what_waits_stands_in_the_order_in_which_it_is_taken_and_says_for_what(house, opened, texts):
    house.dataset()
    making = store.add_job("phantom", title="making", args={}, state="running")
    for title, columns in (("first", {}), ("urgent", {"priority": 3}), ("bound", {"after": making})):
        waiting(title, **columns)
    at = opened()
    cards = [line for line in texts(at.sidebar).splitlines() if "wait" in line]
    assert cards == ["waiting, next in line", "waiting, 1 ahead of it", "waits for: making"]
    told = next(found.value for found in at.main.markdown if "urgent" in found.value)
    assert told.splitlines() == [
        "**urgent** · waiting, next in line  ", "**first** · waiting, 1 ahead of it  ", "**bound** · waits for: making"
    ]  # fmt: skip


def test_a_failure_stands_above_a_long_queue_and_is_called_one(house, opened):
    house.dataset()
    failed = waiting("broken")
    store.update_job(failed, state="failed", error="No space left.", finished_at=datetime.now(UTC).replace(tzinfo=None))
    for number in range(5):
        waiting(f"run {number}")
    shown = [found for found in opened().sidebar if found.type in ("error", "markdown")]
    values = [found.value for found in shown]
    said = values.index("**broken**: failed  \nNo space left\\.")
    assert said < values.index("**run 0**")


def test_a_stop_says_what_it_did(house, opened):
    house.dataset()
    making = store.add_job("phantom", title="making", args={})
    waiting("bound", after=making)
    running = store.add_job("train", title="busy", args={}, run_id="busy-1", state="running")
    at = opened()
    at.sidebar.button(key=f"stop_{making}").click().run()
    assert [toast.value for toast in at.toast] == [
        "making: stopped. Also stopped, because they were waiting for it: 1."
    ]
    at.sidebar.button(key=f"stop_{running}").click().run()
    assert [toast.value for toast in at.toast] == ["busy: stops after its current step."]


def test_an_unexpected_failure_is_one_sentence_with_try_again(house, opened, texts, monkeypatch):
    house.dataset()
    at = opened()
    monkeypatch.setattr("dashboard.reads.table_frames.run_table", lambda *args: 1 / 0)
    house.complete("demo-1", catalog.open_dataset("tiny"))
    at.run()
    assert not at.exception
    assert "ZeroDivisionError" in at.error[0].value and at.button(key="try_again_page")


def test_a_busy_store_is_one_sentence_on_page_and_in_sidebar(house, opened, texts, monkeypatch):
    house.complete("demo-1", house.dataset())
    at = opened()

    def busy(*args, **kwargs):
        raise store.StoreBusy("The store is in use; try again in a moment.")

    store.add_job("train", title="t", args={}, run_id="demo-2")  # there is something new to read
    monkeypatch.setattr("dashboard.reads.snapshot.read", busy)
    at.run()
    assert not at.exception
    assert "The store is in use" in texts(at)
    assert at.button(key="try_again_page") and at.sidebar.button(key="launch_start")


def test_a_run_that_failed_after_the_chosen_one_is_not_overlooked(house, opened, texts):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    house.start("demo-2", dataset)
    store.finish_run("demo-2", "failed", "No space left.")
    at = opened(run="demo-1")
    assert "Run demo-2 failed: No space left." in texts(at)
    assert at.button(key="resume_demo-2")


def test_before_the_first_run_begins_nobody_is_asked_to_start_one(house, opened, texts):
    house.dataset()
    store.add_job("train", title="demo on tiny, seed 0", args={}, run_id="demo-1")
    shown = texts(opened())
    assert "about to start" in shown and "No run" not in shown


def test_a_run_that_is_chosen_joins_the_curves_and_one_without_an_epoch_is_named(house, opened, texts):
    dataset = house.dataset()
    for run_id in ("demo-1", "demo-2", "demo-3", "demo-4"):
        house.complete(run_id, dataset)
    house.start("late-1", dataset)
    at = opened("overview", run="demo-4")
    assert "Not in the figure yet, because no epoch has finished: late-1." in texts(at)
    at.multiselect(key="curve_runs").set_value(["demo-4"]).run()
    assert "Not in the figure yet" not in texts(at)
    at.selectbox(key="pick_run").set_value("demo-1").run()
    assert at.multiselect(key="curve_runs").value == ["demo-1", "demo-4"]


def test_a_recipe_that_was_changed_is_no_seed_of_the_others(house, opened):
    dataset = house.dataset()
    for run_id in ("demo-1", "demo-2", "demo-3"):
        house.complete(run_id, dataset)
    with store.write() as connection:
        for run_id, seed, rounds in (("demo-1", 0, 2), ("demo-2", 1, 2), ("demo-3", 2, 1)):
            recipe = json.dumps({"name": "demo", "seed": seed, "rounds": rounds})
            connection.execute("UPDATE runs SET seed = ?, recipe = ? WHERE run_id = ?", [seed, recipe, run_id])
    board = next(found.value for found in opened().dataframe if "n_seeds" in found.value).set_index("recipe")
    assert board["n_seeds"].to_dict() == {"demo · rounds 2": 2, "demo · rounds 1": 1}


def widths(table):
    """Pixels of the columns of a table in their order; a column without a width counts as None."""
    config = json.loads(table.proto.columns)
    return {name: config.get(name, {}).get("width") for name in table.proto.column_order}


def test_no_column_that_tells_scores_is_cut_or_out_of_sight_at_1280_pixels(house, opened):
    """In Chromium the page has 939 pixels there; columns without a width are measured before later rows are known."""
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    runs, stages = (widths(found) for found in opened().dataframe[:2])
    for wide, last in ((runs, "n"), (stages, "processor")):
        told = [wide[name] for name in list(wide)[: list(wide).index(last) + 1]]
        assert all(isinstance(found, int) or found == "small" for found in told), wide
        assert sum(75 if found == "small" else found for found in told) <= 939, wide
    assert runs["stage"] >= 110 and stages["name"] >= 160, "'round 1 · refined' and 'round 2 · hard negative'"


def test_runs_that_ended_before_their_first_stage_are_in_no_curve_unasked(house, opened):
    dataset = house.dataset()
    house.complete("demo-1", dataset)
    for run_id in ("bad-1", "bad-2"):
        house.start(run_id, dataset)
        store.finish_run(run_id, "failed", "No space left.")
    at = opened(run="demo-1")
    assert at.multiselect(key="curve_runs").value == ["demo-1"]


def test_every_title_that_the_queue_writes_is_said_in_korean(house, opened, texts, monkeypatch):
    house.dataset()
    house.start("demo-1", catalog.open_dataset("tiny"))
    store.finish_run("demo-1", "stopped")
    phantom = jobs.submit_phantom("demo")
    jobs.submit_training("demo", dataset="tiny", seed=3)
    jobs.submit_resume("demo-1")
    monkeypatch.setattr("jobs.process.spawn", lambda *_, **__: SimpleNamespace(identity=identify(os.getpid())))
    jobs.submit_import("folder", "/images", "mine")
    jobs.submit_check("tiny@1")
    jobs.submit_scores("demo-1")
    jobs.submit_explain("demo-1", ["a"])
    lost = jobs.submit_training("demo", dataset="tiny", seed=4)
    store.update_job(lost, state="lost")
    store.add_jobs([next_attempt(store.job(lost), "lost")])
    store.add_job("train", title="what a later version does", args={}, run_id="demo-2")
    shown = texts(opened(lang="ko").sidebar).splitlines()
    told = {line.strip("*") for line in shown if line.startswith("**")} - {"Odap"}
    assert {
        "팬텀 데이터셋 demo 만들기", "demo · tiny@1 · 시드 3", "demo · tiny@1 · 시드 0 · 이어서", "mine 가져오기",
        "tiny@1 점검", "demo-1의 CAM 맵 점수", "demo-1의 Grad-CAM, 샘플 1개", "demo · tiny@1 · 시드 4 · 다시 시도 1/2",
        "what a later version does",
    } <= told  # fmt: skip
    english = texts(opened(lang="en").sidebar)
    assert f"**{store.job(phantom)['title']}**" in english and "**demo on tiny@1, seed 0, continued**" in english


def test_without_a_dataset_nobody_is_sent_to_an_empty_sidebar(house, opened, texts):
    said = texts(opened("confusion").main)
    assert "and no dataset" in said and "in the sidebar" not in said
    house.dataset()
    dataset_queries.clear_catalog_cache()
    assert "in the sidebar" in texts(opened("confusion").main)


def test_a_failed_run_that_is_queued_again_is_no_error_any_more(house, opened, texts):
    house.start("demo-1", house.dataset())
    store.finish_run("demo-1", "failed", "No space left.")
    at = opened()
    at.button(key="resume_demo-1").click().run()
    shown = texts(at.main)
    assert "Run demo-1 ended early and is queued again" in shown
    assert not at.main.error and "Resume it from Overview" not in shown


def test_how_a_run_ended_is_said_in_korean(house, opened, texts):
    house.start("demo-1", house.dataset())
    store.finish_run("demo-1", "failed", "No space left.")
    assert "종료되었습니다(실패)" in texts(opened("confusion", lang="ko").main)


def test_an_import_at_the_first_start_is_shown_and_not_called_the_demo(house, opened, texts):
    store.add_job("import", title="Import mine", args={}, dataset="mine", state="running")
    at = opened()
    shown = texts(at.main)
    assert "**Import mine**" in shown and "The demo is running" not in shown
    at.button(key="start_demo").click().run()
    assert list(store.jobs()["kind"]) == ["import", "phantom", "train", "train", "train"]
    assert "The demo is running" in texts(at.main)


def test_a_run_whose_pictures_cannot_be_read_leads_to_the_checks_of_its_dataset(house, opened):
    dataset = house.dataset()
    for run_id, reason in (("bad-1", "x.png cannot be read; see: python -m catalog check tiny@1"), ("full-1", "Full.")):
        house.start(run_id, dataset)
        store.finish_run(run_id, "failed", reason)

    def links(run_id):
        found = [link.proto for link in opened(run=run_id).main.get("page_link")]
        return [(link.page, link.query_string) for link in found if "Checks of" in link.label]

    [(page, query)] = links("bad-1")
    assert page == "data" and "dataset=tiny%401" in query and "data_tab=checks" in query
    assert links("full-1") == []
