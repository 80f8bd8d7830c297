"""Gather what the page shows of one stage: tables by class, evidence, curves and samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

import catalog
from analysis.class_difficulty import learned_curves, learning_table, recall_table
from analysis.cue_evidence import SOONER, judge_factors
from analysis.metrics import decide
from analysis.prediction_table import PredictionTable
from dashboard.reads import difficulty_queries, run_queries
from dashboard.text import T, plain
from dashboard.widgets.url_state import StageKey

KINDS = ("clear", "hard", "toss")  # difficulties that the phantom records


@dataclass(frozen=True)
class Findings:
    """Everything about the difficulty of one stage's classes.

    Attributes:
        classes: one row per class, the hardest first: the columns of `learning_table`, sooner (AUC), recall_train,
            recall, n_test, rival, taken, purity, neighbour.
        evidence: of `judge_factors`, in the same order of classes.
        curves: of `learned_curves`, in the same order.
        samples: training samples with their dynamics, and `shows`: their classes.
        by_kind: like `classes`, by difficulty of the phantom (`kind`); empty for other data.
        learning_known: whether the run recorded how it learned.
        n_measured: pictures whose cues are known.
    """

    classes: pd.DataFrame
    evidence: pd.DataFrame
    curves: pd.DataFrame
    samples: pd.DataFrame
    by_kind: pd.DataFrame
    learning_known: bool
    n_measured: int


def measure(dataset_id: str) -> pd.DataFrame | None:
    """Return the cues of a dataset's pictures, with a bar while they are measured.

    None, and a warning, where the pictures cannot be read.
    """
    place = st.empty()

    def tell(done: int, total: int) -> None:
        if done % 20 == 0 or done == total:
            place.progress(done / max(total, 1), T.measuring_cues.format(done=f"{done:,}", total=f"{total:,}"))

    try:
        cues = difficulty_queries.cues(catalog.open_dataset(dataset_id), tell)
    except catalog.CatalogError as error:
        words = T.cues_unknown.format(dataset=plain(dataset_id), reason=plain(str(error).rstrip(".")))
        st.warning(words, icon=":material/image_not_supported:")
        return None
    place.empty()
    return cues


def gather(run_id: str, stage: StageKey, cues: pd.DataFrame | None) -> Findings:
    """Return the findings of a stage; computed once while the run gains no stage."""
    n_measured = 0 if cues is None else len(cues)
    return _gather(run_queries.run_token(run_id), run_id, stage.round, stage.stage, n_measured, cues)


@st.cache_resource(max_entries=8, show_spinner=False)
def _gather(token: str, run_id: str, round_: int, stage: str, n_measured: int, _cues: pd.DataFrame | None) -> Findings:
    run = run_queries.run(run_id)
    names = [str(name) for name in run["classes"]]
    train, test = (
        run_queries.predictions_of_run(run_id, split).of_stage(round_, stage).table() for split in ("train", "test")
    )
    dynamics = difficulty_queries.dynamics(run_id, round_, stage)
    samples = _with_dynamics(train, dynamics, names)
    learned = samples["learned_epoch"].to_numpy(np.float64)
    patients = samples["patient"].to_numpy(object)
    evidence = judge_factors(train.trained, names, patients, learned, _numbers(_cues, samples))
    thresholds = _thresholds(run_id, round_, stage)
    neighbours = difficulty_queries.neighbours(run_id, round_, stage)
    classes = _class_table(run, train, test, samples, thresholds)
    classes["sooner"] = classes["class_name"].map(evidence[evidence["factor"] == SOONER].set_index("class_name")["auc"])
    columns = ["class_name", "purity", "neighbour", "neighbour_share"]
    known = pd.DataFrame(columns=columns) if neighbours is None else neighbours[columns]
    classes = classes.merge(known, on="class_name", how="left").sort_values(
        ["sooner", "recall", "class_name"], kind="stable", ignore_index=True
    )
    order = {name: place for place, name in enumerate(classes["class_name"])}
    last = int(run_queries.epochs([run_id])["global_epoch"].max()) if len(dynamics) else 0
    ended = _last_epoch(run_id, round_, stage, last)
    curves = learned_curves(train.trained, names, learned, ended)
    return Findings(
        classes, _in_order(evidence, order), _in_order(curves, order), samples,
        _by_kind(run, train, test, samples, thresholds), bool(len(dynamics)), n_measured,
    )  # fmt: skip


def _with_dynamics(train: PredictionTable, dynamics: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return training samples with their dynamics.

    learned_epoch is inf where a sample is not learned.
    """
    columns = ["drawn", "learned_epoch", "forgotten", "aum", "prob_true"]
    own = dynamics.set_index("sample_id")[columns].reindex(train.samples["sample_id"]).reset_index(drop=True)
    own = own.astype("float64")
    own["learned_epoch"] = own["learned_epoch"].where(own["learned_epoch"].notna() | ~(own["drawn"] > 0), np.inf)
    shows = [tuple(name for name, there in zip(names, row, strict=True) if there) for row in train.trained]
    return pd.concat([train.samples.reset_index(drop=True), own], axis=1).assign(
        shows=pd.Series(shows, dtype=object), loss=train.samples["loss"].to_numpy()
    )


def _numbers(cues: pd.DataFrame | None, samples: pd.DataFrame) -> Mapping[str, NDArray[np.float64]]:
    if cues is None:
        return {}
    of_sample = cues.set_index("sample_id").reindex(samples["sample_id"])
    return {name: of_sample[list(columns)].to_numpy(np.float64) for name, columns in catalog.CUES.items()}


def _thresholds(run_id: str, round_: int, stage: str) -> Any:
    ended = run_queries.stages(run_id)
    return ended.loc[(ended["round"] == round_) & (ended["stage"] == stage), "thresholds"].iloc[0]


def _class_table(
    run: dict[str, Any], train: PredictionTable, test: PredictionTable, samples: pd.DataFrame, thresholds: Any
) -> pd.DataFrame:
    names = [str(name) for name in run["classes"]]
    table = learning_table(train.trained, names, samples["patient"], samples)
    in_train, in_test = (
        recall_table(side.trained, _decided(side, run, thresholds), side.unit_probs, names) for side in (train, test)
    )
    return table.assign(
        recall_train=in_train["recall"], recall=in_test["recall"], n_test=in_test["n"], rival=in_test["rival"],
        taken=in_test["taken"],
    )  # fmt: skip


def _decided(side: PredictionTable, run: dict[str, Any], thresholds: Any) -> NDArray[np.bool_]:
    return decide(side.unit_probs, str(run["objective"]), thresholds)


def _by_kind(
    run: dict[str, Any], train: PredictionTable, test: PredictionTable, samples: pd.DataFrame, thresholds: Any
) -> pd.DataFrame:
    """Return the class table of each difficulty that the phantom recorded; empty for other data."""
    known = run_queries.samples(str(run["dataset_id"]))
    if "difficulty" not in known or known["difficulty"].isna().all():
        return pd.DataFrame()
    kind_of = known.set_index("sample_id")["difficulty"]
    parts = []
    for kind in KINDS:
        at_train, at_test = (
            np.flatnonzero((side.samples["sample_id"].map(kind_of) == kind).to_numpy(bool)) for side in (train, test)
        )
        of_kind = samples.iloc[at_train].reset_index(drop=True)
        table = _class_table(run, train.take(at_train), test.take(at_test), of_kind, thresholds)
        parts.append(table[table["n"] + table["n_test"] > 0].assign(kind=kind))
    return pd.concat(parts, ignore_index=True)


def _last_epoch(run_id: str, round_: int, stage: str, last: int) -> int:
    epochs = run_queries.epochs([run_id])
    of_stage = epochs[(epochs["round"] == round_) & (epochs["stage"] == stage)]
    return int(of_stage["global_epoch"].max()) if len(of_stage) else last


def _in_order(table: pd.DataFrame, order: dict[str, int]) -> pd.DataFrame:
    return table.sort_values("class_name", key=lambda names: names.map(order), kind="stable", ignore_index=True)
