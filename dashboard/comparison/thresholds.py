"""Thresholds by slider: move that of one class, and see at once what it does to scores and to which samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from analysis import run_comparison
from analysis.ground_truth import all_labels
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
_BEHIND = {"precision": "false_alarm", "recall": "missed", "f1": "wrong"}  # what keeps each score from being perfect
_MOVED, _SHOWN = "limit", "at_limit"  # parameters of the URL: where the slider stands, whose samples are shown


def draw(sides: Sequence[Chosen], names: Sequence[str]) -> None:
    """Move the threshold of one class of one run, and see at once what it does on validation and on test."""
    classes = list(sides[0].run["classes"])
    place = st.columns([2, 2, 3])
    options = tuple((key, name) for key, name in zip("ab", names, strict=True))
    chosen = sides["ab".index(url_state.switch("moved_side", T.thresholds_side, options, place=place[0]))]
    name = url_state.choose("moved_class", T.thresholds_class, classes, place=place[1])
    loaded = [two_runs.load_stage(of.run_id, of.stage.round, of.stage.stage) for of in sides]
    side = loaded[sides.index(chosen)]
    at = classes.index(name)
    there = _there(side, loaded, classes)
    if there is None:
        st.info(T.no_all_labels, icon=":material/info:")
        return
    limit = float(run_comparison.decision_thresholds(side, classes, loaded)[at])
    key = f"threshold_{url_state.digest([chosen.run_id, chosen.stage, name])}"
    moved = _slider(key, round(limit, 3), place[2])
    rows = {split: of for split, of in (("val", side.val), ("test", side.test)) if of is not None and len(of)}
    if not rows:
        st.info(T.no_predictions.format(split=name_of(T.split_names, "test")), icon=":material/info:")
        return
    found = {split: (there[split][:, at], of.unit_probs[:, at]) for split, of in rows.items()}
    left, right = st.columns(2, gap="medium")
    with left:
        first = next(iter(found))
        curve = threshold_scores(*found[first], _STEPS)
        shown = differences.threshold_effect(curve, limit, moved)
        drill_down.figure(shown, "thresholds", curve, lambda mark: _clicked(mark, key, first))
        st.caption(T.limit_hint)
    with right:
        table = pd.concat([
            threshold_scores(*of, [limit, moved]).assign(split=name_of(T.split_names, split), at=["tuned", "moved"])
            for split, of in found.items()
        ])  # fmt: skip
        _effects(table.assign(at=[name_of(T.threshold_columns, key) for key in table["at"]]))
        st.caption(T.threshold_caption.format(name=plain(name), tuned=number(limit, 3)))
        masks = {f"{split}|{kind}": mask for split, of in found.items() for kind, mask in _wrong(*of, moved).items()}
        mark = drill_down.choose(_SHOWN, {mark: _named(mark, int(mask.sum())) for mark, mask in masks.items()})
    if mark:
        split = mark.partition("|")[0]
        shown = rows[split].samples.assign(labels=run_comparison.class_lists(there[split], classes))[masks[mark]]
        _gallery(chosen, shown, found[split][1][masks[mark]], name, moved, mark)


def _slider(key: str, tuned: float, place: Place) -> float:
    """The threshold as it is moved; the URL keeps it together with the run, stage and class that it belongs to."""
    if key not in st.session_state:
        of, _, value = (url_state.view(_MOVED) or "").rpartition("_")
        st.session_state[key] = _share(value, tuned) if of == key else tuned
    moved = float((place or st).slider(T.threshold, 0.0, 1.0, step=0.005, key=key, format="%.3f"))
    url_state.set_view(**{_MOVED: f"{key}_{moved:.3f}" if moved != tuned else None})
    return moved


def _share(written: str, otherwise: float) -> float:
    try:
        value = float(written)
    except ValueError:
        return otherwise
    return value if 0 <= value <= 1 else otherwise


def _clicked(mark: str, key: str, split: str) -> None:
    score, _, limit = mark.partition("|")
    st.session_state[key] = float(limit)
    url_state.set_view(**{_SHOWN: f"{split}|{_BEHIND[score]}"})


def _there(
    side: StagePredictions, sides: Sequence[StagePredictions], classes: Sequence[str]
) -> dict[str, NDArray[Any]] | None:
    """Of both splits, what is there in the samples of a side; None where nobody knows."""
    told = {split: of for split, of in (("val", side.val), ("test", side.test)) if of is not None and len(of)}
    found = {
        split: all_labels(of, classes, run_comparison.multi_label_predictions(sides, split))
        for split, of in told.items()
    }
    known = {split: of for split, of in found.items() if of is not None}
    return known if len(known) == len(found) else None


def _wrong(there: NDArray[Any], probs: NDArray[Any], limit: float) -> dict[str, NDArray[Any]]:
    """Which samples a threshold gets wrong, by kind of mistake."""
    said = probs >= limit
    return {"missed": there & ~said, "false_alarm": ~there & said, "wrong": there != said}


def _named(mark: str, n: int) -> str:
    split, _, kind = mark.partition("|")
    return T.limit_point.format(split=name_of(T.split_names, split), kind=name_of(T.limit_kinds, kind), n=n)


def _gallery(of: Chosen, rows: pd.DataFrame, probs: NDArray[Any], name: str, limit: float, mark: str) -> None:
    """The samples behind a kind of mistake, those furthest from the threshold first."""
    split, _, kind = mark.partition("|")
    ranked = rows.assign(sure=probs, away=np.abs(probs - limit)).sort_values("away", ascending=False, kind="stable")
    words = {"split": name_of(T.split_names, split), "kind": name_of(T.limit_kinds, kind)}
    title = T.limit_title.format(class_name=plain(name), limit=number(limit, 3), n=len(rows), **words)

    def lines(row: Any) -> tuple[str, ...]:
        told = T.bin_there if name in row.labels else T.bin_not_there
        return f"**{called(', '.join(row.labels))}**", told.format(class_name=called(name), prob=number(row.sure, 3))

    drill_down.samples(of.run, ranked, lines, title, "at_limit")


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
