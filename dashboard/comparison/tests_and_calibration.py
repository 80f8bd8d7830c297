"""Draw totals, calibration and significance tests of a comparison of two runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from analysis.calibration import bin_index
from analysis.run_comparison import RunComparison
from dashboard.charts import reliability_diagram
from dashboard.comparison import two_runs
from dashboard.comparison.two_runs import Chosen
from dashboard.reads import table_frames
from dashboard.text import T, called, name_of, number, percent, plain
from dashboard.widgets import downloads, drill_down

_NAMED = 4  # classes that a card names


def draw_totals(comparison: RunComparison) -> None:
    """Draw exact match, Hamming, micro and macro scores, and top-1, of both runs."""
    share = {name: st.column_config.NumberColumn(label, format="%.1f %%") for name, label in _sides()}
    named = comparison.totals.assign(name=[name_of(T.total_names, metric) for metric in comparison.totals["metric"]])
    st.dataframe(
        table_frames.in_percent(named, ("a", "b")),
        key="totals",
        hide_index=True,
        width="stretch",
        placeholder="–",
        column_order=("name", "a", "b", "n"),
        column_config={"name": T.column_metric, "n": st.column_config.NumberColumn(T.column_n, width="small"), **share},
    )
    downloads.download(comparison.totals, "totals")


def draw_calibration(comparison: RunComparison, names: Sequence[str], scoring: str) -> str:
    """Draw the reliability diagram and calibration errors of both runs; return the chosen bin."""
    figure = reliability_diagram.reliability(list(zip(names, comparison.bins, strict=True)))
    rows = pd.concat([bins.assign(run=name) for name, bins in zip(names, comparison.bins, strict=True)])
    drill_down.figure(figure, "calibration", rows, drill_down.setter("bin"))
    words = T.calibration_label if scoring == "label" else T.calibration_labels
    st.caption(plain(" ".join([words, *_calibration_errors(comparison, names)])))
    return drill_down.choose("bin", _bin_names(comparison, names))


def _calibration_errors(comparison: RunComparison, names: Sequence[str]) -> list[str]:
    """Write both calibration errors, and their difference with its interval, as sentences."""
    errors = comparison.calibration_errors
    lines = [
        T.calibration_error.format(
            name=name, n=row["n"], **{key: number(row[key], 3) for key in ("value", "low", "high", "perfect")}
        )
        for name, row in zip(names, errors.to_dict("records"), strict=True)
    ]
    row = errors.iloc[1]
    low, high = row["difference_low"], row["difference_high"]
    verdict = "open" if not low > 0 and not high < 0 else "higher" if low > 0 else "lower"
    words = name_of(T.calibration_verdicts, verdict).format(a=names[0], b=names[1])
    numbers = {"difference": f"{row['difference']:+.3f}", "low": f"{low:+.3f}", "high": f"{high:+.3f}"}
    return [*lines, T.calibration_differs.format(a=names[0], b=names[1], verdict=words, **numbers), T.one_pair]


def draw_bin_samples(
    both: Sequence[Chosen], comparison: RunComparison, names: Sequence[str], chosen: str, scoring: str
) -> None:
    """Draw the samples of a bin of the reliability diagram.

    With all labels scored, each sample has its classes in that bin.
    """
    if not chosen:
        return
    side, index = (int(part) for part in chosen.split("|"))
    inside = bin_index(comparison.confidences[side]) == index
    has_class_inside = inside.any(axis=1)
    rows = comparison.samples[has_class_inside]
    if scoring == "labels":
        rows = rows.assign(
            inside=_classes_inside(
                comparison.confidences[side][has_class_inside], inside[has_class_inside], both[side].run["classes"]
            )
        )
    title = T.class_title.format(bar=plain(_bin_names(comparison, names)[chosen]), n=len(rows))
    drill_down.samples(both[side].run, rows, _bin_lines, title, "bin")


def _bin_names(comparison: RunComparison, names: Sequence[str]) -> dict[str, str]:
    return {
        f"{side}|{index}": T.bin_point.format(run=name, low=percent(row.low, 0), high=percent(row.high, 0), n=row.n)
        for side, (name, bins) in enumerate(zip(names, comparison.bins, strict=True))
        for index, row in zip(bins.index, bins.itertuples(), strict=True)
        if row.n
    }


def _classes_inside(
    confidences: np.ndarray, inside: np.ndarray, classes: Sequence[str]
) -> list[list[tuple[str, float]]]:
    """Return for every sample the classes whose probability is in the bin, with it."""
    return [
        [(classes[int(index)], float(probs[index])) for index in np.flatnonzero(in_bin)]
        for probs, in_bin in zip(confidences, inside, strict=True)
    ]


def _bin_lines(row: Any) -> tuple[str, ...]:
    if not hasattr(row, "inside"):
        return two_runs.card_lines(row)
    lines = [
        (T.bin_there if name in row.labels else T.bin_not_there).format(class_name=called(name), prob=number(prob))
        for name, prob in row.inside[:_NAMED]
    ]
    if len(row.inside) > _NAMED:
        lines.append(T.bin_more.format(n=len(row.inside) - _NAMED))
    return f"**{called(', '.join(row.labels))}**", *lines


def draw_tests(comparison: RunComparison) -> None:
    """Draw the McNemar and DeLong tests of every class, adjusted after Holm."""
    p_values = (
        ("mcnemar_p", T.column_mcnemar), ("mcnemar_holm", T.column_mcnemar_holm), ("delong_p", T.column_delong),
        ("delong_holm", T.column_delong_holm),
    )  # fmt: skip
    columns = {name: [_p_value(value) for value in comparison.tests[name]] for name, _ in p_values}
    st.dataframe(
        table_frames.in_percent(comparison.tests, ("auroc_difference",)).assign(**columns),
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
    downloads.download(comparison.tests, "tests")
    both = comparison.overall_test
    shared = T.mcnemar_all.format(only_a=both.only_a, only_b=both.only_b, p=_p_value(both.p_value))
    st.caption(T.tests_caption.format(shared=shared, classes=len(comparison.tests)))


def _p_value(value: float) -> str:
    return "< 0.0001" if value < 0.0001 else number(value, 4)


def _sides() -> tuple[tuple[str, str], ...]:
    return (("a", T.column_a), ("b", T.column_b))
