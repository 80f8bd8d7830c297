"""Move the threshold of one class with a slider; draw its effect on scores and samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from analysis import run_comparison
from analysis.ground_truth import all_labels
from analysis.prediction_table import PredictionTable
from analysis.run_comparison import StagePredictions
from analysis.thresholds import threshold_scores
from dashboard.charts import differences
from dashboard.comparison import two_runs
from dashboard.comparison.two_runs import Chosen
from dashboard.reads import table_frames
from dashboard.text import T, called, name_of, number, plain
from dashboard.widgets import downloads, drill_down, url_state
from dashboard.widgets.url_state import Place

_STEPS = np.linspace(0, 1, 201)
_MISTAKES = {"precision": "false_alarm", "recall": "missed", "f1": "wrong"}  # the mistakes that lower each score
_MOVED, _SHOWN = "limit", "at_limit"  # URL parameters: the slider's value, and the mistakes whose samples are drawn


def draw(sides: tuple[Chosen, Chosen], names: Sequence[str]) -> None:
    """Draw the slider for the threshold of one class, and its effect on validation and test."""
    classes = list(sides[0].run["classes"])
    place = st.columns([2, 2, 3])
    options = tuple((key, name) for key, name in zip("ab", names, strict=True))
    chosen = sides["ab".index(url_state.switch("moved_side", T.thresholds_side, options, place=place[0]))]
    name = url_state.choose("moved_class", T.thresholds_class, classes, place=place[1])
    loaded = two_runs.load_sides(*sides)
    if loaded is None:
        return
    side = loaded[sides.index(chosen)]
    index = classes.index(name)
    labels = _true_labels(side, loaded, classes)
    if labels is None:
        st.info(T.no_all_labels, icon=":material/info:")
        return
    tuned = float(run_comparison.decision_thresholds(side, classes, loaded)[index])
    key = f"threshold_{url_state.digest([chosen.run_id, chosen.stage, name])}"
    moved = _slider(key, round(tuned, 3), place[2])
    predictions = _predictions(side)
    if not predictions:
        st.info(T.no_predictions.format(split=name_of(T.split_names, "test")), icon=":material/info:")
        return
    columns = {split: (labels[split][:, index], each.unit_probs[:, index]) for split, each in predictions.items()}
    left, right = st.columns(2, gap="medium")
    with left:
        first = next(iter(columns))
        curve = threshold_scores(*columns[first], _STEPS)
        figure = differences.threshold_effect(curve, tuned, moved)
        drill_down.figure(figure, "thresholds", curve, lambda point: _clicked(point, key, first))
        st.caption(T.limit_hint)
    with right:
        table = pd.concat([
            threshold_scores(*column, [tuned, moved]).assign(split=name_of(T.split_names, split), at=["tuned", "moved"])
            for split, column in columns.items()
        ])  # fmt: skip
        _effects(table.assign(at=[name_of(T.threshold_columns, key) for key in table["at"]]))
        st.caption(T.threshold_caption.format(name=plain(name), tuned=number(tuned, 3)))
        masks = {
            f"{split}|{kind}": mask
            for split, column in columns.items()
            for kind, mask in _mistakes(*column, moved).items()
        }
        kind = drill_down.choose(_SHOWN, {key: _named(key, int(mask.sum())) for key, mask in masks.items()})
    if kind:
        split = kind.partition("|")[0]
        samples = predictions[split].samples.assign(labels=run_comparison.class_lists(labels[split], classes))
        _gallery(chosen, samples[masks[kind]], columns[split][1][masks[kind]], name, moved, kind)


def _slider(key: str, tuned: float, place: Place) -> float:
    """Draw the slider and return its threshold.

    The URL keeps the threshold together with the run, stage and class that it belongs to.
    """
    if key not in st.session_state:
        key_in_url, _, value = (url_state.view(_MOVED) or "").rpartition("_")
        st.session_state[key] = _share(value, tuned) if key_in_url == key else tuned
    moved = float((place or st).slider(T.threshold, 0.0, 1.0, step=0.005, key=key, format="%.3f"))
    url_state.set_view(**{_MOVED: f"{key}_{moved:.3f}" if moved != tuned else None})
    return moved


def _share(written: str, otherwise: float) -> float:
    try:
        value = float(written)
    except ValueError:
        return otherwise
    return value if 0 <= value <= 1 else otherwise


def _clicked(point: str, key: str, split: str) -> None:
    score, _, threshold = point.partition("|")
    st.session_state[key] = float(threshold)
    url_state.set_view(**{_SHOWN: f"{split}|{_MISTAKES[score]}"})


def _predictions(side: StagePredictions) -> dict[str, PredictionTable]:
    """Return the predictions of a side on validation and test, without an empty split."""
    splits = (("val", side.val), ("test", side.test))
    return {split: table for split, table in splits if table is not None and len(table)}


def _true_labels(
    side: StagePredictions, sides: Sequence[StagePredictions], classes: Sequence[str]
) -> dict[str, NDArray[Any]] | None:
    """Return the true labels of the samples of a side, by split; None where they are not known.

    Returns:
        (n_samples, n_classes) booleans per split.
    """
    predictions = _predictions(side)
    labels = {
        split: all_labels(table, classes, run_comparison.multi_label_predictions(sides, split, version))
        for split, table, version in ((s, t, side.version if s == "val" else None) for s, t in predictions.items())
    }
    defined = {split: matrix for split, matrix in labels.items() if matrix is not None}
    return defined if len(defined) == len(labels) else None


def _mistakes(labels: NDArray[Any], probs: NDArray[Any], threshold: float) -> dict[str, NDArray[Any]]:
    """Return the samples that a threshold gets wrong, (n_samples,) booleans by kind of mistake."""
    decisions = probs >= threshold
    return {"missed": labels & ~decisions, "false_alarm": ~labels & decisions, "wrong": labels != decisions}


def _named(key: str, n: int) -> str:
    split, _, kind = key.partition("|")
    return T.limit_point.format(split=name_of(T.split_names, split), kind=name_of(T.limit_kinds, kind), n=n)


def _gallery(chosen: Chosen, rows: pd.DataFrame, probs: NDArray[Any], name: str, threshold: float, key: str) -> None:
    """Draw the samples of a kind of mistake, those furthest from the threshold first."""
    split, _, kind = key.partition("|")
    distances = np.abs(probs - threshold)
    ranked = rows.assign(confidence=probs, distance=distances).sort_values("distance", ascending=False, kind="stable")
    words = {"split": name_of(T.split_names, split), "kind": name_of(T.limit_kinds, kind)}
    title = T.limit_title.format(class_name=plain(name), limit=number(threshold, 3), n=len(rows), **words)

    def lines(row: Any) -> tuple[str, ...]:
        words = T.bin_there if name in row.labels else T.bin_not_there
        prob = number(row.confidence, 3)
        return f"**{called(', '.join(row.labels))}**", words.format(class_name=called(name), prob=prob)

    drill_down.samples(chosen.run, ranked, lines, title, "at_limit")


def _effects(table: pd.DataFrame) -> None:
    labels = {name: name_of(T.score_names, name) for name in ("precision", "recall", "f1")}
    st.dataframe(
        table_frames.in_percent(table.assign(place=table["split"] + ", " + table["at"]), list(labels)),
        key="threshold_effects",
        hide_index=True,
        width="stretch",
        placeholder="–",
        column_order=("place", "threshold", *labels, "n"),
        column_config={
            "place": T.split,
            "threshold": st.column_config.NumberColumn(T.threshold, format="%.3f", width="small"),
            **{
                name: st.column_config.NumberColumn(label, format="%.1f %%", width="small")
                for name, label in labels.items()
            },
            "n": st.column_config.NumberColumn(T.column_support_n, width="small"),
        },
    )
    downloads.download(table, "threshold_effects")
