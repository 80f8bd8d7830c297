"""Show all runs, their learning curves, and the stages of one run."""

import streamlit as st

from dashboard.frame import navigation, welcome
from dashboard.overview import disk_use, report_download, run_tables
from dashboard.reads import dataset_queries, run_queries, table_frames
from dashboard.text import T, plain
from dashboard.widgets import lineage, stage_warnings, url_state


def page() -> None:
    """Draw the page Overview: all runs, the stages of one, curves and leaderboard."""
    st.header(T.overview)
    run_tables.draw_live_jobs()
    runs = run_queries.runs()
    if runs.empty:
        url_state.explain_no_run()
        return
    stages = run_queries.stages()
    every_run, board = run_tables.read_tables()
    st.subheader(T.runs)
    run_tables.draw_runs(every_run)

    chosen = url_state.run()
    if chosen is None:
        run_tables.draw_leaderboard(board)
        return
    run = run_queries.run(chosen)
    for ended in (run, *table_frames.failed_since(runs, run)):
        run_tables.draw_early_end(ended)

    stage_warnings.warn_of_starved([chosen])
    st.subheader(T.stages_of.format(run=plain(chosen)))
    ended = run_queries.stages(chosen)
    table = table_frames.stage_table(ended, run_queries.headlines(list(runs["run_id"]))).merge(
        stage_warnings.table(ended), how="left"
    )
    if table.empty:
        url_state.explain_no_stage(chosen)
    else:
        last = stage_warnings.keys_of(ended)[-1]
        stage_warnings.draw([last])
        run_tables.draw_stages(table)
        run_tables.link_to_mistakes(chosen, table)
        st.caption(T.headline_caption.format(n=table_frames.n_tested(table), dataset=plain(run["dataset_id"])))
        stage_warnings.draw_baselines(last)

    lineage.draw(chosen)
    run_tables.draw_provenance(run)

    report_download.offer(list(runs["run_id"]), chosen)

    st.subheader(T.learning_curves)
    worth_drawing = runs[(runs["status"] == "running") | runs["run_id"].isin(stages["run_id"])]
    curve_ids = run_tables.choose_curves(list(runs["run_id"]), chosen, list(worth_drawing["run_id"]))
    metric = url_state.switch("curve", T.curve_metric, T.curve_names)
    epochs = run_queries.epochs(curve_ids)
    if epochs.empty:
        st.info(T.no_epochs, icon=":material/hourglass_top:")
    else:
        run_tables.draw_curves(epochs, stages, metric)
    run_tables.list_runs_without_curve(curve_ids, epochs)
    run_tables.draw_recipe_differences(runs, curve_ids)
    run_tables.draw_leaderboard(board)
    disk_use.draw()


navigation.require_app()
if dataset_queries.is_first_start():
    welcome.draw()
else:
    page()
