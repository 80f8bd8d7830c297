"""Draw what limited a run: data, steps, learning rate or label noise."""

from __future__ import annotations

import streamlit as st

from analysis.run_limits import guessing_loss, judge_run
from dashboard.reads import run_queries
from dashboard.text import T, name_of, number, percent, plain, stage_name


def draw(run_id: str) -> None:
    """Draw a short paragraph with the numbers of what limited a finished run.

    Nothing is drawn of a run that has not finished: its last epochs are not its end.
    """
    run = run_queries.run(run_id)
    if run["status"] != "done":
        return
    limits = judge_run(
        run_queries.epochs([run_id]), run_queries.metrics([run_id]), run_queries.suspects(run_id),
        guessing_loss(str(run["objective"]), len(run["classes"])),
    )  # fmt: skip
    if limits is None:
        return
    numbers = {
        "stage": stage_name(limits.round, limits.stage), "epochs": limits.epochs, "jumps": limits.jumps,
        "above": limits.above, "guessing": number(limits.guessing),
        "total_fall": percent(limits.total_fall), "train_fall": percent(limits.train_fall),
        "val_fall": percent(limits.val_fall), "train_accuracy": percent(limits.train_accuracy),
        "val_accuracy": percent(limits.val_accuracy), "n_train": f"{limits.n_train:,}", "n_val": f"{limits.n_val:,}",
        "suspects": f"{limits.suspects:,}", "suspect_share": percent(limits.suspect_share),
    }  # fmt: skip
    sentences = [name_of(T.limit_sentences, limit).format(**numbers) for limit in limits.found] or [T.limit_none]
    st.markdown(plain(f"{T.limits_of.format(run=run_id)} {' '.join(sentences)}"))
    st.caption(T.limits_caption)
