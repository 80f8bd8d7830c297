"""Parts of the comparison page beyond differences: totals, calibration and tests."""

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

_TOLD = 4  # classes that a card names


def draw_totals(found: RunComparison) -> None:
    """Exact match, Hamming, micro and macro scores, and top-1, of both runs."""
    share = {name: st.column_config.NumberColumn(label, format="%.1f %%") for name, label in _sides()}
    named = found.totals.assign(name=[name_of(T.total_names, metric) for metric in found.totals["metric"]])
    st.dataframe(
        table_frames.in_percent(named, ("a", "b")),
        key="totals",
        hide_index=True,
        width="stretch",
        placeholder="–",
        column_order=("name", "a", "b", "n"),
        column_config={"name": T.column_metric, "n": st.column_config.NumberColumn(T.column_n, width="small"), **share},
    )
    downloads.download(found.totals, "totals")


def draw_calibration(found: RunComparison, names: Sequence[str], scoring: str) -> str:
    """The reliability diagram of both runs, with their calibration errors; the mark of the bin that is chosen."""
    shown = reliability_diagram.reliability(list(zip(names, found.bins, strict=True)))
    rows = pd.concat([bins.assign(run=name) for name, bins in zip(names, found.bins, strict=True)])
    drill_down.figure(shown, "calibration", rows, drill_down.setter("bin"))
    words = T.calibration_label if scoring == "label" else T.calibration_labels
    st.caption(plain(" ".join([words, *_calibration_errors(found, names)])))
    return drill_down.choose("bin", _bin_names(found, names))


def _calibration_errors(found: RunComparison, names: Sequence[str]) -> list[str]:
    """Return the sentences about both calibration errors, and about their difference with its interval."""
    errors = found.calibration_errors
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
    both: Sequence[Chosen], found: RunComparison, names: Sequence[str], chosen: str, scoring: str
) -> None:
    """The samples behind a bin of the reliability diagram; of all labels, each with its classes in that bin."""
    if not chosen:
        return
    side, at = (int(part) for part in chosen.split("|"))
    inside = bin_index(found.confidences[side]) == at
    there = inside.any(axis=1)
    rows = found.samples[there]
    if scoring == "labels":
        rows = rows.assign(inside=_inside(found.confidences[side][there], inside[there], both[side].run["classes"]))
    title = T.class_title.format(bar=plain(_bin_names(found, names)[chosen]), n=len(rows))
    drill_down.samples(both[side].run, rows, _bin_lines, title, "bin")


def _bin_names(found: RunComparison, names: Sequence[str]) -> dict[str, str]:
    return {
        f"{side}|{at}": T.bin_point.format(run=name, low=percent(row.low, 0), high=percent(row.high, 0), n=row.n)
        for side, (name, bins) in enumerate(zip(names, found.bins, strict=True))
        for at, row in zip(bins.index, bins.itertuples(), strict=True)
        if row.n
    }


def _inside(sure: np.ndarray, inside: np.ndarray, classes: Sequence[str]) -> list[list[tuple[str, float]]]:
    """For every sample the classes whose probability is in the bin, with that probability."""
    return [
        [(classes[int(at)], float(probs[at])) for at in np.flatnonzero(marked)]
        for probs, marked in zip(sure, inside, strict=True)
    ]


def _bin_lines(row: Any) -> tuple[str, ...]:
    if not hasattr(row, "inside"):
        return two_runs.card_lines(row)
    told = [
        (T.bin_there if name in row.labels else T.bin_not_there).format(class_name=called(name), prob=number(prob))
        for name, prob in row.inside[:_TOLD]
    ]
    if len(row.inside) > _TOLD:
        told.append(T.bin_more.format(n=len(row.inside) - _TOLD))
    return f"**{called(', '.join(row.labels))}**", *told


def draw_tests(found: RunComparison) -> None:
    """McNemar and DeLong of every class, adjusted after Holm."""
    p_values = (
        ("mcnemar_p", T.column_mcnemar), ("mcnemar_holm", T.column_mcnemar_holm), ("delong_p", T.column_delong),
        ("delong_holm", T.column_delong_holm),
    )  # fmt: skip
    told = {name: [_p_value(value) for value in found.tests[name]] for name, _ in p_values}
    st.dataframe(
        table_frames.in_percent(found.tests, ("auroc_difference",)).assign(**told),
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
    downloads.download(found.tests, "tests")
    both = found.overall_test
    shared = T.mcnemar_all.format(only_a=both.only_a, only_b=both.only_b, p=_p_value(both.p_value))
    st.caption(T.tests_caption.format(shared=shared, classes=len(found.tests)))


def _p_value(value: float) -> str:
    return "< 0.0001" if value < 0.0001 else number(value, 4)


def _sides() -> tuple[tuple[str, str], ...]:
    return (("a", T.column_a), ("b", T.column_b))
