"""Overview: all runs, their learning curves, and the stages of one run."""

import streamlit as st

from dashboard import (
    catalog_queries,
    collapse,
    navigation,
    overview,
    pickers,
    queries,
    reporting,
    starved,
    upkeep,
    views,
    welcome,
)
from dashboard.text import T, plain


def page() -> None:
    st.header(T.overview)
    overview.progress()
    runs = queries.runs()
    if runs.empty:
        pickers.explain_no_run()
        return
    stages = queries.stages()
    every_run, board = overview.tables()
    st.subheader(T.runs)
    overview.runs(every_run)

    chosen = pickers.run()
    if chosen is None:
        return
    run = queries.run(chosen)
    for ended in (run, *views.failed_since(runs, run)):
        overview.state_of(ended)

    starved.warn([chosen])
    st.subheader(T.stages_of.format(run=plain(chosen)))
    ended = queries.stages(chosen)
    table = views.stage_table(ended, queries.headlines(list(runs["run_id"]))).merge(collapse.table(ended), how="left")
    if table.empty:
        pickers.explain_no_stage(chosen)
    else:
        last = collapse.keys_of(ended)[-1]
        collapse.draw([last])
        overview.stages(table)
        overview.mistakes_of(chosen, table)
        st.caption(T.headline_caption.format(n=views.n_tested(table), dataset=plain(run["dataset_id"])))
        collapse.draw_baselines(last)

    overview.made_by(run)

    reporting.offer(list(runs["run_id"]), chosen)

    st.subheader(T.learning_curves)
    telling = runs[(runs["status"] == "running") | runs["run_id"].isin(stages["run_id"])]
    shown = overview.choose_curves(list(runs["run_id"]), chosen, list(telling["run_id"]))
    metric = pickers.switch("curve", T.curve_metric, T.curve_names)
    epochs = queries.epochs(shown)
    if epochs.empty:
        st.info(T.no_epochs, icon=":material/hourglass_top:")
    else:
        overview.curves(epochs, stages, metric)
    overview.waiting(shown, epochs)
    overview.recipe_differences(runs, shown)
    overview.leaderboard(board)
    upkeep.section()


navigation.require_app()
if catalog_queries.first_start():
    welcome.draw()
else:
    page()
