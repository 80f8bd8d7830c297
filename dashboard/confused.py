"""Parts of the confusion page: the ranked pairs, the samples behind a pair, and what can be subtracted."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import gallery, pickers, queries, views
from dashboard.gallery import Card
from dashboard.pickers import StageKey
from dashboard.text import T, number, plain

Pair = tuple[str, str]


def choose_pair(pairs: pd.DataFrame) -> Pair | None:
    """Show the confused pairs, worst first; the one that is selected, which the URL remembers."""
    if pairs.empty:
        st.success(T.no_pairs, icon=":material/check:")
        return None
    st.caption(T.pairs_hint)
    names = list(views.pair_names(pairs))
    wanted = pickers.view("pair")
    default: Any = {"selection": {"rows": [names.index(wanted)]}} if wanted in names else None
    event = st.dataframe(
        views.in_percent(pairs, ("rate",)),
        key=f"pairs_{pickers.digest(names)}",
        hide_index=True,
        width="stretch",
        height=min(460, 40 + 36 * len(pairs)),
        on_select="rerun",
        selection_mode="single-row",
        selection_default=default,
        column_config={
            "true_class": T.column_true,
            "predicted_class": T.column_predicted,
            "count": st.column_config.NumberColumn(T.column_count, width=60),
            "support": st.column_config.NumberColumn(T.column_support, width=50, help=T.support_help),
            "rate": st.column_config.NumberColumn(T.column_rate, format="%.1f %%", width=60),
        },
    )
    rows = event["selection"]["rows"]
    pickers.set_view(pair=names[rows[0]] if rows else None)
    if not rows:
        return None
    row = pairs.iloc[rows[0]]
    return str(row["true_class"]), str(row["predicted_class"])


def samples_of(run_id: str, stage: StageKey, split: str, pair: Pair) -> None:
    """The pictures of class A that were predicted as class B."""
    true, predicted = pair
    chosen = views.behind_pair(queries.predictions(run_id, stage.round, stage.stage, split), true, predicted)
    st.subheader(T.behind_pair.format(true=plain(true), predicted=plain(predicted), n=len(chosen)))
    gallery.warn_if_gone(queries.run(run_id)["dataset_id"])
    folder = queries.dataset_folder(queries.run(run_id)["dataset_id"])
    cards = [
        Card(row.sample_id, folder / row.path, (T.card_prob.format(prob=number(row.prob)),), run_id)
        for row in chosen.itertuples()
    ]
    gallery.draw(cards, f"pair_{pickers.digest([run_id, stage.label, split, *pair])}")


def why_not(run_id: str, stage: StageKey, other: str, other_stage: StageKey, split: str) -> str | None:
    """Why two stages cannot be subtracted, as a sentence; None when they can."""
    if (run_id, stage) == (other, other_stage):
        return T.difference_same
    ours, theirs = queries.run(run_id), queries.run(other)
    if list(ours["classes"]) != list(theirs["classes"]):
        return T.difference_classes
    if ours["dataset_id"] != theirs["dataset_id"]:
        return T.difference_samples.format(first=plain(theirs["dataset_id"]), second=plain(ours["dataset_id"]))
    counts = [
        queries.confusion(of, key.round, key.stage, split)["n"].sum()
        for of, key in ((other, other_stage), (run_id, stage))
    ]
    return T.no_predictions.format(split=split) if 0 in counts else None
