"""Parts of the comparison page beyond differences: totals, calibration, tests, and thresholds by slider."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from analysis.calibration import expected_calibration_error
from analysis.thresholds import threshold_scores
from dashboard import evidence, export, paired, pickers, versus, views
from dashboard.paired import Paired
from dashboard.text import T, name_of, number, plain
from dashboard.versus import Chosen

_STEPS = np.linspace(0, 1, 201)


def totals(found: Paired) -> None:
    """Exact match, Hamming, micro and macro scores, and top-1, of both runs."""
    share = {name: st.column_config.NumberColumn(label, format="%.1f %%") for name, label in _sides()}
    named = found.totals.assign(name=[name_of(T.total_names, metric) for metric in found.totals["metric"]])
    st.dataframe(
        views.in_percent(named, ("a", "b")),
        key="totals",
        hide_index=True,
        width="stretch",
        placeholder="–",
        column_order=("name", "a", "b", "n"),
        column_config={"name": T.column_metric, "n": st.column_config.NumberColumn(T.column_n, width="small"), **share},
    )
    export.download(found.totals, "totals")


def calibration(found: Paired, names: Sequence[str], scoring: str) -> None:
    """The reliability diagram of both runs, with their calibration errors."""
    shown = evidence.reliability(list(zip(names, found.bins, strict=True)))
    rows = pd.concat([bins.assign(run=name) for name, bins in zip(names, found.bins, strict=True)])
    export.figure(shown, "calibration", rows)
    errors = [
        T.ece.format(name=plain(name), value=number(expected_calibration_error(bins), 3), n=int(bins["n"].sum()))
        for name, bins in zip(names, found.bins, strict=True)
    ]
    words = T.calibration_label if scoring == "label" else T.calibration_labels
    st.caption(f"{words} {' · '.join(errors)}")


def tests(found: Paired) -> None:
    """McNemar and DeLong of every class, adjusted after Holm."""
    p_values = (
        ("mcnemar_p", T.column_mcnemar), ("mcnemar_holm", T.column_mcnemar_holm), ("delong_p", T.column_delong),
        ("delong_holm", T.column_delong_holm),
    )  # fmt: skip
    told = {name: [_p_value(value) for value in found.tests[name]] for name, _ in p_values}
    st.dataframe(
        views.in_percent(found.tests, ("auroc_difference",)).assign(**told),
        key="tests",
        hide_index=True,
        width="stretch",
        placeholder="–",
        column_order=(
            "class_name", "n", "only_a", "only_b", "mcnemar_p", "mcnemar_holm", "auroc_difference", "delong_p",
            "delong_holm",
        ),
        column_config={
            "class_name": T.column_class,
            "n": st.column_config.NumberColumn(T.column_support_n, width="small"),
            "only_a": st.column_config.NumberColumn(T.column_only_a, width="small"),
            "only_b": st.column_config.NumberColumn(T.column_only_b, width="small"),
            "auroc_difference": st.column_config.NumberColumn(T.column_auroc, format="%+.1f", width="small"),
            **{name: st.column_config.TextColumn(label, width="small") for name, label in p_values},
        },
    )  # fmt: skip
    export.download(found.tests, "tests")
    both = found.shared
    shared = T.mcnemar_all.format(only_a=both.only_a, only_b=both.only_b, p=_p_value(both.p_value))
    st.caption(T.tests_caption.format(shared=shared, classes=len(found.tests)))


def _p_value(value: float) -> str:
    return "< 0.0001" if value < 0.0001 else number(value, 4)


def thresholds(sides: Sequence[Chosen], names: Sequence[str]) -> None:
    """Move the threshold of one class of one run, and see at once what it does on validation and on test."""
    classes = list(sides[0].run["classes"])
    place = st.columns([2, 2, 3])
    options = tuple((key, name) for key, name in zip("ab", names, strict=True))
    chosen = sides["ab".index(pickers.switch("moved_side", T.thresholds_side, options, place=place[0]))]
    name = pickers.choose("moved_class", T.thresholds_class, classes, place=place[1])
    side = versus.load(chosen.run_id, chosen.stage.round, chosen.stage.stage)
    at = classes.index(name)
    limit = float(paired.tuned(side, classes)[at])
    key = f"threshold_{pickers.digest([chosen.run_id, chosen.stage, name])}"
    moved = place[2].slider(T.threshold, 0.0, 1.0, round(limit, 3), 0.005, key=key, format="%.3f")
    found = {
        split: _scores(rows, classes, at)
        for split, rows in (("val", side.val), ("test", side.test))
        if rows is not None and len(rows)
    }
    if not found:
        st.info(T.no_predictions.format(split=name_of(T.split_names, "test")), icon=":material/info:")
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        curve = threshold_scores(*next(iter(found.values())), _STEPS)
        export.figure(evidence.threshold_effect(curve, limit, moved), "thresholds", curve)
    with right:
        table = pd.concat([
            threshold_scores(*rows, [limit, moved]).assign(split=name_of(T.split_names, split), at=["tuned", "moved"])
            for split, rows in found.items()
        ])  # fmt: skip
        _effects(table.assign(at=[name_of(T.threshold_columns, key) for key in table["at"]]))
        st.caption(T.threshold_caption.format(name=plain(name), tuned=number(limit, 3)))


def _scores(rows: pd.DataFrame, classes: Sequence[str], at: int) -> tuple[np.ndarray, np.ndarray]:
    return paired.hot(rows["labels"], classes)[:, at], paired.probabilities(rows)[:, at]


def _effects(table: pd.DataFrame) -> None:
    labels = {name: name_of(T.score_names, name) for name in ("precision", "recall", "f1")}
    st.dataframe(
        views.in_percent(table, list(labels)),
        key="threshold_effects",
        hide_index=True,
        width="stretch",
        placeholder="–",
        column_order=("split", "at", "threshold", *labels, "n"),
        column_config={
            "split": T.split,
            "at": "",
            "threshold": st.column_config.NumberColumn(T.threshold, format="%.3f", width="small"),
            **{
                name: st.column_config.NumberColumn(label, format="%.1f %%", width="small")
                for name, label in labels.items()
            },
            "n": st.column_config.NumberColumn(T.column_support_n, width="small"),
        },
    )
    export.download(table, "threshold_effects")


def _sides() -> tuple[tuple[str, str], ...]:
    return (("a", T.column_a), ("b", T.column_b))
