"""The store's write path, on real files."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import store


def test_a_stage_written_twice_stands_once(results: Any) -> None:
    results.prepare()
    results.stage()
    results.stage()
    assert len(store.predictions("r", 0, "full")) == 3
    assert store.check() == []
    counts = store.confusion_counts("r", 0, "full", "test")
    assert counts.values.tolist() == [["x", "y", 1]]


def test_an_undefined_metric_stays_undefined(results: Any) -> None:
    results.prepare()
    results.stage()
    metrics = store.metrics(["r"]).set_index("metric")["value"]
    assert metrics["accuracy"] == 0.5
    assert pd.isna(metrics["f1"])


def test_a_refused_stage_leaves_nothing_of_itself(results: Any) -> None:
    results.prepare()
    with pytest.raises(store.StoreError):
        results.stage(predictions=pa.table({"sample_id": ["a"], "split": ["train"], "probs": ["no list"]}))
    assert store.stages("r").empty
    assert store.metrics(["r"]).empty


def test_only_one_of_two_claims_gets_a_job() -> None:
    job = store.add_job("train", title="t", args={})
    first, second = store.claim_job(["train"]), store.claim_job(["train"])
    assert first is not None and first["job_id"] == job and first["state"] == "starting"
    assert second is None


def test_scores_of_maps_are_replaced_by_stage_and_method_and_go_with_their_run(results: Any) -> None:
    results.prepare()
    results.stage()
    scores = pd.DataFrame(
        {"score": ["pointing game"] * 2, "maps": ["gradcam"] * 2, "class_name": [None, "x"],
         "value": [0.5, float("nan")], "n": [2, 0]}
    )  # fmt: skip
    store.record_map_scores("r", 0, "full", "gradcam", "l (2 x 2)", scores)
    store.record_map_scores("r", 0, "full", "layercam", "l (2 x 2)", scores)
    store.record_map_scores("r", 0, "full", "gradcam", "finer (4 x 4)", scores.assign(value=[0.75, 0.25]))
    kept = store.map_scores("r")
    assert kept.groupby("method")["layer"].first().to_dict() == {"gradcam": "finer (4 x 4)", "layercam": "l (2 x 2)"}
    assert kept["class_name"].isna().tolist() == [True, False, True, False]
    assert kept["value"].tolist()[:3] == [0.75, 0.25, 0.5] and pd.isna(kept["value"].iloc[3])
    assert kept["position"].tolist() == [0] * 4 and store.check() == []
    assert kept[["low", "gain", "n_groups"]].isna().all(axis=None), "what is not known is not there"
    known = scores.assign(low=0.25, high=0.75, n_groups=2, gain=[-0.5, float("nan")], gain_low=-0.75, gain_high=0.0)
    store.record_map_scores("r", 0, "full", "layercam", "l (2 x 2)", known)
    kept = store.map_scores("r")
    kept = kept[kept["method"] == "layercam"].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept[list(known.columns)], known, check_dtype=False)
    store.finish_run("r", "done")
    store.delete_run("r")
    assert store.counts()["map_scores"] == 0


def test_a_sample_twice_is_refused_in_a_sentence(results: Any) -> None:
    results.prepare()
    twice = pa.table(
        {
            "sample_id": ["a", "a"], "split": ["train"] * 2, "targets": [[1.0, 0]] * 2, "probs": [[0.9, 0.1]] * 2,
            "loss": [0.1] * 2, "correct": [True] * 2,
        }
    )  # fmt: skip
    with pytest.raises(store.StoreError, match=r"^The sample a is twice in the predictions of r, round 0, full; .*row"):
        results.stage(predictions=twice)
    assert store.stages("r").empty
    samples = store.samples("d@1").iloc[[0, 0]]
    with pytest.raises(store.StoreError, match=r"^The sample a is twice in the dataset d@2; "):
        store.register_dataset("d@2", "d", 2, ["x", "y"], "h", "/nowhere", samples)
    assert store.datasets()["dataset_id"].tolist() == ["d@1"]


def test_what_is_known_of_simulated_samples_is_kept_and_null_where_it_is_not(results: Any) -> None:
    results.prepare()
    known = ["difficulty", "subgroup", "label_probability", "against_marks"]
    assert store.samples("d@1")[known].isna().all(axis=None)
    samples = store.samples("d@1").assign(
        difficulty=["toss", *["hard"] * (len(store.samples("d@1")) - 1)], subgroup=None, label_probability=0.6,
        against_marks=[None, *[True] * (len(store.samples("d@1")) - 1)],
    )  # fmt: skip
    store.register_dataset("p@1", "p", 1, ["x", "y"], "h2", "/nowhere", samples)
    stored = store.samples("p@1")
    assert stored["difficulty"].tolist() == samples["difficulty"].tolist()
    assert stored["subgroup"].isna().all()
    assert stored["label_probability"].tolist() == [0.6] * len(stored)
    assert stored["against_marks"].isna().tolist() == [True] + [False] * (len(stored) - 1)
    assert stored["against_marks"][1:].all()
