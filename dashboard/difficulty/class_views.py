"""Draw the tables, figures and sentences of the classes, and samples of one class."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

import catalog
from analysis.class_difficulty import NEIGHBOURS
from dashboard.charts import difficulty_figures
from dashboard.difficulty import sentences
from dashboard.difficulty.findings import Findings
from dashboard.reads import run_queries, table_frames
from dashboard.text import T, called, name_of, number, plain
from dashboard.widgets import downloads, drill_down, url_state
from dashboard.widgets.url_state import StageKey

SHOWN = 6  # samples of each gallery
_PERCENT = ("sooner", "learned", "recall_train", "recall", "purity")


def draw_sentences(findings: Findings) -> None:
    """Draw one sentence per class, the hardest class first."""
    st.subheader(T.what_makes_it)
    lines = [f"- {sentences.describe(row, findings.evidence)}" for row in findings.classes.itertuples()]
    st.markdown("\n".join(lines))
    st.caption(T.what_caption.format(least=sentences.LEAST))


def draw_table(findings: Findings, stage: StageKey) -> None:
    """Draw the table of classes, the hardest first."""
    st.subheader(T.class_difficulty)
    _table(findings.classes, "class_difficulty", ["class_name"])
    st.caption(T.class_difficulty_caption.format(stage=stage.label, k=NEIGHBOURS))
    if findings.classes["purity"].isna().all():
        st.caption(T.no_embeddings_of_stage)


def draw_by_kind(findings: Findings) -> None:
    """Draw the same by difficulty of the phantom; nothing for other data."""
    if findings.by_kind.empty:
        return
    st.subheader(T.by_difficulty)
    kinds = [name_of(T.phantom_difficulties, str(kind)) for kind in findings.by_kind["kind"]]
    _table(findings.by_kind.assign(kind=kinds), "by_difficulty", ["kind", "class_name"])
    st.caption(T.by_difficulty_caption)


def draw_figures(findings: Findings, run_id: str, stage: StageKey) -> None:
    """Draw learning curves by class, and the cues."""
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(T.learned_title)
        epochs = run_queries.epochs([run_id])
        ends = epochs.groupby("position")["global_epoch"].max()
        last = findings.curves["epoch"].max() if len(findings.curves) else 0
        chart = difficulty_figures.learned_curves(findings.curves, [int(end) for end in ends if end < last])
        downloads.figure(chart, "learned_by_epoch", findings.curves)
        st.caption(T.learned_caption.format(stage=stage.label))
    with right:
        st.subheader(T.cue_intervals)
        chart = difficulty_figures.cue_intervals(findings.evidence, list(catalog.CUES))
        downloads.figure(chart, "cues", findings.evidence)
        st.caption(T.cue_intervals_caption.format(n=f"{findings.n_measured:,}"))


def draw_samples(run: dict[str, Any], findings: Findings) -> None:
    """Draw the hardest and the easiest training samples of a class, under its sentence."""
    names = [str(name) for name in findings.classes["class_name"]]
    name = url_state.choose("difficulty_class", T.show_class, names, show=str)
    row = next(row for row in findings.classes.itertuples() if row.class_name == name)
    st.markdown(sentences.describe(row, findings.evidence))
    own = findings.samples[np.array([name in shown for shown in findings.samples["shows"]], bool)]
    if own.empty:
        return
    ordered = own.sort_values(
        ["learned_epoch", "aum", "loss"], ascending=[False, True, False], kind="stable", na_position="last"
    )
    hardest, easiest = ordered.head(SHOWN), ordered.iloc[::-1].head(SHOWN)
    if own["learned_epoch"].notna().any():
        st.caption(T.samples_caption)
    drill_down.samples(run, hardest, _lines, T.hardest_samples.format(name=plain(name)), "hardest")
    drill_down.samples(run, easiest, _lines, T.easiest_samples.format(name=plain(name)), "easiest")


def _lines(row: Any) -> tuple[str, ...]:
    prediction = T.was_now.format(was=called(", ".join(row.shows)), now=called(row.predicted))
    if pd.isna(row.drawn) or row.drawn == 0:
        return f"**{prediction}**", T.card_prob.format(prob=number(row.prob))
    learned = row.learned_epoch
    when = T.card_learned.format(epoch=f"{learned:.0f}") if learned < float("inf") else T.card_not_learned
    return (
        f"**{prediction}**",
        f"{when} · {T.card_forgotten.format(n=f'{row.forgotten:.0f}')}",
        T.card_margin.format(margin=number(row.aum), prob=number(row.prob_true)),
    )


def _table(table: pd.DataFrame, key: str, first: list[str]) -> None:
    columns = {
        "sooner": T.column_sooner, "n": T.column_train_n, "learned": T.column_learned, "median": T.column_half,
        "forgotten": T.column_forgotten, "aum": T.column_mean_margin, "recall": T.column_recall_test,
        "rival": T.column_rival, "taken": T.column_taken, "purity": T.column_purity, "neighbour": T.column_neighbour,
        "n_test": T.column_n, "recall_train": T.column_recall_train, "prob_true": T.column_prob_true,
        "first_quarter": T.column_quarter, "third_quarter": T.column_three_quarters,
    }  # fmt: skip
    names = {"class_name": T.column_class, "kind": T.column_phantom_difficulty}
    shown = table[[*first, *(name for name in columns if name in table)]]
    drawn = table_frames.in_percent(shown, [name for name in _PERCENT if name in shown])
    decimals = {"forgotten": "%.2f", "aum": "%.2f", "prob_true": "%.2f"} | dict.fromkeys(_PERCENT, "%.1f")
    st.dataframe(
        drawn, key=f"{key}_{url_state.digest(table['class_name'])}", hide_index=True, width="stretch",
        placeholder="–",
        column_config={
            **{name: words for name, words in names.items() if name in first},
            **{
                name: st.column_config.NumberColumn(words, format=decimals[name]) if name in decimals else words
                for name, words in columns.items()
            },
        },
    )  # fmt: skip
    downloads.download(table, key)
