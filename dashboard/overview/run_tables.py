"""Draw the Overview page: tables of runs, stages and recipes, curves, runs that ended early."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

import jobs
import report as reports
import store
from analysis.comparison_verdicts import RECIPE_SEEDS
from analysis.recipe_ranking import possible_ranks
from dashboard import text
from dashboard.charts import training_curves
from dashboard.frame import live_jobs
from dashboard.frame.error_boundary import attempt
from dashboard.reads import job_queries, run_queries, table_frames
from dashboard.text import T, name_of, plain, stage_name
from dashboard.widgets import downloads, drill_down, stage_warnings, url_state

_MOST_CURVES = 8
# Widths in pixels: a browser measures columns by the rows that are there first, and cuts longer ones that come later.
# With these widths all columns up to the duration fit into a window 1280 pixels wide.
_WIDTHS = {
    "kind": 77,
    "dataset": 84,
    "seed": 46,
    "status": 64,
    "stage": 112,
    "n": 60,
    "steps": 60,
    "samples_seen": 72,
    "processor": 84,
}
_SHARES = ("majority", "chance")
ENDED_EARLY = ("failed", "stopped", "lost")


def _score(label: str, help_: str | None = None) -> Any:
    return st.column_config.NumberColumn(label, format="%.1f %%", help=help_, width=75)


def _column(name: str, label: str, format_: str | None = None) -> Any:
    """Return a column of a width in `_WIDTHS`: a number if it has a format, else text."""
    if format_ is None:
        return st.column_config.TextColumn(label, width=_WIDTHS[name])
    return st.column_config.NumberColumn(label, format=format_, width=_WIDTHS[name])


def _if_any(table: pd.DataFrame, column: str) -> list[str]:
    """Return the column if any of its rows has a value, else none."""
    return [column] if table[column].notna().any() else []


def _trivial_columns() -> dict[str, Any]:
    """Return the columns that compare a model with predictions that need no model."""
    return {
        "collapse": st.column_config.TextColumn(T.column_collapse, width=112, help=T.collapse_help),
        "majority": _score(T.column_majority, T.majority_help),
        "chance": _score(T.column_chance, T.chance_help),
    }


def _cost_columns() -> dict[str, Any]:
    """Return the columns of training cost; elapsed seconds of a shared machine are no cost."""
    return {
        "steps": _column("steps", T.column_steps, "%d"),
        "samples_seen": _column("samples_seen", T.column_samples_seen, "%d"),
        "processor": st.column_config.TextColumn(T.column_processor, width=_WIDTHS["processor"], help=T.processor_help),
    }


def read_tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the table of all runs, newest first, and that of their recipes by test score.

    Both are computed once per finished stage.
    """
    every_run, board = _tables(run_queries.results_token(), text.language())
    return every_run.copy(deep=False), board.copy(deep=False)


@st.cache_resource(max_entries=4, show_spinner=False)
def _tables(token: str, language: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    runs = run_queries.runs()
    last = run_queries.stages().sort_values("position").groupby("run_id").tail(1)
    scores = run_queries.headlines(list(runs["run_id"]))
    every_run = table_frames.run_table(runs, run_queries.stages(), scores, stage_warnings.table(last))
    return every_run, _ranked(table_frames.leaderboard(runs, every_run), runs, run_queries.stages())


def _ranked(board: pd.DataFrame, runs: pd.DataFrame, stages: pd.DataFrame) -> pd.DataFrame:
    """Add to a leaderboard the ranks that the data allow.

    Ranks are within each dataset version and set of classes: recipes with another label scheme have other classes, so
    their accuracies cannot be ranked together.
    """
    classes = runs.set_index("run_id")["classes"].map(tuple)
    last = stages.sort_values("position").groupby("run_id").last()
    texts: dict[Any, str | None] = {}
    class_sets = [classes[next(iter(seeds.values()))] for seeds in board["run_ids"]]
    for _, rows in board.groupby([board["dataset"], pd.Series(class_sets, index=board.index, dtype=object)]):
        recipes = {str(index): row["run_ids"] for index, row in rows.iterrows() if row["n_seeds"] >= RECIPE_SEEDS}
        if len(recipes) < 2:
            continue
        ids = [run_id for seeds in recipes.values() for run_id in seeds.values() if run_id in last.index]
        right = store.right_by_patient([(i, int(last.at[i, "round"]), str(last.at[i, "stage"])) for i in ids], "test")
        for key, (best, worst) in possible_ranks(recipes, right).items():
            texts[int(key)] = str(best) if best == worst else f"{best}–{worst}"
    return board.assign(rank=[texts.get(index) for index in board.index]).drop(columns="run_ids")


def draw_runs(table: pd.DataFrame) -> None:
    """Draw the table of all runs, newest first."""
    st.dataframe(
        table_frames.in_percent(table, ("accuracy", "macro_f1", "majority", "chance")),
        key="runs_table",
        hide_index=True,
        width="stretch",
        placeholder="–",
        column_order=(
            "run_id", "kind", "dataset", "seed", "status", *_if_any(table, "collapse"), "stage", "accuracy", "macro_f1",
            "majority", "n", "chance", "steps", "samples_seen", "processor", "created_at",
        ),
        column_config={
            "run_id": st.column_config.TextColumn(T.run, pinned=True, width=250),
            "kind": _column("kind", T.column_kind),
            "dataset": _column("dataset", T.dataset),
            "seed": _column("seed", T.seed, "%d"),
            "status": _column("status", T.column_status),
            "stage": _column("stage", T.column_stage),
            "accuracy": _score(T.column_accuracy, T.accuracy_help),
            "macro_f1": _score(T.column_macro_f1, T.macro_f1_help),
            **_trivial_columns(),
            "n": _column("n", T.column_n, "%d"),
            **_cost_columns(),
            "created_at": st.column_config.DatetimeColumn(T.column_created, format="YYYY-MM-DD HH:mm", timezone="UTC"),
        },
    )  # fmt: skip
    downloads.download(table, "runs")


def draw_stages(table: pd.DataFrame) -> None:
    """Draw the table of the finished stages of one run, in order."""
    st.dataframe(
        table_frames.in_percent(table, ("accuracy", "macro_f1", "macro_ap")),
        key="stages_table",
        hide_index=True,
        width="stretch",
        placeholder="–",
        column_order=(
            "name", *_if_any(table, "collapse"), "accuracy", "macro_f1", "macro_ap", "n", "epochs",
            "best_epoch", "n_mined", "steps", "samples_seen", "processor", "elapsed",
        ),
        column_config={
            "name": st.column_config.TextColumn(T.stage, pinned=True, width=170),
            "accuracy": _score(T.column_accuracy, T.accuracy_help),
            "macro_f1": _score(T.column_macro_f1, T.macro_f1_help),
            "macro_ap": _score(T.column_macro_ap, T.macro_ap_help),
            **_trivial_columns(),
            "n": st.column_config.NumberColumn(T.column_n, width="small"),
            "epochs": st.column_config.NumberColumn(T.column_epochs, width="small"),
            "best_epoch": st.column_config.NumberColumn(T.column_best, width="small"),
            **_cost_columns(),
            "n_mined": st.column_config.NumberColumn(T.column_mined, width="small", help=T.mined_help),
            "elapsed": st.column_config.TextColumn(T.column_elapsed, width="small", help=T.elapsed_help),
        },
    )  # fmt: skip
    downloads.download(table.drop(columns=["thresholds"]), "run_stages")


def draw_provenance(run: dict[str, Any]) -> None:
    """Draw which versions and device made a run, those of its resumptions included."""
    for sentence in reports.made_by(run["environment"], T):
        st.caption(plain(sentence))


def link_to_mistakes(run_id: str, table: pd.DataFrame) -> None:
    """Draw a link from every finished stage to its confusion matrix on test."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"{T.stage_mistakes}:")
        for row in table.itertuples():
            st.page_link(
                "pages/confusion.py", label=plain(row.name), icon=":material/grid_on:",
                query_params={"run": run_id, "stage": f"{row.round}.{row.stage}", "split": "test"},
            )  # fmt: skip


def draw_leaderboard(board: pd.DataFrame) -> None:
    """Draw recipes by their last test scores: means over seeds, with intervals for several."""
    if board.empty:
        return
    st.subheader(T.leaderboard)
    interval: dict[str, Any] = {"format": "%.1f", "width": 64}
    st.dataframe(
        table_frames.in_percent(board, [name for name in board if name.startswith(("accuracy", "macro_f1", *_SHARES))]),
        key="leaderboard",
        hide_index=True,
        width="stretch",
        placeholder="–",
        column_order=(
            "rank", "recipe", *_if_any(board, "collapse"), "model", "dataset", "n_seeds", "accuracy", "accuracy_low",
            "accuracy_high", "macro_f1", "macro_f1_low", "macro_f1_high", "majority", "chance", "n", "steps",
            "samples_seen", "processor",
        ),
        column_config={
            "rank": st.column_config.TextColumn(T.column_rank, width=56, help=T.rank_help),
            "recipe": st.column_config.TextColumn(T.recipe, pinned=True),
            "model": st.column_config.TextColumn(name_of(T.setting_names, "model"), width=124),
            "dataset": _column("dataset", T.dataset),
            "n_seeds": st.column_config.NumberColumn(T.column_seeds, width=52),
            "accuracy": _score(T.column_accuracy, T.accuracy_help),
            "accuracy_low": st.column_config.NumberColumn(T.column_low, **interval),
            "accuracy_high": st.column_config.NumberColumn(T.column_high, **interval),
            "macro_f1": _score(T.column_macro_f1, T.macro_f1_help),
            "macro_f1_low": st.column_config.NumberColumn(T.column_low, **interval),
            "macro_f1_high": st.column_config.NumberColumn(T.column_high, **interval),
            **_trivial_columns(),
            "n": _column("n", T.column_n, "%d"),
            **_cost_columns(),
        },
    )  # fmt: skip
    st.caption(T.leaderboard_caption)
    downloads.download(board, "leaderboard")


def draw_recipe_differences(runs: pd.DataFrame, run_ids: Sequence[str]) -> None:
    """Draw every key in which the recipes of the chosen runs differ, one column per run."""
    with st.expander(T.recipe_diff):
        if len(run_ids) < 2:
            st.info(T.choose_more, icon=":material/info:")
            return
        table = table_frames.recipe_differences(runs[runs["run_id"].isin(list(run_ids))])
        if table.empty:
            st.info(T.same_recipes, icon=":material/info:")
            return
        st.dataframe(
            table,
            key=f"recipes_{url_state.digest(run_ids)}",
            hide_index=True,
            width="stretch",
            placeholder="–",
            column_config={"key": st.column_config.TextColumn(T.column_key, pinned=True)},
        )
        downloads.download(table, "recipes")


def choose_curves(run_ids: Sequence[str], chosen: str, telling: Sequence[str]) -> list[str]:
    """Choose the runs with learning curves: at first the newest few and the chosen one.

    A run that is chosen later joins them.

    Args:
        telling: the runs that have a curve or will have one soon; others are not drawn by default.
    """
    key, before = "curve_runs", st.session_state.get("_curves_of")
    st.session_state["_curves_of"] = chosen
    drawn = [run_id for run_id in st.session_state.get(key, []) if run_id in run_ids]
    if drawn and chosen != before and chosen not in drawn:
        drawn = [chosen, *drawn][:_MOST_CURVES]
    st.session_state[key] = drawn or list(dict.fromkeys([chosen, *telling[:3]]))
    picked: list[str] = st.multiselect(T.curves_of, run_ids, key=key, max_selections=_MOST_CURVES)
    return picked


def list_runs_without_curve(run_ids: Sequence[str], epochs: pd.DataFrame) -> None:
    """Name the chosen runs that have no point in the figure yet."""
    without = [plain(run_id) for run_id in run_ids if run_id not in set(epochs["run_id"])]
    if without and len(epochs):
        st.caption(f":material/hourglass_top: {T.curves_wait.format(runs=', '.join(without))}")


def draw_curves(epochs: pd.DataFrame, ended: pd.DataFrame, metric: str) -> None:
    """Draw learning curves; a click on a point shows the test mistakes of the end of its stage.

    Args:
        ended: the finished stages of all runs.
    """
    figure = training_curves.learning_curves(epochs, metric, name_of(T.curve_names, metric))
    drill_down.figure(figure, "curves", epochs, lambda mark: url_state.set_view(curve_at=mark.rpartition("|")[0]))
    rows = {f"{row.run_id}|{row.position}": row for row in epochs.drop_duplicates(["run_id", "position"]).itertuples()}
    options = {
        mark: T.curve_point.format(run=row.run_id, stage=stage_name(int(row.round), str(row.stage)))
        for mark, row in rows.items()
    }
    chosen = drill_down.choose("curve_at", options)
    st.caption(T.curve_hint)
    if not chosen:
        return
    chosen_row = rows[chosen]
    if ((ended["run_id"] == chosen_row.run_id) & (ended["position"] == chosen_row.position)).any():
        drill_down.mistakes(
            str(chosen_row.run_id), int(chosen_row.round), str(chosen_row.stage), options[chosen], "curve_at"
        )
    else:
        message = T.curve_waits.format(
            run=plain(chosen_row.run_id), stage=stage_name(int(chosen_row.round), str(chosen_row.stage))
        )
        st.info(message, icon=":material/hourglass_top:")


def draw_early_end(run: dict[str, Any]) -> None:
    """Draw why a run ended early, the end of its log, and *Resume*; nothing for other runs."""
    if run["status"] not in ENDED_EARLY:
        return
    run_id = str(run["run_id"])
    if job_queries.is_queued(run_id):
        st.info(T.run_resumes.format(run=plain(run_id)), icon=":material/resume:")
        return
    reason = run["error"] if isinstance(run["error"], str) and run["error"] else T.no_reason
    if run["status"] == "failed":
        st.error(T.run_failed.format(run=plain(run_id), reason=plain(reason)), icon=":material/error:")
    else:
        words = T.run_stopped if run["status"] == "stopped" else T.run_lost
        st.warning(words.format(run=plain(run_id)), icon=":material/pause_circle:")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            T.resume, key=f"resume_{run_id}", icon=":material/resume:", on_click=_resume, args=(run_id,), type="primary"
        )
        if f"catalog check {run['dataset_id']}" in reason:  # one click to the page that the error names
            st.page_link(
                "pages/data.py", label=T.to_checks.format(dataset=plain(run["dataset_id"])),
                icon=":material/fact_check:", query_params={"dataset": run["dataset_id"], "data_tab": "checks"},
            )  # fmt: skip
    with st.expander(T.log_tail):
        tail = run_queries.log_tail(run_id)
        if tail:
            st.code(tail, language=None, wrap_lines=True)
        else:
            st.caption(T.no_log)


def draw_live_jobs() -> None:
    """Draw the live jobs, at the top of the page."""
    live_jobs.panel()


def _resume(run_id: str) -> None:
    with attempt():
        jobs.submit_resume(run_id)
        st.toast(T.resumed, icon=":material/check:")
